require("node:http")
  .createServer((_, answer) => answer.end("hello from node\n"))
  .listen(8080);
