//! What the grammar knows as a mistake is shown by a case.

use std::collections::BTreeSet;
use std::path::Path;

use super::decode;
use super::pairs::Pairs;
use crate::diag::Sink;
use crate::source::FileId;

const GRAMMAR: &str = include_str!("../../grammar/svc.pest");

#[test]
fn every_mistake_of_the_grammar_has_a_case() {
    let mut seen = BTreeSet::new();
    for folder in ["tests/cases/parse", "tests/cases/fmt"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in folder.read_dir().expect("there are cases") {
            let path = entry.expect("a case has a name").path();
            let bytes = std::fs::read(path).expect("a case can be read");
            let text = decode(FileId(0), &bytes, &mut Sink::new());
            seen.extend(Pairs::of(&text).rules());
        }
    }
    let rules = GRAMMAR.lines().filter(|it| it.starts_with("e_"));
    let rules = rules.filter_map(|it| it.split_once([' ', '=']));
    let unseen: Vec<_> = rules
        .map(|it| it.0)
        .filter(|it| !seen.contains(*it))
        .collect();
    assert!(
        unseen.is_empty(),
        "no case of tests/cases/parse has {unseen:?}"
    );
}
