//! Bytes to text of the same length, so that every span fits the file on disk.

use super::errors;
use crate::diag::Sink;
use crate::source::{FileId, Span};

/// No file larger than this is read.
const LARGEST: usize = 16 << 20;

/// Bytes as text of the same length: what cannot be text is replaced and reported. A file that is too large or UTF-16
/// becomes an empty text.
pub fn decode(file: FileId, bytes: &[u8], sink: &mut Sink) -> String {
    let start = Span::new(file, 0, 0);
    if bytes.len() > LARGEST {
        sink.push(errors::file_too_large(start, bytes.len()));
        return String::new();
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        sink.push(errors::utf16(start));
        return String::new();
    }
    let mut text = match std::str::from_utf8(bytes) {
        Ok(it) => it.to_owned(),
        Err(_) => replace_unreadable(file, bytes, sink),
    };
    if text.starts_with('\u{FEFF}') {
        text.replace_range(..'\u{FEFF}'.len_utf8(), "   ");
    }
    if has_controls(text.as_bytes()) {
        text = replace_controls(file, &text, sink);
    }
    text
}

fn replace_unreadable(file: FileId, bytes: &[u8], sink: &mut Sink) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut first = None;
    let mut count = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            first.get_or_insert(text.len() as u32);
            count += chunk.invalid().len();
            text.extend(chunk.invalid().iter().map(|_| '?'));
        }
    }
    if let Some(at) = first {
        sink.push(errors::not_utf8(Span::new(file, at, at + 1), count));
    }
    text
}

fn has_controls(bytes: &[u8]) -> bool {
    // No byte decides whether the next is looked at, so that many are looked at at once.
    let is_odd = |it: u8| (it < 0x20) & (it != b'\t') & (it != b'\n') | (it == 0x7F);
    let may_have = bytes.iter().fold(false, |found, it| found | is_odd(*it));
    may_have && (0..bytes.len()).any(|it| is_control(bytes, it))
}

/// Whether the byte at `at` is a control character that a text has no use for. A carriage return is one where no line ends.
fn is_control(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(b'\t' | b'\n') | None => false,
        Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
        Some(it) => *it < 0x20 || *it == 0x7F,
    }
}

fn replace_controls(file: FileId, text: &str, sink: &mut Sink) -> String {
    let bytes = text.as_bytes();
    let mut res = String::with_capacity(text.len());
    let mut first = None;
    let mut count = 0;
    for (at, character) in text.char_indices() {
        if is_control(bytes, at) {
            first.get_or_insert(at as u32);
            count += 1;
            res.push(' ');
        } else {
            res.push(character);
        }
    }
    if let Some(at) = first {
        let span = Span::new(file, at, at + 1);
        sink.push(errors::control_character(span, count));
    }
    res
}
