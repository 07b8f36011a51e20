//! What is said of layers: their documentation, parameters and systems, and what their example compiles to.
//! `svcc layers`, `docs/stdlib.md` and the goldens of the standard library are made from it.

use std::fmt::Write;
use std::io;

use crate::compile::{self, Compilation, Files, Options};
use crate::diag::Sink;
use crate::pins::{self, Pinned, Pins};
use crate::source::{MemoryDisk, Sources};
use crate::syntax::tree::{Argument, Before, ExprKind, Statement, Trivia};

/// The image that an example stands on, for each system that a layer may name.
const IMAGES: [(&str, &str); 4] = [
    ("debian", "debian:bookworm-slim"),
    ("alpine", "alpine:3.21"),
    ("rhel", "almalinux:9-minimal"),
    ("none", "scratch"),
];

/// A layer, as a reader wants to know it.
#[derive(Debug, Clone)]
pub struct Layer {
    /// `java.jre`
    pub name: String,
    /// What it can be told.
    pub parameters: Vec<Parameter>,
    /// The `##` lines above it, without its example.
    pub doc: String,
    /// The indented lines among them: statements of a service, or whole declarations.
    pub example: String,
    /// The systems that its `on` blocks name; empty for a layer that is the same on all.
    pub systems: Vec<String>,
    /// `<std>/java.svc:4`
    pub place: String,
}

/// A parameter of a layer.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// `version: int = 21`
    pub declaration: String,
    /// The `##` lines above it, on one line.
    pub doc: String,
}

/// The layers that these files declare, by name.
pub fn layers(files: &Files) -> Vec<Layer> {
    let statements = files.trees.iter().flat_map(|it| &it.statements);
    let mut layers: Vec<Layer> = statements
        .filter(|it| it.word.text == "layer")
        .filter_map(|it| layer(files, it))
        .collect();
    layers.sort_by(|a, b| a.name.cmp(&b.name));
    layers
}

/// The layers of the standard library.
pub fn library() -> io::Result<Vec<Layer>> {
    let files = compile::read(&MemoryDisk::default(), &mut Sink::new())?;
    Ok(layers(&files.with_whole_library()))
}

/// `docs/stdlib.md`
pub fn document() -> io::Result<String> {
    let library = library()?;
    let mut text = String::from(
        "# The standard library\n\nMade from `stdlib/`; `svcc layers NAME` shows the same with the Dockerfile that the example gives.\n",
    );
    let mut family = "";
    for it in &library {
        let first = it.name.split('.').next().unwrap_or_default();
        let line = it.doc.lines().next().unwrap_or_default();
        if first != family {
            text.push('\n');
        }
        let anchor = it.name.replace('.', "");
        let _ = writeln!(text, "- [`{}`](#{anchor}): {line}", it.name);
        family = first;
    }
    for it in &library {
        let _ = write!(text, "\n## {}\n\n{}", it.name, it.doc);
        if !it.parameters.is_empty() {
            let _ = write!(text, "\n| parameter | |\n| --- | --- |\n");
            for Parameter { declaration, doc } in &it.parameters {
                let declaration = declaration.replace('|', "\\|");
                let _ = writeln!(text, "| `{declaration}` | {doc} |");
            }
        }
        if !it.systems.is_empty() {
            let _ = writeln!(text, "\nServes {}.", it.systems.join(", "));
        }
        let _ = write!(text, "\n```svc\n{}```\n", it.example);
    }
    Ok(text)
}

impl Layer {
    /// The systems to show the example on: those that it names, else Debian as one of all.
    pub fn shown_on(&self) -> Vec<&str> {
        match self.systems.as_slice() {
            [] => vec!["debian"],
            named => named.iter().map(String::as_str).collect(),
        }
    }

    /// Whether the example is whole declarations, not statements of a service.
    pub fn is_whole(&self) -> bool {
        self.example
            .lines()
            .any(|it| it.starts_with("service ") || it.starts_with("base "))
    }

    /// The example as a fleet whose service `example` stands on an image of this system.
    pub fn fleet(&self, system: &str) -> String {
        let image = IMAGES.iter().find(|it| it.0 == system);
        let image = image.map_or(system, |it| it.1);
        let mut text = String::from(
            "project example {\n  edition = 2026\n  registry = \"registry.example.com/example\"\n}\n\n\
             environment prod {\n  engine = swarm\n}\n\n",
        );
        if self.is_whole() {
            let written = format!("from \"{}\"", IMAGES[0].1);
            text.push_str(&self.example.replace(&written, &format!("from \"{image}\"")));
        } else {
            let _ = writeln!(text, "service example from \"{image}\" {{");
            for line in self.example.lines() {
                let _ = writeln!(text, "  {line}");
            }
            text.push_str("}\n");
        }
        text
    }

