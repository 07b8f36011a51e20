//! The codes of this stage and their wording.

use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::source::Span;

codes! {
    BAD_ESCAPE = "bad-escape", Error;
    BAD_NAME = "bad-name", Error;
    BAD_NUMBER = "bad-number", Error;
    CONFLICT_MARKER = "conflict-marker", Error;
    CONTROL_CHARACTER = "control-character", Error;
    FILE_TOO_LARGE = "file-too-large", Error;
    MISPLACED_BRACE = "misplaced-brace", Error;
    MISPLACED_PARAMETER = "misplaced-parameter", Error;
    MISSING_SEPARATOR = "missing-separator", Error;
    MISSING_VALUE = "missing-value", Error;
    NESTED_TOO_DEEPLY = "nested-too-deeply", Error;
    NOT_UTF8 = "not-utf8", Error;
    STRAY_BRACE = "stray-brace", Error;
    UNCLOSED_BLOCK = "unclosed-block", Error;
    UNCLOSED_BRACKET = "unclosed-bracket", Error;
    UNCLOSED_INTERPOLATION = "unclosed-interpolation", Error;
    UNCLOSED_STRING = "unclosed-string", Error;
    UNEXPECTED_TEXT = "unexpected-text", Error;
    WRONG_COMMENT = "wrong-comment", Error;
    WRONG_EQUALS = "wrong-equals", Error;
    WRONG_LONG_STRING = "wrong-long-string", Error;
}

pub(super) fn bad_escape(span: Span, escape: &str) -> Diagnostic {
    Diagnostic::new(&BAD_ESCAPE, span, format!("`{escape}` is not an escape"))
        .label("not known in a string")
        .help(r#"write `\\` for a backslash; the escapes are \n \t \" \\ \{ \u{1F600}, and a '…' string has none"#)
}

pub(super) fn bad_name(span: Span, name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        &BAD_NAME,
        span,
        format!("`{name}` cannot stand here as a name"),
    );
    if name.contains('.') {
        diagnostic
            .label("a word has no dots")
            .help(format!("put it in quotes: \"{name}\""))
    } else {
        diagnostic
            .label("not a plain name")
            .help("names are made of the letters a-z, digits, `_` and `-`, and begin with a letter; other text goes in quotes")
    }
}

pub(super) fn bad_number(span: Span, number: &str) -> Diagnostic {
    if number.matches('.').count() > 1 {
        return Diagnostic::new(&BAD_NUMBER, span, format!("`{number}` is not a number"))
            .label("a number has one point")
            .help(format!("a version is text: write \"{number}\""))
            .edit(span, format!("\"{number}\""));
    }
    Diagnostic::new(&BAD_NUMBER, span, format!("`{number}` is not a number that svc knows"))
        .label("not readable as a number, duration, size or share")
        .help("numbers are 8080, 1_000, 0.5; durations 500ms, 1m30s; sizes 512MiB, 2GB; shares 25%; other text goes in quotes")
}

pub(super) fn conflict_marker(span: Span) -> Diagnostic {
    Diagnostic::new(
        &CONFLICT_MARKER,
        span,
        "a merge conflict was left in the file",
    )
    .label("git's conflict marker")
    .help("keep one of the two sides and remove the marker lines; both sides are read until then")
}

pub(super) fn control_character(span: Span, count: usize) -> Diagnostic {
    let more = if count > 1 {
        format!(" ({count} of them in the file)")
    } else {
        String::new()
    };
    Diagnostic::new(
        &CONTROL_CHARACTER,
        span,
        format!("the file holds a control character{more}"),
    )
    .label("read as a blank")
    .help(r"remove it; in a string write it as \u{…}")
}

pub(super) fn file_too_large(span: Span, bytes: usize) -> Diagnostic {
    Diagnostic::new(&FILE_TOO_LARGE, span, format!("the file has {} MiB", bytes >> 20))
        .label("not read")
        .help("a .svc file may have 16 MiB; split it: every *.svc below the project's folder is part of it")
}

pub(super) fn misplaced_brace(span: Span, word: &str, header: Span) -> Diagnostic {
    Diagnostic::new(
        &MISPLACED_BRACE,
        span,
        format!("the `{{` of `{word}` stands on another line"),
    )
    .label("belongs at the end of the line of its word")
    .related(header, "opened for this")
    .help(format!("write `{word} … {{` on one line"))
}

pub(super) fn misplaced_parameter(span: Span, parameter: &str) -> Diagnostic {
    let message = format!(
        "the parameter `{}` stands outside of brackets",
        shortened(parameter)
    );
    Diagnostic::new(&MISPLACED_PARAMETER, span, message)
        .label("not a statement")
        .help("parameters stand in the brackets of a layer: `layer java.jre(version: int = 21) {`; a value is given with `name = value`")
}

