//! Pipelines of large fleets: within what each CI system takes, every image is built once, every test runs once, and what
//! a job needs comes before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_yaml::Value;
use svcc::compile::{self, Options};
use svcc::source::MemoryDisk;

/// A fleet of `size` services on two bases, each with a test beside its neighbours; one test needs sixty of them.
fn fleet(size: usize) -> MemoryDisk {
    let mut text = String::from(
        "project large {\n  edition = 2026\n  registry = \"registry.example.com/large\"\n}\n\
         pipeline gitlab { }\npipeline github { }\npipeline jenkins { }\n\
         environment test {\n  engine = swarm\n  deploy = automatic\n}\n\
         environment prod {\n  engine = swarm\n  after = test\n}\n\
         base os from \"debian:bookworm-slim\" { run \"true\" }\nbase app from os { run \"true\" }\n",
    );
    for number in 0..size {
        let with: Vec<String> = match number {
            70 => (0..60).map(|it| format!("s{it}")).collect(),
            _ => number
                .checked_sub(1)
                .map(|it| format!("s{it}"))
                .into_iter()
                .collect(),
        };
        let _ = writeln!(
            text,
            "service s{number} from app {{\n  command = [\"/bin/true\"]\n  test smoke {{\n    run = [\"/test\"]\n    \
             report = \"/reports\"\n    with = [{}]\n  }}\n}}",
            with.join(", ")
        );
    }
    MemoryDisk::new([("fleet.svc", text.as_str())])
}

fn emitted(size: usize) -> BTreeMap<String, String> {
    let options = Options {
        targets: Some(["gitlab", "github", "jenkins"].map(str::to_owned).to_vec()),
        ..Options::default()
    };
    let done = compile::compile(&fleet(size), &options).expect("memory can be read");
    assert!(done.model.is_some(), "{:#?}", done.diagnostics.first());
    done.outputs
        .into_iter()
        .map(|it| (it.path, it.text))
        .collect()
}

/// How often each image is built and each test runs, by the calls of the scripts.
fn calls(text: &str) -> (BTreeMap<&str, usize>, BTreeMap<&str, usize>) {
    let (mut built, mut tested) = (BTreeMap::new(), BTreeMap::new());
    for line in text.lines() {
        let end = |it: char| it == '\'' || it == '"';
        if let Some((_, names)) = line.split_once("images/build.sh ") {
            let names = names.trim_end_matches(end).split_whitespace();
            names.for_each(|it| *built.entry(it).or_default() += 1);
        }
        if let Some((_, names)) = line.split_once("tests/run.sh ") {
            let name = names.split_whitespace().next().unwrap_or_default();
            *tested.entry(name).or_default() += 1;
        }
    }
    (built, tested)
}

fn all_once(text: &str, size: usize) {
    let (built, tested) = calls(text);
    assert_eq!(built.len(), size + 2, "every image is built");
    assert_eq!(tested.len(), size, "every test runs");
    assert!(
        built.values().chain(tested.values()).all(|it| *it == 1),
        "each once"
    );
}

fn needs(job: &Value) -> impl Iterator<Item = &str> {
    let needs = job["needs"].as_sequence().into_iter().flatten();
    needs.filter_map(Value::as_str)
}

fn gitlab(text: &str, size: usize) {
    all_once(text, size);
    let file: Value = serde_yaml::from_str(text).expect("YAML");
    let file = file.as_mapping().expect("a mapping");
    let mut before = BTreeSet::new();
    let mut jobs = 0;
    for (name, job) in file.iter().filter(|(_, it)| it.get("script").is_some()) {
        jobs += 1;
        assert!(needs(job).count() <= 50, "{name:?} needs too many");
        for need in needs(job) {
            assert!(
                before.contains(need),
                "{name:?} needs {need}, which is not before it"
            );
        }
        before.insert(name.as_str().expect("a name"));
    }
    assert!(jobs <= 500, "{jobs} jobs");
    assert!(text.len() < 1024 * 1024, "GitLab takes a megabyte");
}

fn github(text: &str, size: usize) {
    // The one job for forks does everything again.
    let main = text.split("\n  fork:\n").next().unwrap_or_default();
    all_once(main, size);
    let file: Value = serde_yaml::from_str(text).expect("YAML");
    let jobs = file["jobs"].as_mapping().expect("jobs");
    assert!(jobs.len() <= 256, "{} jobs", jobs.len());
    let ids: BTreeSet<&str> = jobs.keys().filter_map(Value::as_str).collect();
    for (name, job) in jobs {
        assert!(
            needs(job).all(|it| ids.contains(it)),
            "{name:?} needs what is not there"
        );
    }
    let step = |job: &Value, name: &str| {
        let steps = job["steps"].as_sequence().into_iter().flatten();
        let with = steps.filter(|it| it["name"].as_str() == Some(name));
        with.filter_map(|it| it["with"]["name"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let names: Vec<String> = jobs
        .values()
        .flat_map(|it| step(it, "Hand over the digest"))
        .collect();
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(
        names.len(),
        distinct.len(),
        "two jobs hand over under one name"
    );
}

fn jenkins(text: &str, size: usize) {
    all_once(text, size);
    let stages = text.matches("stage('").count();
    assert!(stages <= 80, "{stages} stages in one method");
    let stashed: BTreeSet<&str> = text
        .lines()
        .filter_map(|it| it.trim().strip_prefix("stash name: "))
        .collect();
    let stashed: BTreeSet<&str> = stashed
        .iter()
        .filter_map(|it| it.split('\'').nth(1))
        .collect();
    for line in text
        .lines()
        .filter_map(|it| it.trim().strip_prefix("unstash "))
    {
        assert!(
            stashed.contains(line.trim_matches('\'')),
            "nobody stashes {line}"
        );
    }
}

#[test]
fn pipelines_of_large_fleets_are_within_the_limits() {
    for size in [71, 300, 1000] {
        let files = emitted(size);
        gitlab(&files[".gitlab-ci.yml"], size);
        github(&files[".github/workflows/large.yml"], size);
        jenkins(&files["Jenkinsfile"], size);
    }
}

#[test]
fn a_small_fleet_has_a_job_for_each_image() {
    let files = emitted(20);
    assert!(files[".gitlab-ci.yml"].contains("\n\"build s7\":\n"));
    assert!(files["Jenkinsfile"].contains("stage('build s7')"));
}
