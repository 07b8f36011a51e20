//! `svcc init`: a first fleet.

use std::path::Path;

use super::End;
use super::files;
use super::terminal::Terminal;

const FLEET: &str = r#"project hello {
  edition  = 2026
  registry = "registry.example.com/hello"
}

environment local {
  engine = compose
}

environment test {
  engine = swarm
}

## Serves the files of ./site.
service web from "nginxinc/nginx-unprivileged:1.27.3-bookworm" {
  copy "site" to "/usr/share/nginx/html"

  ports { http = 8080 }
  health     = http("/")
  memory     = 64MiB
  stop_grace = 10s
  replicas   = 2
  in local {
    replicas = 1
    publish { http = 8080 }
  }
  in test { publish { http = 80 } }
}
"#;

const PAGE: &str = "<!doctype html>\n<title>hello</title>\n<h1>hello</h1>\n";

pub(super) fn run(folder: &Path, terminal: &Terminal) -> End {
    let wanted = [("fleet.svc", FLEET), ("site/index.html", PAGE)];
    for (path, _) in wanted {
        if folder.join(path).exists() {
            terminal.error(&format!("{} is there already", folder.join(path).display()));
            return End::Findings;
        }
    }
    for (path, text) in wanted {
        if let Err(it) = files::write(&folder.join(path), text.as_bytes(), false) {
            terminal.error(&format!("cannot write {path}: {it}"));
            return End::Findings;
        }
    }
    terminal.say("wrote fleet.svc and site/index.html; next: svcc compile");
    End::Fine
}
