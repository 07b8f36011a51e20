//! Strings: quotes, escapes, interpolations, and the indentation of long ones.

use ecow::EcoString;

use super::errors;
use super::expr::missing;
use super::grammar::Rule;
use super::pairs::Pair;
use super::statement::{Builder, Rank};
use super::tree::{Expr, ExprKind, Quotes, Template, TemplatePart};
use crate::source::Span;

impl<'t> Builder<'t> {
    /// A string of any kind.
    pub(super) fn string(&mut self, pair: Pair<'t>) -> Expr {
        let span = self.span(&pair);
        let text = self.slice(span);
        self.height = 0;
        let kind = match pair.rule() {
            Rule::text => {
                let inner = Span::new(self.file, span.start + 1, span.end - 1);
                ExprKind::Text(self.unescaped(inner, None), Quotes::Short)
            }
            Rule::raw => ExprKind::Text(text[1..text.len() - 1].into(), Quotes::Raw),
            Rule::template => self.template(pair, Quotes::Short, None),
            Rule::long => self.long(pair, Quotes::Long),
            Rule::long_raw => self.long(pair, Quotes::LongRaw),
            Rule::e_long_inline => {
                self.fail_as(Rank::String, errors::wrong_long_string(span, &text[..3]));
                ExprKind::Missing
            }
            _ => {
                let open = Span {
                    end: span.start + 1,
                    ..span
                };
                self.fail_as(
                    Rank::String,
                    errors::unclosed_string(open, &text[..1], span.at_end()),
                );
                ExprKind::Missing
            }
        };
        Expr { span, kind }
    }

    fn long(&mut self, pair: Pair<'t>, quotes: Quotes) -> ExprKind {
        let span = self.span(&pair);
        let text = self.slice(span);
        let open = Span {
            end: span.start + 3,
            ..span
        };
        if pair.inner().any(|it| it.rule() == Rule::e_unclosed_long) {
            self.fail_as(Rank::String, errors::unclosed_long_string(open, &text[..3]));
            return ExprKind::Missing;
        }
        let last_line = text.rsplit('\n').next().unwrap_or_default();
        let indent = last_line.len() - 3;
        if quotes == Quotes::LongRaw {
            let end = text.len() - last_line.len();
            let body = text
                .get(..end)
                .and_then(|it| it.split_once('\n'))
                .map_or("", |it| it.1);
            return ExprKind::Text(dedent(body, indent, true), quotes);
        }
        self.template(pair, quotes, Some(indent))
    }

    /// A string that may have interpolations, from its pieces; `indent` is what a long one's lines lose.
    fn template(&mut self, pair: Pair<'t>, quotes: Quotes, indent: Option<usize>) -> ExprKind {
        let span = self.span(&pair);
        let mut parts: Vec<TemplatePart> = Vec::new();
        let mut height = 0;
        let mut first = true;
        for piece in pair.inner() {
            let at = self.span(&piece);
            match piece.rule() {
                Rule::piece_text | Rule::long_text => {
                    let text = self.unescaped(at, indent);
                    // The line break after the opening quotes is not part of the text.
                    let text = match text
                        .strip_prefix('\n')
                        .filter(|_| first && indent.is_some())
                    {
                        Some(rest) => EcoString::from(rest),
                        None => text,
                    };
                    if !text.is_empty() {
                        parts.push(TemplatePart::Text(text, at));
                    }
                }
                Rule::interpolation if is_too_deep(&piece) => {
                    self.fail(errors::nested_too_deeply(at));
                    parts.push(TemplatePart::Expr(missing(at)));
                }
                Rule::interpolation => {
                    let expr = self.inside(piece, 2);
                    height = height.max(self.height);
                    parts.push(TemplatePart::Expr(expr));
                }
                Rule::long_end if !first => {
                    let at = at.at_start();
                    match parts.last_mut() {
                        Some(TemplatePart::Text(text, _)) => text.push('\n'),
                        Some(TemplatePart::Expr(_)) | None => {
                            parts.push(TemplatePart::Text("\n".into(), at));
                        }
                    }
                }
                Rule::e_unclosed_string => {
                    let open = Span {
                        end: span.start + 1,
                        ..span
                    };
                    self.fail_as(Rank::String, errors::unclosed_string(open, "\"", at));
                    return ExprKind::Missing;
                }
                _ => {}
            }
            first = false;
        }
        self.height = height + 1;
        match parts.as_slice() {
            [] => ExprKind::Text(EcoString::new(), quotes),
            [TemplatePart::Text(text, _)] => ExprKind::Text(text.clone(), quotes),
            _ => ExprKind::Template(Box::new(Template { quotes, parts })),
        }
    }

    /// The characters that a piece of a string stands for.
    fn unescaped(&mut self, span: Span, indent: Option<usize>) -> EcoString {
        let text = self.slice(span);
        let lines = match indent {
            Some(indent) => dedent(text, indent, false),
            None => EcoString::from(text),
        };
        if !lines.contains('\\') {
            return lines;
        }
        // Escapes are reported where they stand in the file, so they are looked for there.
        let mut at = 0;
        while let Some(found) = text[at..].find('\\') {
            let from = at + found;
            let escape = &text[from..];
            let length = match read_escape(escape) {
                Some((_, length)) => length,
                None => {
                    let length = escape.chars().take(2).map(char::len_utf8).sum();
                    let start = span.start + from as u32;
                    let place = Span::new(self.file, start, start + length as u32);
                    self.fail(errors::bad_escape(place, &escape[..length]));
                    length
                }
            };
            at = from + length;
        }
        let mut res = EcoString::with_capacity(lines.len());
        let mut rest = lines.as_str();
        while let Some(found) = rest.find('\\') {
            res.push_str(&rest[..found]);
            match read_escape(&rest[found..]) {
                Some((character, length)) => {
                    res.push(character);
                    rest = &rest[found + length..];
                }
                None => {
                    res.push('\\');
                    rest = &rest[found + 1..];
                }
            }
        }
        res.push_str(rest);
        res
    }
}

/// Whether an interpolation was not read, as too many brackets are open.
fn is_too_deep(piece: &Pair<'_>) -> bool {
    piece
        .inner()
        .next()
        .is_some_and(|it| it.rule() == Rule::e_deep && it.start() == piece.start())
}

/// The character that an escape at the beginning of `text` stands for, and its length.
fn read_escape(text: &str) -> Option<(char, usize)> {
    let character = match text[1..].chars().next()? {
        'n' => '\n',
        't' => '\t',
        '"' => '"',
        '\\' => '\\',
        '{' => '{',
        'u' => {
            let (digits, _) = text.strip_prefix("\\u{")?.split_once('}')?;
            let code = u32::from_str_radix(digits, 16)
                .ok()
                .filter(|_| !digits.starts_with('+'))?;
            return Some((char::from_u32(code)?, digits.len() + 4));
        }
        _ => return None,
    };
    Some((character, 2))
}

/// `text` with at most `indent` blanks taken from the beginning of each line, and LF for CRLF. The first line is whole
/// only if `from_start`; else what stands before the first line break goes on a line that began earlier.
fn dedent(text: &str, indent: usize, from_start: bool) -> EcoString {
    let mut res = EcoString::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            res.push('\n');
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        if number == 0 && !from_start {
            res.push_str(line);
            continue;
        }
        let blanks = line
            .bytes()
            .take(indent)
            .take_while(|it| matches!(it, b' ' | b'\t'))
            .count();
        let line = &line[blanks..];
        let blank = line.bytes().all(|it| matches!(it, b' ' | b'\t'));
        res.push_str(if blank && blanks < indent { "" } else { line });
    }
    res
}
