//! Stages of layers: each layer's are its own, whatever they are called and however often it is applied; what a stage stands
//! on, and what a step mounts, may be a base.

use svcc::compile::{self, Options};
use svcc::source::MemoryDisk;

const FLEET: &str = r#"project shop {
  edition  = 2026
  registry = "registry.example.com/shop"
}

environment test {
  engine = swarm
}

layer greeting(text: string) {
  stage build from "debian:12.8-slim" { file "/greeting" text }
  stage more from build {
    run "cat /twin/greeting >>/greeting" { mount "/" from build at "/twin" }
  }
  copy "/greeting" from more to "/{{ text }}"
}

layer copied(image: image) {
  stage other from image { run "touch /copied" }
  copy "/copied" from other to "/copied"
}

base tools from "debian:12.8-slim" { run "touch /tool" }

service web from "debian:12.8-slim" {
  stage build from "debian:12.8-slim" { run "touch /app" }
  layer greeting(text = "a")
  layer greeting(text = "b")
  copy "/app" from build to "/app"
  layer copied(image = tools)
  run "cp /tools/tool /tool" { mount "/" from tools at "/tools" }
  user app(uid = 10001)
}
"#;

#[test]
fn each_application_of_a_layer_has_stages_of_its_own() {
    let disk = MemoryDisk::new([("fleet.svc", FLEET)]);
    let compilation = compile::compile(&disk, &Options::default()).expect("memory can be read");
    let path = "deploy/images/web/Dockerfile";
    let dockerfile = compilation.outputs.iter().find(|it| it.path == path);
    let text = &dockerfile.expect("the fleet compiles").text;
    let wanted = [
        "FROM debian:12.8-slim AS build\n",
        "FROM debian:12.8-slim AS build.2\n",
        "FROM build.2 AS more\n",
        "target=/twin,from=build.2",
        "FROM debian:12.8-slim AS build.3\n",
        "FROM build.3 AS more.2\n",
        "target=/twin,from=build.3",
        "FROM registry.example.com/shop/tools:",
        "COPY --link --from=more ",
        "COPY --link --from=more.2 ",
        "COPY --link --from=build ",
        "target=/tools,from=registry.example.com/shop/tools:",
    ];
    let mut at = 0;
    for it in wanted {
        let found = text[at..].find(it);
        at +=
            found.unwrap_or_else(|| panic!("`{it}` is not where it should be:\n{text}")) + it.len();
    }
}
