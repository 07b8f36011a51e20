//! `svcc affected` against the truth: a generated monorepo of 300 services is changed at random, both sides are compiled,
//! and what the change touches is compared with the content keys of both, made here from what `build.sh` and `run.sh` say.
//! Nothing may be missed; what is named although it is the same is counted.
//!
//! SVCC_AFFECTED_CHANGES sets how many changes are made; a compile of such a fleet takes a while in a debug build.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write as _};

use sha2::{Digest, Sha256};
use svcc::affected;
use svcc::compile::{self, Compilation, Options};
use svcc::source::MemoryDisk;

const SERVICES: usize = 300;

/// How many of a hundred things that are named may be the same after all. Measured over 200 changes: 2.5.
const MOST_NAMED_IN_VAIN: usize = 5;

/// The same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((it ^ (it >> 31)) % end as u64) as usize
    }
}

/// A service of the monorepo, as far as it changes.
#[derive(Clone)]
struct Service {
    number: usize,
    memory: usize,
    port: usize,
    value: usize,
    step: usize,
    test: usize,
    note: usize,
    in_test: bool,
}

#[derive(Clone)]
struct Monorepo {
    services: Vec<Service>,
    /// Numbers that the files of the project itself hold, by what they are for.
    shared: BTreeMap<&'static str, usize>,
    disk: MemoryDisk,
}

/// What a change may do to the project's own files.
const SHARED: [&str; 13] = [
    "registry", "memory", "health", "let", "domain", "replicas", "inline", "secret", "base",
    "tool", "layer", "given", "host",
];

impl Monorepo {
    fn new() -> Monorepo {
        let service = |number| Service {
            number,
            memory: 64,
            port: 8000,
            value: 0,
            step: 0,
            test: 0,
            note: 0,
            in_test: true,
        };
        let mut repo = Monorepo {
            services: (0..SERVICES).map(service).collect(),
            shared: SHARED.iter().map(|it| (*it, 0)).collect(),
            disk: MemoryDisk::default(),
        };
        for number in 0..SERVICES {
            for file in [
                "main.txt",
                "conf/a.txt",
                "conf/b.txt",
                "README.md",
                "fixtures/data.txt",
            ] {
                repo.put(
                    format!("services/s{number:03}/{file}"),
                    "first\n".to_owned(),
                );
            }
        }
        for file in [
            "os/os.conf",
            "tools/one",
            "tools/two",
            "shared.conf",
            "notes.md",
        ] {
            repo.put(file.to_owned(), "first\n".to_owned());
        }
        repo.write();
        repo
    }

    fn put(&mut self, path: String, text: String) {
        self.disk.files.insert(path, text.into_bytes());
    }

    /// Writes every source as the numbers are now.
    fn write(&mut self) {
        self.put("fleet.svc".to_owned(), self.fleet());
        for service in self.services.clone() {
            let path = format!("services/s{:03}/service.svc", service.number);
            let text = self.service(&service);
            self.put(path, text);
        }
    }

