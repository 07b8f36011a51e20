//! Everything that is known about each diagnostic, as a JSON array.

use serde_json::{Value, json};

use super::{Place, pretty};
use crate::diag::Diagnostic;
use crate::source::{Sources, Span};

pub(super) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let all = diagnostics.iter().map(|it| {
        let related = it
            .related
            .iter()
            .map(|label| json!({ "place": place(sources, label.span), "label": label.text }));
        let edit = it
            .edit
            .as_ref()
            .map(|edit| json!({ "place": place(sources, edit.span), "text": edit.text }));
        json!({
            "code": it.code.name,
            "level": it.level.to_string(),
            "message": it.message,
            "place": it.span.map(|it| place(sources, it)),
            "label": it.label,
            "related": related.collect::<Vec<_>>(),
            "help": it.help,
            "edit": edit,
        })
    });
    pretty(&Value::Array(all.collect()))
}

fn place(sources: &Sources, span: Span) -> Value {
    let Place { path, start, end } = Place::of(sources, span);
    json!({
        "path": path,
        "start": { "line": start.line, "column": start.column, "offset": span.start },
        "end": { "line": end.line, "column": end.column, "offset": span.end },
    })
}