pub(super) fn called_word(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(
        &MISPLACED_PARAMETER,
        span,
        format!("a word is missing before `{word}(`"),
    )
    .label("a statement does not begin with a call")
    .help(format!(
        "write `layer {word}(…)` to apply a layer, `layer {word}(…) {{` to declare one"
    ))
}

pub(super) fn missing_brace(span: Span, word: &str, before: Span) -> Diagnostic {
    Diagnostic::new(
        &MISPLACED_BRACE,
        span,
        format!("the `{{` of `{word}` is missing"),
    )
    .label("expected `{` here")
    .related(before, "this stands further right, as in a block")
    .help("write `{` at the end of the line")
    .edit(span, " {")
}

pub(super) fn missing_separator(span: Span, before: Span) -> Diagnostic {
    Diagnostic::new(&MISSING_SEPARATOR, span, "a comma or a new line is missing")
        .label("something else begins here")
        .related(before, "this ends here")
        .help("put a `,` between the two, or the second on its own line")
}

pub(super) fn missing_operator(span: Span, before: Span) -> Diagnostic {
    Diagnostic::new(
        &MISSING_SEPARATOR,
        span,
        "a comma, a new line or an operator is missing",
    )
    .label("not expected after a complete value")
    .related(before, "the value")
    .help("text with blanks goes in quotes; a list is [a, b]; `-` needs blanks on both sides")
}

pub(super) fn missing_value(span: Span, after: &str) -> Diagnostic {
    Diagnostic::new(
        &MISSING_VALUE,
        span,
        format!("a value is missing after `{after}`"),
    )
    .label("expected a value")
    .help("for example \"text\", 8080, 512MiB, true, a name, or [a, list]")
}

pub(super) fn missing_name(span: Span, before: &str) -> Diagnostic {
    let message = format!("a name is missing after `{before}`");
    Diagnostic::new(&MISSING_VALUE, span, message)
        .label("expected a name")
        .help("dots stand between names: `service.db.host`")
}

pub(super) fn missing_word(span: Span, word: &str, part_of: &str) -> Diagnostic {
    Diagnostic::new(&MISSING_VALUE, span, format!("`{word}` is missing"))
        .label(format!("expected `{word}`"))
        .help(format!("write `{part_of}`"))
}

pub(super) fn nested_too_deeply(span: Span) -> Diagnostic {
    Diagnostic::new(&NESTED_TOO_DEEPLY, span, "nested more than 64 deep")
        .label("too deep")
        .help(
            "name the inner parts with `let`, or leave out braces and brackets that are not needed",
        )
}

pub(super) fn not_utf8(span: Span, count: usize) -> Diagnostic {
    let more = if count > 1 {
        format!(" ({count} bytes)")
    } else {
        String::new()
    };
    Diagnostic::new(&NOT_UTF8, span, format!("the file is not UTF-8{more}"))
        .label("this byte is no character; read as `?`")
        .help("save the file as UTF-8")
}

pub(super) fn utf16(span: Span) -> Diagnostic {
    Diagnostic::new(&NOT_UTF8, span, "the file is UTF-16, not UTF-8")
        .label("its first bytes say so")
        .help("save the file as UTF-8")
}

pub(super) fn stray_brace(span: Span, brace: &str) -> Diagnostic {
    let (message, help) = if brace == "}" {
        (
            "this `}` closes nothing",
            "remove it, or look for the `{` that is missing above",
        )
    } else {
        (
            "this `{` has no word before it",
            "a block begins with a word: `service web {`; a map stands after `=`: `labels = { a = 1 }`",
        )
    };
    Diagnostic::new(&STRAY_BRACE, span, message)
        .label("no block to go with")
        .help(help)
}

pub(super) fn unclosed_block(header: Span, named: &str, before: Span) -> Diagnostic {
    Diagnostic::new(
        &UNCLOSED_BLOCK,
        header,
        format!("the block of `{named}` is never closed"),
    )
    .label("opened here")
    .related(before, "a `}` is expected before this")
    .help("write the missing `}`")
}

pub(super) fn unclosed_bracket(open: Span, bracket: &str, end: Span) -> Diagnostic {
    let close = match bracket {
        "[" => "]",
        "(" => ")",
        _ => "}",
    };
    Diagnostic::new(
        &UNCLOSED_BRACKET,
        open,
        format!("this `{bracket}` is never closed"),
    )
    .label("opened here")
    .related(end, format!("a `{close}` is expected before this"))
    .help(format!("write the missing `{close}`"))
}