    fn fleet(&self) -> String {
        let of = |name: &str| self.shared[name];
        let registry = if of("registry") % 2 == 1 {
            "other"
        } else {
            "mono"
        };
        format!(
            r#"project mono {{
  edition  = 2026
  registry = "registry.example.com/{registry}"
  services {{
    stop_grace = 3s
    init       = true
    pids       = {pids}
  }}
}}

let shared = "{shared}"

environment local {{
  engine = compose
  let domain = "localhost"
}}

environment test {{
  engine = swarm
  host   = "tcp://test-{host}.example.com:2376"
  let domain = "test-{domain}.example.com"
}}

environment prod {{
  engine = swarm
  after  = test
  host   = "tcp://prod.example.com:2376"
  let domain = "example.com"
  services {{ replicas = {replicas} }}
}}

secret token {{
  in local {{ source = generate(length = 32) }}
  in test {{ source = generate(length = 32) }}
  in prod {{
    source  = vault("kv/mono", field = "token")
    version = {secret}
  }}
}}

config inline {{ content = "inline {inline} {{{{ environment.name }}}}\n" }}

config shared {{ file = "shared.conf" }}

layer tool(name: string) {{
  copy "tools/{{{{ name }}}}" to "/usr/local/bin/{{{{ name }}}}"
  run "echo layer {layer}"
  service {{ env {{ GIVEN = "{given}" }} }}
}}

base os from "debian:bookworm-slim" {{
  copy "os" to "/etc/os"
  run "echo base {base}"
  user app(uid = 10001)
}}

base one from os {{ layer tool("one") }}

base two from os {{
  layer tool("two")
  run "echo tool {tool}"
}}
"#,
            pids = 100 + of("memory"),
            shared = of("let"),
            host = of("host"),
            domain = of("domain"),
            replicas = 1 + of("replicas") % 4,
            secret = 1 + of("secret"),
            inline = of("inline"),
            layer = of("layer"),
            given = of("given"),
            base = of("base"),
            tool = of("tool"),
        )
    }

    fn service(&self, it: &Service) -> String {
        let number = it.number;
        let name = format!("s{number:03}");
        let mut text = String::new();
        for note in 0..it.note {
            let _ = writeln!(text, "# note {note}");
        }
        if it.note % 2 == 1 {
            text.push_str("## What it is.\n");
        }
        if number % 10 == 9 {
            let _ = writeln!(
                text,
                "service {name} {{\n  image = \"example.com/ready:{}\"",
                it.step
            );
        } else {
            let base = ["os", "one", "two"][number % 3];
            let _ = writeln!(text, "service {name} from {base} {{");
            text.push_str(match number % 5 {
                0 => "  copy \"main.txt\" to \"/app/main.txt\"\n",
                1 => "  copy \"conf\" to \"/app/conf\"\n",
                2 => "  copy \"conf/*.txt\" to \"/app/\"\n",
                3 => "  copy \".\" to \"/app\" { exclude = [\"README.md\", \"fixtures\", \"*.svc\"] }\n",
                _ => {
                    "  stage build from two {\n    run \"make\" { mount \"conf\" at \"/src\" }\n  }\n  copy \"/out\" from build to \"/app\"\n"
                }
            });
            let _ = writeln!(text, "  run \"echo {}\"", it.step);
        }
        let _ = writeln!(
            text,
            "  command = [\"/app/main\"]\n  ports {{ http = {} }}",
            it.port
        );
        let _ = writeln!(
            text,
            "  memory = {}MiB\n  health = command(\"/probe\", \"{}\")",
            it.memory, self.shared["health"]
        );
        text.push_str("  env {\n");
        let _ = writeln!(text, "    VALUE = \"{}\"", it.value);
        // References lead to earlier services only, so that there is no circle of starts.
        if let Some(other) = number.checked_sub(7)
            && self.services.iter().any(|it| it.number == other)
        {
            let _ = writeln!(text, "    PEER = service.s{other:03}.url.http");
        }
        if number.is_multiple_of(4) {
            text.push_str("    DOMAIN = environment.domain\n");
        }
        if number.is_multiple_of(6) {
            text.push_str("    TOKEN_FILE = secret.token\n");
        }
        if number % 11 == 3 {
            text.push_str("    SHARED = shared\n");
        }
        text.push_str("  }\n");
        if number % 8 == 1 {
            text.push_str("  config inline at \"/etc/inline\"\n");
        }
        if number % 8 == 2 {
            text.push_str("  config shared at \"/etc/shared\"\n");
        }
        if number.is_multiple_of(3) {
            let peer = number
                .checked_sub(7)
                .filter(|it| self.services.iter().any(|all| all.number == *it));
            let with = peer
                .map(|it| format!("  with = [s{it:03}]\n  "))
                .unwrap_or_default();
            let _ = writeln!(
                text,
                "  test smoke {{\n    run = [\"/test\", \"{}\"]\n  {with}  mount \"fixtures\" at \"/fixtures\"\n  }}",
                it.test
            );
        }
        if !it.in_test {
            text.push_str("  in test { enabled = false }\n");
        }
        text.push_str("}\n");
        text
    }

    /// Makes one change and says which, with the files that git would find.
    fn change(&mut self, random: &mut Random, at: usize) -> (String, Vec<String>) {
        let before = self.disk.files.clone();
        let one = random.below(self.services.len());
        let number = self.services[one].number;
        let file = |name: &str| format!("services/s{number:03}/{name}");
        let text = format!("change {at}\n");
        let what = match random.below(24) {
            it @ 0..=3 => {
                let name = ["main.txt", "conf/a.txt", "README.md", "fixtures/data.txt"][it];
                self.put(file(name), text);
                format!("edit {name} of s{number:03}")
            }
            4 => {
                self.put(file(&format!("conf/new-{at}.txt")), text);
                format!("a new file of s{number:03}")
            }
            5 => {
                self.disk.files.remove(&file("conf/b.txt"));
                format!("a file of s{number:03} goes")
            }
            6 => {
                let name = [
                    "os/os.conf",
                    "tools/one",
                    "tools/two",
                    "shared.conf",
                    "notes.md",
                ][random.below(5)];
                self.put(name.to_owned(), text);
                format!("edit {name}")
            }
            7..=11 => {
                let name = SHARED[random.below(SHARED.len())];
                *self.shared.entry(name).or_default() += 1;
                format!("change {name}")
            }
            12 => {
                let number = SERVICES + at;
                let mut new = self.services[one].clone();
                new.number = number;
                self.services.push(new);
                for name in ["main.txt", "conf/a.txt", "fixtures/data.txt"] {
                    self.put(format!("services/s{number:03}/{name}"), text.clone());
                }
                format!("a new service s{number:03}")
            }
            13 => {
                self.services.remove(one);
                let folder = file("");
                self.disk.files.retain(|path, _| !path.starts_with(&folder));
                format!("s{number:03} goes")
            }
            it => {
                let service = &mut self.services[one];
                let what = match it {
                    14 | 15 => {
                        service.memory += 1;
                        "memory"
                    }
                    16 | 17 => {
                        service.port += 1;
                        "port"
                    }
                    18 => {
                        service.value += 1;
                        "value"
                    }
                    19 | 20 => {
                        service.step += 1;
                        "step"
                    }
                    21 => {
                        service.test += 1;
                        "test"
                    }
                    22 => {
                        service.note += 1;
                        "note"
                    }
                    _ => {
                        service.in_test = !service.in_test;
                        "where it runs"
                    }
                };
                format!("{what} of s{number:03}")
            }
        };
        self.write();
        let paths: BTreeSet<&String> = before.keys().chain(self.disk.files.keys()).collect();
        let differs = |it: &&&String| before.get(**it) != self.disk.files.get(**it);
        let paths = paths
            .iter()
            .filter(differs)
            .map(|it| (*it).clone())
            .collect();
        (what, paths)
    }
}