    /// What the example compiles to on a system, as if what it downloads were pinned.
    pub fn compile(&self, system: &str) -> io::Result<Compilation> {
        let fleet = self.fleet(system);
        let unpinned = MemoryDisk::new([("fleet.svc", fleet.as_str())]);
        let found = compile::check_unpinned(&unpinned)?;
        let addresses = found.model.map(|it| Pins::default().addresses(&it));
        let nothing_real = format!("sha256:{:064}", 0);
        let mut pins = Pins::default();
        for address in addresses.unwrap_or_default() {
            pins.set(Pinned::Download, &address, &nothing_real);
        }
        let text = pins.to_text();
        let disk = MemoryDisk::new([("fleet.svc", fleet.as_str()), (pins::FILE, text.as_str())]);
        compile::compile(&disk, &Options::default())
    }

    /// The file that shows the layer best: the Dockerfile of its example, or the stack where nothing is built.
    pub fn shown<'c>(&self, compilation: &'c Compilation) -> Option<(&'static str, &'c str)> {
        let ending = |end: &str| {
            let mut outputs = compilation.outputs.iter();
            outputs.find(|it| it.path.ends_with(end))
        };
        if let Some(it) = ending("/example/Dockerfile") {
            return Some(("Dockerfile", &it.text));
        }
        ending("compose.stack.yml").map(|it| ("stack.yml", it.text.as_str()))
    }
}

fn layer(files: &Files, statement: &Statement) -> Option<Layer> {
    let sources = &files.sources;
    let argument = statement.arguments.first()?;
    let (names, parameters) = match &argument.kind {
        ExprKind::Path(names) => (names, Vec::new()),
        ExprKind::Call(call) => {
            let parameters = call.arguments.iter().filter_map(|it| match &it.value {
                Argument::Parameter(name, ty, default) => {
                    let end = default.as_ref().map_or(ty.span, |it| it.span);
                    Some(Parameter {
                        declaration: one_line(sources.slice(name.span.to(end))),
                        doc: one_line(&docs(sources, &it.trivia)),
                    })
                }
                Argument::Positional(_) | Argument::Named(..) => None,
            });
            (&call.callee, parameters.collect())
        }
        _ => return None,
    };
    let names: Vec<&str> = names.iter().map(|it| it.text.as_str()).collect();
    let (doc, example) = documentation(sources, statement);
    let mut systems: Vec<String> = Vec::new();
    for on in statement.body().iter().filter(|it| it.word.text == "on") {
        let written = on.arguments.first().map_or("", |it| sources.slice(it.span));
        let words = written.split(|it: char| !it.is_ascii_alphabetic());
        for word in words.filter(|it| !it.is_empty()) {
            if !systems.iter().any(|it| it == word) {
                systems.push(word.to_owned());
            }
        }
    }
    systems.sort();
    let path = &sources.get(statement.span.file).path;
    let line = sources.position(statement.span).line;
    Some(Layer {
        name: files.packages.prefix(statement.span.file).to_owned() + &names.join("."),
        parameters,
        doc,
        example,
        systems,
        place: format!("{path}:{line}"),
    })
}

/// The `##` lines above a statement: those that are text, and those that are indented as an example.
fn documentation(sources: &Sources, statement: &Statement) -> (String, String) {
    let (mut doc, mut example) = (String::new(), String::new());
    for line in docs(sources, &statement.trivia).lines() {
        if let Some(line) = line.strip_prefix("    ") {
            let _ = writeln!(example, "{line}");
        } else if line.is_empty() && !example.is_empty() {
            example.push('\n');
        } else {
            let _ = writeln!(doc, "{line}");
        }
    }
    let doc = format!("{}\n", doc.trim_end());
    let example = match example.trim_end() {
        "" => String::new(),
        it => format!("{it}\n"),
    };
    (doc, example)
}

/// The `##` lines of a place, without their signs.
fn docs(sources: &Sources, trivia: &Trivia) -> String {
    let mut text = String::new();
    for line in trivia.before() {
        if let Before::Doc(span) = line {
            let line = sources.slice(*span).trim_start_matches('#');
            text.push_str(line.strip_prefix(' ').unwrap_or(line));
            text.push('\n');
        }
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
