//! Diagnostics for people, drawn by miette. The text is looked up in [`Sources`] through its line index: miette's own
//! source types scan a file from its beginning for every label.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity,
    SourceCode, SourceSpan, SpanContents,
};

use super::{Place, Style};
use crate::diag::{Diagnostic, Level};
use crate::source::{Source, Sources, Span};

/// Longer lines are not shown: a picture of a megabyte helps nobody.
const LONGEST_LINE: usize = 2000;

pub(super) fn render(sources: &Sources, diagnostics: &[Diagnostic], style: Style) -> String {
    let theme = if style.color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(style.width);
    let mut out = String::new();
    for it in diagnostics {
        let block = Block::of(sources, it);
        // Writing to a string fails only where a source cannot be read; the concise line says enough then.
        if handler.render_report(&mut out, &block).is_err() {
            out.push_str(&super::concise::render(sources, std::slice::from_ref(it)));
        }
        out.push('\n');
    }
    out
}

/// A diagnostic, or what it has to say about another file, as miette wants it.
#[derive(Debug)]
struct Block<'s> {
    message: String,
    code: Option<&'static str>,
    severity: Severity,
    help: Option<String>,
    text: Option<Text<'s>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Block<'s>>,
}

/// A source, looked up by line.
#[derive(Debug)]
struct Text<'s>(&'s Source);

impl<'s> Block<'s> {
    fn of(sources: &'s Sources, it: &Diagnostic) -> Block<'s> {
        let severity = match it.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Advice,
        };
        let mut block = Block {
            message: it.message.clone(),
            code: Some(it.code.name),
            severity,
            help: it.help.clone(),
            text: None,
            labels: Vec::new(),
            related: Vec::new(),
        };
        let Some(span) = it.span else {
            return block;
        };
        if is_long(sources, span) {
            let Place { path, start, .. } = Place::of(sources, span);
            block.message = format!("{path}:{}:{}: {}", start.line, start.column, block.message);
            return block;
        }
        block.text = Some(Text(sources.get(span.file)));
        block.labels.push(label(span, &it.label, true));
        for other in &it.related {
            if is_long(sources, other.span) {
                continue;
            }
            if other.span.file == span.file {
                block.labels.push(label(other.span, &other.text, false));
                continue;
            }
            block.related.push(Block {
                message: other.text.clone(),
                code: None,
                severity: Severity::Advice,
                help: None,
                text: Some(Text(sources.get(other.span.file))),
                labels: vec![label(other.span, "", true)],
                related: Vec::new(),
            });
        }
        block
    }
}

fn label(span: Span, text: &str, primary: bool) -> LabeledSpan {
    let text = (!text.is_empty()).then(|| text.to_owned());
    let place = (span.start as usize, (span.end - span.start) as usize);
    if primary {
        LabeledSpan::new_primary_with_span(text, place)
    } else {
        LabeledSpan::new_with_span(text, place)
    }
}

/// Whether a line around the span is too long to be shown.
fn is_long(sources: &Sources, span: Span) -> bool {
    let source = sources.get(span.file);
    let lines = source.lines();
    let first = lines.line(span.start).saturating_sub(1);
    let last = lines.line(span.end) + 1;
    (first..=last.min(lines.count() - 1))
        .any(|it| lines.text(&source.text, it).len() > LONGEST_LINE)
}

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Block<'_> {}

impl miette::Diagnostic for Block<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|it| Box::new(it) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|it| Box::new(it) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.text.as_ref().map(|it| it as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        let related = self.related.iter().map(|it| it as &dyn miette::Diagnostic);
        Some(Box::new(related))
    }
}

impl SourceCode for Text<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.0.text.as_str();
        let lines = self.0.lines();
        let end = span.offset() + span.len();
        if end > text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let offset = u32::try_from(span.offset()).map_err(|_| MietteError::OutOfBounds)?;
        let line = lines.line(offset);
        let first = line.saturating_sub(before);
        let last = lines.line(end as u32) + after;
        // Without lines around it, miette asks for the place of the span itself.
        let (from, column) = if before == 0 {
            let column = lines.position(text, offset).column as usize - 1;
            (span.offset(), column)
        } else {
            (lines.start(first) as usize, 0)
        };
        let to = if last + 1 < lines.count() {
            lines.start(last + 1) as usize
        } else {
            text.len()
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.path.to_string(),
            &text.as_bytes()[from..to],
            (from, to - from).into(),
            first,
            column,
            last - first + 1,
        )))
    }
}