/// What decides about each image, service and test: the same text where nothing of it changed.
#[derive(Default)]
struct Truth {
    images: BTreeMap<String, String>,
    services: BTreeMap<String, String>,
    tests: BTreeMap<String, String>,
}

/// `None` where a change made a fleet that is wrong: a service that another one refers to is gone.
fn compiled(disk: &MemoryDisk) -> Option<Compilation> {
    let options = Options {
        targets: Some(
            ["compose", "dockerfile", "scripts", "stack"]
                .map(str::to_owned)
                .to_vec(),
        ),
        ..Options::default()
    };
    let done = compile::compile(disk, &options).expect("memory can be read");
    done.model.is_some().then_some(done)
}

fn hash(text: &str) -> String {
    format!("{:x?}", Sha256::digest(text.as_bytes()))
}

/// The quoted value of a variable of `build.sh`'s table.
fn quoted<'t>(case: &'t str, name: &str) -> Option<&'t str> {
    let from = case.split_once(&format!("{name}='"))?.1;
    from.split_once('\'').map(|it| it.0)
}

impl Truth {
    fn of(done: &Compilation, disk: &MemoryDisk) -> Truth {
        let mut truth = Truth::default();
        let output = |path: &str| {
            let found = done.outputs.iter().find(|it| it.path == path);
            found.map(|it| it.text.as_str()).unwrap_or_default()
        };
        // Bases come first in the table.
        let build = output("deploy/images/build.sh");
        let table = build.split_once("    case $1 in\n").map_or("", |it| it.1);
        for case in table.split("        ;;\n") {
            let Some((name, case)) = case.split_once(")\n") else {
                break;
            };
            let name = name.trim();
            if name.starts_with('*') {
                break;
            }
            let mut text = format!("{:?}", quoted(case, "repository"));
            for file in ["Dockerfile", "Dockerfile.dockerignore"] {
                text += output(&format!("deploy/images/{name}/{file}"));
            }
            for base in quoted(case, "bases").unwrap_or_default().split_whitespace() {
                text += &truth.images[base];
            }
            for input in quoted(case, "inputs").unwrap_or_default().lines() {
                let input = input.trim_start_matches('=');
                // Of the patterns of git, only this one is generated.
                let (folder, end) = input.split_once('*').unwrap_or((input, ""));
                let taken = |it: &&String| {
                    let rest = it.strip_prefix(folder);
                    rest.is_some_and(|it| folder != input || it.is_empty() || it.starts_with('/'))
                        && it.ends_with(end)
                };
                for path in disk.files.keys().filter(taken) {
                    let _ = write!(text, "{path} {:?}", disk.files[path]);
                }
            }
            // What a base is made of is not in the table, only its key.
            let _ = write!(text, "{:?}", case.split_once("key=").map(|it| &it.1[..12]));
            truth.images.insert(name.to_owned(), hash(&text));
        }
        for output in &done.outputs {
            let file = output.path.rsplit('/').next().unwrap_or_default();
            let folder = output.path.trim_end_matches(file);
            if !matches!(file, "compose.yml" | "compose.stack.yml") {
                continue;
            }
            let yaml: serde_yaml::Value = serde_yaml::from_str(&output.text).expect("YAML");
            let entries = |kind: &str| yaml[kind].as_mapping().cloned().unwrap_or_default();
            for (name, service) in entries("services") {
                let name = name.as_str().unwrap_or_default();
                let mut text = format!("{service:?}{:?}", truth.images.get(name));
                for kind in ["secrets", "configs"] {
                    for (key, object) in entries(kind) {
                        let quoted = format!("\"{}\"", key.as_str().unwrap_or_default());
                        if text.contains(&quoted) {
                            let _ = write!(text, "{object:?}");
                            let file = object["file"].as_str().unwrap_or_default();
                            let own = format!("{folder}{}", file.trim_start_matches("./"));
                            let other = file.trim_start_matches("../");
                            let found = done.outputs.iter().find(|it| it.path == own);
                            let _ = write!(
                                text,
                                "{:?}{:?}",
                                found.map(|it| &it.text),
                                disk.files.get(other)
                            );
                        }
                    }
                }
                truth
                    .services
                    .entry(name.to_owned())
                    .or_default()
                    .push_str(&hash(&text));
            }
        }
        // A base of a compose file is no service.
        truth.services.retain(|it, _| !it.starts_with("base."));
        let run = output("deploy/tests/run.sh");
        let table = run.split_once("case \"$1 $2\" in\n").map_or("", |it| it.1);
        for case in table.split("    ;;\n") {
            let Some((name, case)) = case.split_once(")\n") else {
                break;
            };
            if name.starts_with('*') {
                break;
            }
            let mut text = case.to_owned();
            for image in case.split("released ").skip(1) {
                let variable = image.split(')').next().unwrap_or_default();
                let image = variable.trim_end_matches("_IMAGE").to_lowercase();
                text += &truth.images[&image];
            }
            for line in case
                .lines()
                .filter(|it| it.trim_start().starts_with("put "))
            {
                let source = line.split('\'').nth(1).unwrap_or_default();
                let below = format!("{source}/");
                for (path, content) in &disk.files {
                    if path == source || path.starts_with(&below) {
                        let _ = write!(text, "{path} {content:?}");
                    }
                }
            }
            truth
                .tests
                .insert(name.trim_matches('\'').to_owned(), hash(&text));
        }
        truth
    }
}