pub(super) fn unclosed_interpolation(open: Span, end: Span) -> Diagnostic {
    Diagnostic::new(&UNCLOSED_INTERPOLATION, open, "this `{{` is never closed")
        .label("opened here")
        .related(end, "a `}}` is expected here")
        .help(r"write `}}`; for a literal `{{` write `\{{`, or use a '…' string")
}

pub(super) fn unclosed_string(open: Span, quote: &str, end: Span) -> Diagnostic {
    Diagnostic::new(&UNCLOSED_STRING, open, "this string is never closed")
        .label("opened here")
        .related(end, format!("a `{quote}` is expected on this line"))
        .help("a string ends on its line; longer text stands between two lines of \"\"\"")
}

pub(super) fn unclosed_long_string(open: Span, quote: &str) -> Diagnostic {
    Diagnostic::new(&UNCLOSED_STRING, open, "this long string is never closed")
        .label("opened here")
        .help(format!(
            "write `{quote}` first on the line after its last line"
        ))
}

pub(super) fn unexpected_text(span: Span, text: &str) -> Diagnostic {
    let shown = shortened(text);
    if is_plain_text(text) {
        return Diagnostic::new(
            &UNEXPECTED_TEXT,
            span,
            format!("`{shown}` stands without quotes"),
        )
        .label("text goes in quotes")
        .help(format!("write \"{shown}\""))
        .edit(span, format!("\"{text}\""));
    }
    let diagnostic = Diagnostic::new(
        &UNEXPECTED_TEXT,
        span,
        format!("`{shown}` is not expected here"),
    )
    .label("not readable");
    if text.starts_with(';') {
        diagnostic.help("a statement ends with its line, or with a `,`")
    } else if text.starts_with('=') {
        diagnostic.help("a statement has one `=`; `==` compares")
    } else if text.starts_with('$') {
        diagnostic.help("the value of a name is written without `$`, and in a string as {{ name }}; for a literal `$` use quotes")
    } else {
        diagnostic.help("text that is not a name or a number goes in double quotes: \"…\"")
    }
}

pub(super) fn wrong_comment(span: Span, opener: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_COMMENT,
        span,
        format!("`{opener}` does not begin a comment"),
    )
    .label("read as a comment")
    .help("write `#`; a comment goes to the end of its line")
}

pub(super) fn wrong_equals(span: Span, written: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_EQUALS,
        span,
        format!("a value is given with `=`, not `{written}`"),
    )
    .label("expected `=`")
    .help("write `name = value`")
    .edit(span, if written == ":" { " =" } else { "=" })
}

pub(super) fn wrong_long_string(span: Span, quote: &str) -> Diagnostic {
    Diagnostic::new(&WRONG_LONG_STRING, span, format!("the text of a long string begins on the line after its `{quote}`"))
        .label("text on the line of the quotes")
        .help(format!("break the line after `{quote}`, and put the closing `{quote}` first on a line; short text goes in \"…\""))
}

pub(super) fn chained_comparison(span: Span, symbol: &str) -> Diagnostic {
    Diagnostic::new(
        &UNEXPECTED_TEXT,
        span,
        format!("comparisons do not chain: a second one at `{symbol}`"),
    )
    .label("compares the outcome of a comparison")
    .help("join two comparisons with `and`, or put one in brackets")
}

pub(super) fn missing_type(span: Span) -> Diagnostic {
    Diagnostic::new(&MISSING_VALUE, span, "a type is missing")
        .label("expected a type")
        .help("a type is int, string, list[int], map[string] …, or some words: \"debian\" | \"alpine\"")
}

pub(super) fn missing_entry_value(span: Span, key: &str) -> Diagnostic {
    Diagnostic::new(&MISSING_VALUE, span, format!("`{key}` has no value"))
        .label("expected `= value` after this")
        .help("a map is { key = value }; a list is [a, b]")
}

/// What is said of the first of some lines that cannot be read.
pub(super) fn with_lines_after(first: Diagnostic, count: usize) -> Diagnostic {
    let own = first.help.clone().unwrap_or_default();
    first.help(format!(
        "{own}; {count} more near it cannot be read either: are opening quotes or a bracket missing above?"
    ))
}

/// Whether something was most likely meant as a text, such as a path, an address or an image: letters, and what those have.
fn is_plain_text(text: &str) -> bool {
    let is_part = |it: char| it.is_ascii_alphanumeric() || "/.:_-@~%+&?#*".contains(it);
    let marks = text.matches(['/', ':', '.', '@', '~']).count();
    marks > 0
        && text.chars().all(is_part)
        && text.contains(|it: char| it.is_ascii_alphanumeric())
        && !text.ends_with(':')
}

/// As much of a text as a message has room for.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(24) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
