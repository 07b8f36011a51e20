require "socket"

server = TCPServer.new(8080)
trap("TERM") { exit }
while (client = server.accept)
  nil until client.gets.to_s.strip.empty?
  client.write("HTTP/1.0 200 OK\r\n\r\nhello from ruby\n")
  client.close
end
