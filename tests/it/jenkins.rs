//! Jenkinsfiles: Groovy's strings come back, and what Jenkins' validator of declarative pipelines asks for holds.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use svcc::emit::jenkins::groovy;

use crate::support::{ROOT, walk};

/// What Groovy takes a literal in single quotes for; `None` where it is none, or more than one.
fn read(literal: &str) -> Option<String> {
    let quote = if literal.starts_with("'''") {
        "'''"
    } else {
        "'"
    };
    let mut rest = literal.strip_prefix(quote)?;
    let mut out = String::new();
    while !rest.starts_with(quote) {
        let mut chars = rest.chars();
        match chars.next()? {
            '\\' => out.push(match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                it @ ('\\' | '\'') => it,
                _ => return None,
            }),
            '\n' if quote == "'" => return None,
            '\r' => return None,
            it => out.push(it),
        }
        rest = chars.as_str();
    }
    (rest == quote).then_some(out)
}

proptest! {
    #[test]
    fn strings_come_back(text in "[ab'\\\\\"$\n\r\tu{}é]{0,24}") {
        prop_assert_eq!(read(&groovy::string(&text)), Some(text.clone()));
        prop_assert_eq!(read(&groovy::text(&text)), Some(text));
    }
}

/// A block with what stands directly in it.
#[derive(Default)]
struct Block {
    head: String,
    lines: Vec<String>,
    blocks: Vec<Block>,
}

impl Block {
    fn has(&self, head: &str) -> bool {
        self.blocks.iter().any(|it| it.head == head)
    }

    fn all(&self) -> Vec<&Block> {
        let mut all = vec![self];
        for block in &self.blocks {
            all.extend(block.all());
        }
        all
    }
}

/// The blocks of a file. Scripts, which go over several lines, are left out.
fn blocks(text: &str) -> Block {
    let mut open = vec![Block::default()];
    for (number, piece) in text.split("'''").enumerate() {
        if number % 2 == 1 {
            continue;
        }
        for line in piece
            .lines()
            .map(str::trim)
            .filter(|it| !it.starts_with("//"))
        {
            if let Some(head) = line.strip_suffix(" {") {
                open.push(Block {
                    head: head.to_owned(),
                    ..Block::default()
                });
            } else if line == "}" {
                let done = open.pop().expect("a block is open");
                open.last_mut()
                    .expect("a block around it")
                    .blocks
                    .push(done);
            } else if !line.is_empty() {
                open.last_mut()
                    .expect("a block")
                    .lines
                    .push(line.to_owned());
            }
        }
    }
    assert_eq!(open.len(), 1, "a block is not closed");
    open.remove(0)
}

#[test]
fn the_rules_of_declarative_pipelines_hold() {
    let files = walk(&Path::new(ROOT).join("snapshots/emit"));
    let mut seen = 0;
    for path in files.iter().filter(|it| it.ends_with("Jenkinsfile")) {
        seen += 1;
        let text = fs::read_to_string(path).expect("a snapshot can be read");
        let root = blocks(&text);
        let [pipeline] = root.blocks.as_slice() else {
            panic!("one pipeline, and nothing else, in {path:?}");
        };
        assert!(pipeline.has("stages") && pipeline.lines == ["agent none"]);
        for block in pipeline.all() {
            let mut names: Vec<_> = block.blocks.iter().map(|it| &it.head).collect();
            names.retain(|it| it.starts_with("stage(") || !it.contains('('));
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "twice in {}: {names:?}", block.head);
            if block.head.starts_with("stage(") {
                stage(block);
            }
            for line in &block.lines {
                assert!(!line.contains(['"', ';']), "{line}");
            }
        }
    }
    assert!(seen > 1, "no Jenkinsfile was looked at");
}

fn stage(it: &Block) {
    let bodies = ["steps", "stages", "parallel"].map(|word| usize::from(it.has(word)));
    assert_eq!(bodies.iter().sum::<usize>(), 1, "{}", it.head);
    let agent = it.has("agent") || it.lines.iter().any(|it| it == "agent any");
    // Groovy that sets a variable needs no executor.
    let is_script =
        |it: &Block| it.lines.is_empty() && it.blocks.iter().all(|it| it.head == "script");
    let works = |it: &&Block| it.head == "steps" && !is_script(it);
    assert_eq!(
        agent,
        it.blocks.iter().any(|it| works(&it)),
        "an agent where work is done: {}",
        it.head
    );
    if it.has("input") {
        assert!(
            !agent,
            "an executor is held while a person thinks: {}",
            it.head
        );
        let options = it.blocks.iter().filter(|it| it.head == "options");
        for option in options.flat_map(|it| &it.lines) {
            assert!(option.starts_with("timeout("), "a lock is held: {option}");
        }
        let when = it.blocks.iter().find(|it| it.head == "when");
        let first = when.and_then(|it| it.lines.first());
        assert_eq!(first.map(String::as_str), Some("beforeInput true"));
    }
}