/// What of `now` is not as it was.
fn differing(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let changed = now
        .iter()
        .filter(|(name, it)| before.get(*name) != Some(*it));
    changed.map(|(name, _)| name.clone()).collect()
}

#[test]
fn nothing_that_a_change_touches_is_missed() {
    let changes = std::env::var("SVCC_AFFECTED_CHANGES");
    let changes: usize = changes.ok().and_then(|it| it.parse().ok()).unwrap_or(10);
    let mut repo = Monorepo::new();
    let mut random = Random(2026);
    let mut before = compiled(&repo.disk).expect("the first fleet is right");
    let mut old = Truth::of(&before, &repo.disk);
    assert_eq!(
        old.images.len(),
        3 + SERVICES - SERVICES / 10,
        "the truth knows every image"
    );
    assert_eq!(
        old.services.len(),
        SERVICES,
        "the truth knows every service"
    );
    assert_eq!(old.tests.len(), SERVICES / 3, "the truth knows every test");
    let (mut named, mut in_vain, mut missed) = (0, 0, Vec::new());
    for at in 0..changes {
        let (what, paths, now) = loop {
            let mut next = repo.clone();
            let (what, paths) = next.change(&mut random, at);
            if let Some(now) = compiled(&next.disk) {
                repo = next;
                break (what, paths, now);
            }
        };
        let new = Truth::of(&now, &repo.disk);
        let found = affected::between(&before, &now, &repo.disk, &paths);
        let texts = |it: &BTreeSet<ecow::EcoString>| it.iter().map(ToString::to_string).collect();
        let tests = found
            .tests
            .iter()
            .map(|(service, test)| format!("{service} {test}"));
        let kinds: [(&str, BTreeSet<String>, BTreeSet<String>); 3] = [
            (
                "image",
                differing(&old.images, &new.images),
                texts(&found.images),
            ),
            (
                "service",
                differing(&old.services, &new.services),
                texts(&found.services),
            ),
            ("test", differing(&old.tests, &new.tests), tests.collect()),
        ];
        for (kind, truth, found) in kinds {
            named += found.len();
            in_vain += found.difference(&truth).count();
            missed.extend(
                truth
                    .difference(&found)
                    .map(|it| format!("{what}: {kind} {it}")),
            );
        }
        (before, old) = (now, new);
    }
    let _ = writeln!(
        io::stderr(),
        "{changes} changes: {named} named, {in_vain} of them in vain, {} missed",
        missed.len()
    );
    assert!(missed.is_empty(), "missed: {missed:#?}");
    assert!(named > 0, "nothing changed");
    assert!(
        in_vain * 100 <= named * MOST_NAMED_IN_VAIN,
        "{in_vain} of {named} were named in vain"
    );
}
