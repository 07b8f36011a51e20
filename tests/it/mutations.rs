//! How well the parser recovers: one token of a good file is deleted, doubled or replaced, and what that costs is counted.
//! It says something of just those mutants that the strict reader does not accept.
//!
//! The floors are measured figures, rounded down. A change that makes recovery better may raise them; one that would lower
//! them makes writing svc worse.

use std::fs;
use std::path::Path;

use crate::strict::accepts;
use crate::support::{ROOT, walk};
use svcc::diag::Sink;
use svcc::source::{FileId, LineIndex};
use svcc::syntax;
use svcc::syntax::tree::{Statement, Tree};

/// About how many mutants are made of each file.
const MUTANTS: usize = 240;

/// Of a thousand mutants, how many have at most two diagnostics.
const FEW_DIAGNOSTICS: usize = 990;
/// No mutant has more: of the lines of a long string or list that lost its beginning, some look like statements.
const MOST_DIAGNOSTICS: usize = 10;
/// Of a thousand statements on other lines than the mutation, how many keep their word and the blocks around them.
const KEPT: usize = 975;

fn parse(text: &str) -> (Tree, usize) {
    let mut sink = Sink::new();
    let tree = syntax::parse(FileId(0), text, &mut sink);
    (tree, sink.finish().len())
}

/// Where the tokens are: strings, words, and other characters that are no blanks. Comments have none.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let word = |it: char| it.is_alphanumeric() || it == '_';
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' if rest.starts_with("\"\"\"") => 3,
            '"' | '\'' => rest[1..].find([first, '\n']).map_or(1, |it| it + 2),
            it if word(it) => rest.find(|it| !word(it)).unwrap_or(rest.len()),
            it => it.len_utf8(),
        };
        if !first.is_whitespace() && first != '#' {
            found.push((at, at + length));
        }
        at += length;
    }
    found
}

/// The words of the statements, each with those of the blocks around it, in order, and the line it stands on.
fn words(tree: &Tree, text: &str) -> Vec<(usize, String)> {
    fn walk(
        statements: &[Statement],
        above: &str,
        lines: &LineIndex,
        out: &mut Vec<(usize, String)>,
    ) {
        for it in statements {
            let path = format!("{above}/{}", it.word.text);
            out.push((lines.line(it.span.start), path.clone()));
            walk(it.body(), &path, lines, out);
        }
    }
    let mut out = Vec::new();
    walk(&tree.statements, "", &LineIndex::new(text), &mut out);
    out
}

/// What stands there in a mutant: nothing, the token twice, another one, the token without its last character.
fn instead_of(token: &str) -> [String; 4] {
    let mut cut = token.to_owned();
    cut.pop();
    [
        String::new(),
        format!("{token} {token}"),
        "=".to_owned(),
        cut,
    ]
}

#[test]
fn one_wrong_token_costs_little() {
    let mut worst = (0, String::new());
    let (mut mutants, mut few, mut statements, mut kept, mut told) = (0, 0, 0, 0, 0);
    for folder in ["examples", "stdlib"] {
        for path in walk(&Path::new(ROOT).join(folder)) {
            if path.extension().is_none_or(|it| it != "svc") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a source is a text");
            let (tree, said) = parse(&text);
            assert_eq!(said, 0, "{}", path.display());
            let good = words(&tree, &text);
            let lines = LineIndex::new(&text);
            let tokens = tokens(&text);
            for (start, end) in tokens
                .iter()
                .copied()
                .step_by((4 * tokens.len() / MUTANTS).max(1))
            {
                let token = &text[start..end];
                for new in instead_of(token) {
                    let mutant = format!("{}{new}{}", &text[..start], &text[end..]);
                    let (tree, said) = parse(&mutant);
                    assert_eq!(
                        accepts(&mutant),
                        said == 0,
                        "{new:?} instead of {token:?} at {start} of {}",
                        path.display()
                    );
                    let line = lines.line(start as u32);
                    let now = words(&tree, &mutant);
                    mutants += 1;
                    few += usize::from(said <= 2);
                    told += usize::from(said > 0);
                    let mutant = format!(
                        "{new:?} instead of {token:?} in line {} of {}",
                        line + 1,
                        path.display()
                    );
                    worst = worst.max((said, mutant));
                    let others = good.iter().filter(|(at, _)| *at != line);
                    statements += others.clone().count();
                    kept += others.filter(|it| now.contains(it)).count();
                }
            }
        }
    }
    assert!(
        mutants > 1000 && told > mutants / 4,
        "{told} of {mutants} mutants are told"
    );
    let (most, of) = worst;
    assert!(most <= MOST_DIAGNOSTICS, "{most} diagnostics for {of}");
    let few = few * 1000 / mutants;
    assert!(
        few >= FEW_DIAGNOSTICS,
        "only {few} of 1000 mutants have at most two diagnostics"
    );
    let kept = kept * 1000 / statements;
    assert!(
        kept >= KEPT,
        "only {kept} of 1000 statements on other lines are kept"
    );
}
