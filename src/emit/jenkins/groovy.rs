//! Groovy's string literals, and indented blocks.

/// A string on one line. Only single quotes: in double ones Groovy itself would fill in `$`, also from secrets.
pub fn string(text: &str) -> String {
    let mut out = String::from("'");
    for it in text.chars() {
        match it {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            it => out.push(it),
        }
    }
    out.push('\'');
    out
}

/// A string that may go over several lines, which stand as they are.
pub fn text(text: &str) -> String {
    if !text.contains('\n') {
        return string(text);
    }
    let mut out = String::from("'''");
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '\\' => out.push_str("\\\\"),
            // Three of them, and one at the end, would close the string.
            '\'' if matches!(chars.peek(), Some('\'') | None) => out.push_str("\\'"),
            '\r' => out.push_str("\\r"),
            it => out.push(it),
        }
    }
    out.push_str("'''");
    out
}

/// A text of nested blocks, four blanks to each.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        self.out.extend(std::iter::repeat_n("    ", self.depth));
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    /// `head { … }`
    pub(super) fn block(&mut self, head: impl AsRef<str>, inside: impl FnOnce(&mut Writer)) {
        self.line(format!("{} {{", head.as_ref()));
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.line("}");
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}
