//! Escapes in Swarm stacks: any text of an environment variable comes back through YAML, docker's interpolation and Swarm's templates.

use proptest::prelude::*;
use serde_yaml::Value;
use svcc::compile::{Options, compile};

use crate::support::disk;

/// What a value in the stack file is for the container; `None` where docker or Swarm would refuse it.
fn as_swarm_reads(text: &str) -> Option<String> {
    template(&interpolate(text)?)
}

/// Compose interpolation: `$$` is a dollar sign; nothing else may begin with one here.
fn interpolate(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(it) = rest.next() {
        out.push(it);
        if it == '$' && rest.next() != Some('$') {
            return None;
        }
    }
    Some(out)
}

/// Go's templates, as far as svcc writes them: string constants, and fields, which are read as `<.Field>`.
fn template(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, after) = after.split_once("}}")?;
        out.push_str(before);
        match action.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            Some(constant) => out.push_str(constant),
            None if action.starts_with('.') => {
                out.push('<');
                out.push_str(action);
                out.push('>');
            }
            None => return None,
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// A short svc string that holds exactly this text.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|it| match it {
        '"' | '\\' | '{' => format!("\\{it}"),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        it => it.to_string(),
    });
    escaped.collect()
}

/// The variable's value in the emitted stack, of a variable written as `literal` in the fleet.
fn emitted(literal: &str) -> String {
    let fleet = format!(
        "project shop {{\n  edition = 2026\n}}\nenvironment test {{\n  engine = swarm\n}}\nservice web {{\n  \
         image = \"nginx:1.27\"\n  env {{ VALUE = \"{literal}\" }}\n}}\n"
    );
    let disk = disk(&[("fleet.svc".to_owned(), fleet.clone())]);
    let done = compile(&disk, &Options::default()).expect("memory can be read");
    assert!(!done.has_errors(), "{:?}\n{fleet}", done.diagnostics);
    let stack = done
        .outputs
        .iter()
        .find(|it| it.path.ends_with("compose.stack.yml"));
    let stack: Value =
        serde_yaml::from_str(&stack.expect("a stack is written").text).expect("YAML");
    let value = &stack["services"]["web"]["environment"]["VALUE"];
    value.as_str().expect("a string").to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_reaches_the_container(text in "[ -~\n\t]{1,16}|[${}\"\\\\a]{1,12}|\\PC{1,8}") {
        let value = emitted(&quoted(&text));
        prop_assert_eq!(as_swarm_reads(&value), Some(text), "{}", value);
    }

    #[test]
    fn placeholders_stand_between_any_texts(before in "[${}\"a]{0,6}", after in "[${}\"a]{0,6}") {
        let literal = format!("{}{{{{ node.id }}}}{}", quoted(&before), quoted(&after));
        let value = emitted(&literal);
        prop_assert_eq!(as_swarm_reads(&value), Some(format!("{before}<.Node.ID>{after}")), "{}", value);
    }
}
