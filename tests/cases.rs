//! Tests that are data: one named test for each case, example, page and layer.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{ROOT, examples, expect, files, folder_disk, golden, orphans, relative, walk};
use svcc::compile::{self, Options};
use svcc::diag::{Level, Sink};
use svcc::handbook::{self, Layer};
use svcc::render::{Format, Style, render};
use svcc::source::{FileId, Sources};
use svcc::syntax::tree::Statement;
use svcc::{explain, fmt, lint, syntax};

/// What no page can show, being text of a readable length itself.
const UNSHOWABLE: [&str; 4] = [
    "file-too-large",
    "link-outside-root",
    "not-utf8",
    "secret-not-ignored",
];

/// Checks one file of data against its snapshot.
type Runner = fn(&Path, &str) -> Result<(), String>;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut wanted = BTreeSet::new();
    for path in walk(&Path::new(ROOT).join("tests/cases")) {
        let name = relative(&path);
        let name = name.trim_start_matches("tests/cases/").to_owned();
        let kind = name.split('/').next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(it, _)| it);
        let (run, snapshot): (Runner, _) = match kind {
            "parse" => (parse, Some(format!("snapshots/{stem}.txt"))),
            "fmt" => (format, Some(format!("snapshots/{stem}.svc"))),
            "check" => (check, None),
            "cli" => (cli, Some(format!("snapshots/{stem}.txt"))),
            _ => continue,
        };
        wanted.extend(snapshot.clone());
        let snapshot = snapshot.unwrap_or_default();
        trials.push(trial(name, move || run(&path, &snapshot)));
    }
    for path in examples() {
        let name = relative(&path);
        let fleet = name.trim_start_matches("examples/").to_owned();
        let folder = format!("snapshots/emit/{fleet}/");
        trials.push(trial(name, move || example(&path, &folder)));
    }
    for name in explain::pages() {
        trials.push(trial(format!("pages/{name}"), move || page(name)));
    }
    for layer in handbook::library().expect("the library is in the binary") {
        for system in layer.shown_on() {
            let name = format!("stdlib/{}.{system}", layer.name);
            let (layer, system) = (layer.clone(), system.to_owned());
            trials.push(trial(name, move || stdlib(&layer, &system)));
        }
    }
    trials.push(trial("orphans/stdlib".to_owned(), stdlib_orphans));
    for kind in ["parse", "fmt", "cli"] {
        let wanted = wanted.clone();
        let folder = format!("snapshots/{kind}");
        trials.push(trial(format!("orphans/{kind}"), move || {
            orphans(&folder, &wanted)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(name: String, run: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    Trial::test(name, move || run().map_err(Failed::from))
}

/// The tree in short, and what is said.
fn parse(path: &Path, snapshot: &str) -> Result<(), String> {
    let bytes = fs::read(path).map_err(|it| it.to_string())?;
    let mut sink = Sink::new();
    let mut sources = Sources::default();
    let text = syntax::decode(FileId(0), &bytes, &mut sink);
    let name = path.file_name().and_then(|it| it.to_str()).expect("a name");
    let file = sources.add(name, text);
    let tree = syntax::parse(file, &sources.get(file).text, &mut sink);
    let mut out = String::new();
    for statement in &tree.statements {
        outline(&mut out, &sources, statement, 0);
    }
    let plain = Style {
        color: false,
        width: 100,
    };
    let said = render(Format::Human, &sources, &sink.finish(), plain);
    if !said.is_empty() {
        let _ = write!(out, "\n{said}");
    }
    golden(snapshot, &out)
}

/// A statement's header, its block indented below it.
fn outline(out: &mut String, sources: &Sources, statement: &Statement, depth: usize) {
    let short = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut: String = text.chars().take(60).collect();
        if cut.len() < text.len() {
            format!("{cut}…")
        } else {
            text
        }
    };
    let mut line = statement.word.text.to_string();
    for argument in &statement.arguments {
        let _ = write!(line, " ({})", short(sources.slice(argument.span)));
    }
    if let Some(value) = &statement.value {
        let _ = write!(line, " = {}", short(sources.slice(value.span)));
    }
    let broken = if statement.broken { " !" } else { "" };
    let _ = writeln!(out, "{}{line}{broken}", "  ".repeat(depth));
    for it in statement.block.iter().flat_map(|it| &it.statements) {
        outline(out, sources, it, depth + 1);
    }
}

fn format(path: &Path, snapshot: &str) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|it| it.to_string())?;
    let once = formatted(&text)?;
    golden(snapshot, &once)?;
    let twice = formatted(&once)?;
    if once == twice {
        Ok(())
    } else {
        Err(format!("formatted again it is:\n{twice}"))
    }
}

fn formatted(text: &str) -> Result<String, String> {
    let mut sink = Sink::new();
    let tree = syntax::parse(FileId(0), text, &mut sink);
    if tree.broken {
        return Err(format!("it has syntax errors: {:?}", sink.finish()));
    }
    Ok(fmt::format(&tree, text))
}

fn check(path: &Path, _: &str) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|it| it.to_string())?;
    let files = files(&text);
    let mut compilation = compile::check(&support::disk(&files)).map_err(|it| it.to_string())?;
    // What is wrong is shown by minimal fleets, which are seldom wise.
    if !relative(path).starts_with("tests/cases/check/lint/") {
        compilation.diagnostics.retain(|it| !is_lint(it.code.name));
    }
    expect(&files, &compilation.sources, &compilation.diagnostics)
}

/// Whether a code is a lint's.
fn is_lint(code: &str) -> bool {
    lint::LINTS.iter().any(|it| it.code.name == code)
}

