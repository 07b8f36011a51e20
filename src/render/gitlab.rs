//! GitLab's code quality report.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Place, pretty};
use crate::diag::{Diagnostic, Level};
use crate::source::Sources;

pub(super) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    let issues = diagnostics.iter().map(|it| {
        let place = it.span.map(|it| Place::of(sources, it));
        let path = place.as_ref().map_or("fleet.svc", |it| it.path);
        let line = place.as_ref().map_or(1, |it| it.start.line);
        // Without the line, so that an issue stays itself when lines are added above it.
        let identity = format!("{}\0{path}\0{}", it.code.name, it.message);
        let count = seen.entry(identity.clone()).or_default();
        *count += 1;
        let digest = Sha256::digest(format!("{identity}\0{count}"));
        let fingerprint: String = digest.iter().map(|it| format!("{it:02x}")).collect();
        let severity = match it.level {
            Level::Error => "critical",
            Level::Warning => "minor",
            Level::Note => "info",
        };
        json!({
            "description": it.message,
            "check_name": it.code.name,
            "fingerprint": fingerprint,
            "severity": severity,
            "location": { "path": path, "lines": { "begin": line } },
        })
    });
    pretty(&Value::Array(issues.collect()))
}
