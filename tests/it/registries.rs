//! Private registries: each build layer takes a secret with what its tool logs in with, and only the steps that download see it.

use std::fmt::Write;

use svcc::compile::{self, Options};
use svcc::source::MemoryDisk;

use crate::support::golden;

const FLEET: &str = r#"project shop {
  edition  = 2026
  registry = "registry.example.com/shop"
}

environment test { engine = swarm }

secret login {
  in test { source = ci("LOGIN") }
}

service dotnet from "mcr.microsoft.com/dotnet/aspnet:8.0" {
  layer dotnet.build(project = "shop", nuget_config = login)
}

service go from "scratch" {
  layer go.build(private = "git.example.com/*", netrc = login)
}

service gradle from "eclipse-temurin:21-jre" {
  layer gradle.build(module = "app", task = ":app:bootJar", init_script = login)
}

service maven from "eclipse-temurin:21-jre" {
  layer maven.build(settings = login, layered = true)
}

service modules from "eclipse-temurin:21-jre" {
  layer maven.build(module = "app", settings = login)
}

service npm from "node:22-bookworm-slim" {
  layer node.build(npmrc = login)
}

service php from "php:8.4-fpm-bookworm" {
  layer php.composer(auth = login)
  layer app_user
}

service pip from "python:3.13-slim-bookworm" {
  layer python.pip(command = ["-m", "app"], pip_conf = login)
}

service pnpm from "debian:bookworm-slim" {
  layer nginx.static
  layer node.site(manager = "pnpm", npmrc = login)
}

service ruby from "ruby:3.3-slim-bookworm" {
  layer ruby.bundler(command = ["puma"], credentials = login)
}

service rust from "debian:bookworm-slim" {
  layer rust.build(bin = "app", credentials = login)
}

service uv from "python:3.13-slim-bookworm" {
  layer python.uv(command = ["-m", "app"], uv_toml = login)
}
"#;

#[test]
fn only_the_steps_that_download_see_the_login() {
    let disk = MemoryDisk::new([("fleet.svc", FLEET)]);
    let compilation = compile::compile(&disk, &Options::default()).expect("memory can be read");
    let mut runs = String::new();
    for output in &compilation.outputs {
        let Some(path) = output.path.strip_suffix("/Dockerfile") else {
            continue;
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        let _ = writeln!(runs, "# {name}");
        for step in output
            .text
            .split("\n\n")
            .filter(|it| it.starts_with("RUN "))
        {
            let sees = step.contains("--mount=type=secret,id=login,");
            assert_eq!(sees, step.contains("/run/secrets/login"), "{name}: {step}");
            if sees {
                let _ = writeln!(runs, "{step}\n");
            }
        }
    }
    golden("snapshots/it/registries.txt", &runs).unwrap_or_else(|it| panic!("{it}"));
}