/// `$ command` lines, run one after another in a folder with the files below them.
fn cli(path: &Path, snapshot: &str) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|it| it.to_string())?;
    let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
    let commands: Vec<&str> = text.lines().map_while(|it| it.strip_prefix("$ ")).collect();
    let rest: String = text.split_inclusive('\n').skip(commands.len()).collect();
    for (path, text) in files(&rest) {
        let full = folder.path().join(path);
        fs::create_dir_all(full.parent().expect("a folder")).map_err(|it| it.to_string())?;
        fs::write(full, text).map_err(|it| it.to_string())?;
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_svcc"));
    let mut search = binary.parent().expect("a folder").as_os_str().to_owned();
    search.push(":");
    search.push(std::env::var_os("PATH").unwrap_or_default());
    let mut out = String::new();
    for command in commands {
        let run = Command::new("sh")
            .args(["-c", command])
            .current_dir(folder.path())
            .env("PATH", &search)
            .env_remove("NO_COLOR")
            .output()
            .map_err(|it| it.to_string())?;
        let _ = writeln!(out, "$ {command}");
        for stream in [&run.stdout, &run.stderr] {
            out.push_str(&without_time(&String::from_utf8_lossy(stream)));
        }
        let _ = writeln!(out, "[{}]\n", run.status.code().unwrap_or(-1));
    }
    golden(snapshot, &out)
}

/// `(12 ms)` as `(… ms)`.
fn without_time(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        match (line.rfind(" ("), line.strip_suffix(" ms)\n")) {
            (Some(at), Some(_)) => {
                let _ = writeln!(out, "{} (… ms)", &line[..at]);
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// Every file that an example compiles to, as it is.
fn example(path: &Path, folder: &str) -> Result<(), String> {
    let disk = folder_disk(path);
    let compilation = compile::compile(&disk, &Options::default()).map_err(|it| it.to_string())?;
    if !compilation.diagnostics.is_empty() {
        let plain = Style {
            color: false,
            width: 100,
        };
        return Err(render(
            Format::Human,
            &compilation.sources,
            &compilation.diagnostics,
            plain,
        ));
    }
    let mut wanted = BTreeSet::new();
    let mut problems = String::new();
    for output in &compilation.outputs {
        let path = format!("{folder}{}", output.path);
        if let Err(it) = golden(&path, &output.text) {
            problems.push_str(&it);
        }
        wanted.insert(path);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    orphans(folder, &wanted)
}

/// What the example of a layer compiles to on a system that the layer names.
fn stdlib(layer: &Layer, system: &str) -> Result<(), String> {
    if layer.example.is_empty() {
        return Err(format!("layer {} has no example", layer.name));
    }
    for parameter in &layer.parameters {
        if parameter.doc.is_empty() {
            let name = &parameter.declaration;
            return Err(format!("parameter `{name}` has no `##` line"));
        }
    }
    let compilation = layer.compile(system).map_err(|it| it.to_string())?;
    let errors: Vec<_> = compilation
        .diagnostics
        .iter()
        .filter(|it| it.level == Level::Error)
        .cloned()
        .collect();
    if !errors.is_empty() {
        let plain = Style {
            color: false,
            width: 100,
        };
        return Err(render(Format::Human, &compilation.sources, &errors, plain));
    }
    let (file, text) = layer.shown(&compilation).ok_or("nothing comes of it")?;
    golden(&stdlib_golden(layer, system, file), text)
}

fn stdlib_golden(layer: &Layer, system: &str, file: &str) -> String {
    format!("snapshots/stdlib/{}.{system}.{file}", layer.name)
}

fn stdlib_orphans() -> Result<(), String> {
    let library = handbook::library().map_err(|it| it.to_string())?;
    let mut wanted = BTreeSet::new();
    for layer in &library {
        for system in layer.shown_on() {
            let compilation = layer.compile(system).map_err(|it| it.to_string())?;
            if let Some((file, _)) = layer.shown(&compilation) {
                wanted.insert(stdlib_golden(layer, system, file));
            }
        }
    }
    orphans("snapshots/stdlib", &wanted)
}

/// The wrong example of a page raises its code and no other, the right one nothing.
fn page(name: &str) -> Result<(), String> {
    let text = explain::page(name).expect("the page is listed");
    let mut problems = String::new();
    if UNSHOWABLE.contains(&name) {
        return Ok(());
    }
    for kind in ["wrong", "right"] {
        let Some(example) = block(text, kind) else {
            let _ = writeln!(problems, "the page has no ```svc {kind}``` block");
            continue;
        };
        let disk = support::disk(&files(&example));
        let said = compile::check(&disk)
            .map_err(|it| it.to_string())?
            .diagnostics;
        // An error is shown by a minimal fleet; a lint's page says nothing else at all.
        let said: Vec<String> = said
            .iter()
            .filter(|it| is_lint(name) || !is_lint(it.code.name))
            .map(|it| format!("{}: {}", it.code.name, it.message))
            .collect();
        let prefix = format!("{name}: ");
        let is_fine = match kind {
            "wrong" => !said.is_empty() && said.iter().all(|it| it.starts_with(&prefix)),
            _ => said.is_empty(),
        };
        if !is_fine {
            let _ = writeln!(problems, "the {kind} example says {said:#?}");
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// The fenced block ```` ```svc KIND ````.
fn block(text: &str, kind: &str) -> Option<String> {
    let fence = format!("```svc {kind}\n");
    let start = text.find(&fence)? + fence.len();
    let end = start + text[start..].find("\n```")? + 1;
    Some(text[start..end].to_owned())
}
