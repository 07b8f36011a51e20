//! The one owner of minijinja: a template and a context to text. Strict about names that are not there, without files,
//! clocks or environment, and bounded in time and memory.

use std::ops::Range;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};
use serde::Serialize;

use crate::encode::json;

/// Steps that a template may take, and blocks of text that it may make: some tenths of a second, some tens of MiB.
const FUEL: u64 = 2_000_000;
/// The longest tag. Operators in a row are compiled by recursion, which nothing else bounds.
const LONGEST_TAG: usize = 1000;

/// What a template sees.
#[derive(Debug, Clone)]
pub(super) struct Scope(Value);

/// Why a template could not be rendered.
#[derive(Debug)]
pub(super) struct Failure {
    /// What is wrong: a half-sentence.
    pub(super) what: String,
    /// What to do about it, where more can be said.
    pub(super) help: Option<&'static str>,
    /// The bytes of the template that it is about.
    pub(super) range: Range<usize>,
}

impl Scope {
    /// The fields of a serialized value.
    pub(super) fn new(value: &impl Serialize) -> Scope {
        Scope(Value::from(Serde(value)))
    }

    /// A field of it.
    pub(super) fn field(&self, name: &str) -> Scope {
        Scope(self.0.get_attr(name).unwrap_or_default())
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Vec<Scope> {
        self.0.try_iter().into_iter().flatten().map(Scope).collect()
    }

    /// The same, and `name` is `value`.
    pub(super) fn with(&self, name: &'static str, value: &Scope) -> Scope {
        let added = Value::from_pairs([(name, value.0.clone())]);
        Scope(minijinja::value::merge_maps([added, self.0.clone()]))
    }
}

/// Renders a template.
pub(super) fn render(template: &str, scope: &Scope) -> Result<String, Failure> {
    if let Some(range) = long_tag(template) {
        return Err(Failure {
            what: format!("this tag is longer than {LONGEST_TAG} bytes"),
            help: Some("give its parts names with `{% set name = … %}`"),
            range,
        });
    }
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Otherwise it is chosen by the template's name.
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder()
        .keep_trailing_newline(true)
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .expect("the delimiters are minijinja's own");
    environment.set_syntax(syntax);
    environment.set_fuel(Some(FUEL));
    // Messages name what is undefined only with this. It also lets an error print values, so an error is never formatted.
    environment.set_debug(true);
    environment.remove_global("debug");
    environment.add_filter("tojson", |value: &Value| json::to_line(value));
    environment
        .render_str(template, &scope.0)
        .map_err(|it| failure(&it, template.len()))
}

fn failure(error: &minijinja::Error, length: usize) -> Failure {
    let range = error.range().unwrap_or(0..length);
    let (what, help) = match error.kind() {
        ErrorKind::OutOfFuel => (
            "the template takes too long".to_owned(),
            Some("loop over less, or write one file for each service: `each = service`"),
        ),
        kind => {
            let mut kind = kind.to_string();
            if let Some(detail) = error.detail() {
                kind = match error.kind() {
                    ErrorKind::UndefinedError => detail.to_owned(),
                    _ => format!("{kind}: {detail}"),
                };
            }
            let help = match error.kind() {
                ErrorKind::UndefinedError => Some(
                    "`svcc model` prints what there is; `{{ x | default(\"…\") }}` is for what may be missing",
                ),
                _ => None,
            };
            (kind.replace('\n', " "), help)
        }
    };
    Failure {
        what,
        help,
        range: range.start.min(length)..range.end.min(length),
    }
}

/// The first tag that is too long, as the template's own reader would see tags.
fn long_tag(template: &str) -> Option<Range<usize>> {
    let mut at = 0;
    while let Some(open) = template[at..].find('{').map(|it| at + it) {
        let inside = &template[open..];
        at = match inside.as_bytes().get(1) {
            Some(b'#') => open + inside.find("#}").map_or(inside.len(), |it| it + 2),
            Some(b'{' | b'%') => {
                let length = tag(inside);
                if length > LONGEST_TAG {
                    return Some(open..open + 2);
                }
                let words = inside[2..length].trim_matches(['-', '+', ' ', '%', '}']);
                let rest = &template[open + length..];
                match rest.find("endraw") {
                    Some(end) if words == "raw" => open + length + end,
                    _ => open + length,
                }
            }
            _ => open + 1,
        };
    }
    None
}

/// The length of the tag that begins here, with its delimiters; strings in it may hold anything.
fn tag(text: &str) -> usize {
    let close: &[u8] = if text.starts_with("{{") { b"}}" } else { b"%}" };
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = 2;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), it) if it == open => quote = None,
            (None, it @ (b'"' | b'\'')) => quote = Some(it),
            (None, _) if bytes[at..].starts_with(close) => return at + 2,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{Scope, render};

    fn with(template: &str) -> Result<String, (String, String)> {
        let scope = Scope::new(&std::collections::BTreeMap::from([("name", "shop")]));
        render(template, &scope).map_err(|it| (template[it.range].to_owned(), it.what))
    }

    #[test]
    fn text_is_text() {
        let text = "a $x \"<b>\" {{ name }}\n{% if true %}\n  c\n{% endif %}\n";
        assert_eq!(with(text).as_deref(), Ok("a $x \"<b>\" shop\n  c\n"));
        assert_eq!(with("{{ name | tojson }}").as_deref(), Ok("\"shop\""));
    }

    #[test]
    fn what_is_not_there_is_an_error_at_its_place() {
        let (place, what) = with("x\n{{ nope.deep }}\n").expect_err("it is undefined");
        assert_eq!(
            (place.as_str(), what.as_str()),
            ("nope.deep", "`nope` is undefined")
        );
        let (place, _) = with("{{ name").expect_err("it is not closed");
        assert!(place.len() < 8);
    }

    #[test]
    fn no_template_takes_the_process_down() {
        let long = format!("{{{{ \"}}}}\" ~ {}1 }}}}", "-".repeat(10_000));
        let forever =
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        let bomb = "{{ 'a' * 1000000000 }}";
        for text in [long.as_str(), forever, bomb] {
            assert!(with(text).is_err());
        }
        let raw = format!("{{% raw %}}{{{{ {} {{% endraw %}}", "x".repeat(2000));
        assert!(with(&raw).is_ok());
        let comment = format!("{{# {} #}}", "x".repeat(2000));
        assert!(with(&comment).is_ok());
    }
}
