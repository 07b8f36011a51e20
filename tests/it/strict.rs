//! A strict reader of svc, written by hand from the language's description: it accepts a text or does not. It recovers from
//! nothing and knows nothing of `grammar/svc.pest`, so the two can be held against each other.
//!
//! It does not limit how deep brackets nest.

use svcc::value::{Duration, Share, Size};

/// Whether `text` is a file without a syntax error.
pub(crate) fn accepts(text: &str) -> bool {
    let mut reader = Reader { text, at: 0 };
    reader.statements().is_some() && reader.at == text.len()
}

/// Where an expression stands, and so what may stand in the gaps between its tokens and where a map may.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// An argument of a statement: one line, no maps.
    Header,
    /// The value of a statement: one line, maps at its beginning, in the branches of `if` and after `??`.
    Value,
    /// Between `{{` and `}}`: one line.
    Interpolation,
    /// Between `[` and `]` after a value: no maps, no comments.
    Index,
    /// Between `(` and `)`: no comments.
    Group,
    /// In a list, a call or a map.
    Items,
}

/// What separates two items.
#[derive(Clone, Copy, Default)]
struct Gap {
    comma: bool,
    lines: bool,
    /// Whether the last line end stands after the last comma.
    ends_with_line: bool,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

/// A word that is part of an expression's shape.
const KEYWORDS: [&str; 8] = ["in", "if", "then", "else", "and", "or", "not", "for"];

/// How tightly comparisons bind.
const COMPARISON: u8 = 4;

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.rest()
            .starts_with(token)
            .then(|| self.at += token.len())
    }

    fn next_is(&self, token: &str) -> bool {
        self.rest().starts_with(token)
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn comment(&mut self) -> bool {
        let found = self.next_is("#");
        if found {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
        found
    }

    /// Blanks, line ends, commas and comments.
    fn separators(&mut self) -> Gap {
        let mut gap = Gap::default();
        loop {
            self.blanks();
            if self.take(",").is_some() {
                gap.comma = true;
                gap.ends_with_line = false;
            } else if self.take("\r\n").or_else(|| self.take("\n")).is_some() {
                gap.lines = true;
                gap.ends_with_line = true;
            } else if !self.comment() {
                return gap;
            }
        }
    }

    /// What may stand between two tokens of one expression.
    fn gap(&mut self, place: Place) {
        loop {
            self.blanks();
            let lines = matches!(place, Place::Index | Place::Group | Place::Items);
            let line = lines && self.take("\r\n").or_else(|| self.take("\n")).is_some();
            if !(line || place == Place::Items && self.comment()) {
                return;
            }
        }
    }

    fn statements(&mut self) -> Option<()> {
        let mut gap = Gap {
            comma: true,
            ..self.separators()
        };
        while !self.rest().is_empty() && !self.next_is("}") {
            if !gap.comma && !gap.lines {
                return None;
            }
            self.statement()?;
            gap = self.separators();
        }
        Some(())
    }

    /// `word argument* [ "=" expression ] [ "{" statement* "}" ]`
    fn statement(&mut self) -> Option<()> {
        if self.next_is("\"") || self.next_is("'") {
            self.string()?;
        } else {
            let word = self.path()?;
            (!word.contains('.')).then_some(())?;
        }
        loop {
            self.blanks();
            if self.next_is("=") && !self.next_is("==") {
                self.take("=")?;
                self.blanks();
                if self.next_is("{") {
                    self.map()?;
                    self.operators_after(Place::Value, 0, false)?;
                } else {
                    self.expression(Place::Value)?;
                }
                self.blanks();
                break;
            }
            let ends = ["\n", "\r\n", "{", "}", ",", "#"];
            if self.rest().is_empty() || ends.iter().any(|it| self.next_is(it)) {
                break;
            }
            self.expression(Place::Header)?;
        }
        if self.take("{").is_some() {
            self.statements()?;
            self.take("}")?;
            self.blanks();
        }
        // What follows on the line is a comment, the end of a block, or nothing.
        let ends = ["\n", "\r\n", "}", ",", "#"];
        (self.rest().is_empty() || ends.iter().any(|it| self.next_is(it))).then_some(())
    }

    fn expression(&mut self, place: Place) -> Option<()> {
        self.operators(place, 0)
    }

    fn operators(&mut self, place: Place, lowest: u8) -> Option<()> {
        self.operand(place)?;
        self.operators_after(place, lowest, false)
    }

    /// What follows an operand: operators that bind at least as tightly as `lowest`, each with its operand.
    fn operators_after(&mut self, place: Place, lowest: u8, compared: bool) -> Option<()> {
        let mut compared = compared;
        loop {
            let before = self.at;
            self.gap(place);
            let operator = self.operator().filter(|it| *it >= lowest);
            let Some(precedence) = operator else {
                self.at = before;
                return Some(());
            };
            if precedence == COMPARISON && std::mem::replace(&mut compared, true) {
                return None;
            }
            compared = precedence == COMPARISON;
            self.gap(place);
            if precedence == 1 && place == Place::Value && self.next_is("{") {
                self.map()?;
                self.operators_after(place, precedence + 1, false)?;
            } else {
                self.operators(place, precedence + 1)?;
            }
        }
    }

    fn digit_after_sign(&self) -> bool {
        let rest = self.rest();
        rest.get(1..)
            .is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()))
    }

    /// An operator's precedence.
    fn operator(&mut self) -> Option<u8> {
        if self.next_is("//") || self.next_is("/*") {
            return None;
        }
        let symbols = [
            ("??", 1),
            ("==", 4),
            ("!=", 4),
            ("<=", 4),
            (">=", 4),
            ("<", 4),
            (">", 4),
            ("+", 5),
            ("-", 5),
            ("*", 6),
            ("/", 6),
        ];
        for (symbol, precedence) in symbols {
            let is_number = symbol == "-" && self.digit_after_sign();
            if self.next_is(symbol) && !is_number {
                self.at += symbol.len();
                return Some(precedence);
            }
        }
        let precedence = match self.keyword()? {
            "or" => 2,
            "and" => 3,
            "in" => 4,
            _ => return None,
        };
        self.take_keyword()?;
        Some(precedence)
    }

    /// The characters of a name with its dots, whether or not it is one.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let begins = rest.starts_with(|it: char| it.is_alphabetic() || it == '_');
        let ends = |it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-' | '.'));
        let length = if begins {
            rest.find(ends).unwrap_or(rest.len())
        } else {
            0
        };
        self.at += length;
        &rest[..length]
    }

    /// The keyword that comes next.
    fn keyword(&mut self) -> Option<&'t str> {
        let before = self.at;
        let word = self.word();
        // Directly before a bracket a word is called.
        let is_called = self.next_is("(");
        self.at = before;
        (KEYWORDS.contains(&word) && !is_called).then_some(word)
    }

    /// Takes a keyword, which a list cannot touch: that would be an index.
    fn take_keyword(&mut self) -> Option<()> {
        self.word();
        (!self.next_is("[")).then_some(())
    }

    fn expect(&mut self, place: Place, keyword: &str) -> Option<()> {
        self.gap(place);
        (self.keyword()? == keyword).then_some(())?;
        // In the value of a statement `then` and `else` are no names.
        match place {
            Place::Value => {
                self.word();
            }
            _ => self.take_keyword()?,
        }
        self.gap(place);
        Some(())
    }

    /// A dotted path.
    fn path(&mut self) -> Option<&'t str> {
        let word = self.word();
        let is_name = |it: &str| {
            it.is_ascii() && it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        };
        word.split('.').all(is_name).then_some(word)
    }

    fn operand(&mut self, place: Place) -> Option<()> {
        let next = self.rest().chars().next()?;
        match next {
            '"' | '\'' => self.string(),
            '0'..='9' => self.number(),
            '-' if self.digit_after_sign() => self.number(),
            '-' => {
                self.at += 1;
                self.gap(place);
                self.operators(place, 7)
            }
            '[' => {
                self.list()?;
                self.suffixes()
            }
            '(' => {
                self.at += 1;
                self.gap(Place::Group);
                self.expression(Place::Group)?;
                self.gap(Place::Group);
                self.take(")")?;
                self.suffixes()
            }
            '{' if matches!(place, Place::Interpolation | Place::Group | Place::Items) => {
                self.map()
            }
            _ => self.path_or_keyword(place),
        }
    }

    fn path_or_keyword(&mut self, place: Place) -> Option<()> {
        match self.keyword() {
            Some("not") => {
                self.take_keyword()?;
                self.gap(place);
                self.operators(place, COMPARISON)
            }
            Some("if") => {
                self.take_keyword()?;
                self.gap(place);
                self.expression(place)?;
                self.expect(place, "then")?;
                self.branch(place)?;
                self.expect(place, "else")?;
                self.branch(place)
            }
            Some(_) => None,
            None => {
                let path = self.path()?;
                if self.next_is("(") {
                    (!["true", "false", "none"].contains(&path)).then_some(())?;
                    self.call()?;
                }
                self.suffixes()
            }
        }
    }

    fn branch(&mut self, place: Place) -> Option<()> {
        if place == Place::Value && self.next_is("{") {
            self.map()?;
            return self.operators_after(place, 0, false);
        }
        self.expression(place)
    }

    /// `[0]`, `.key`
    fn suffixes(&mut self) -> Option<()> {
        loop {
            if self.take("[").is_some() {
                self.gap(Place::Index);
                self.expression(Place::Index)?;
                self.gap(Place::Index);
                self.take("]")?;
            } else if self.next_is(".") {
                self.at += 1;
                let rest = self.rest();
                rest.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
                    .then_some(())?;
                let ends = |it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-'));
                let length = rest.find(ends).unwrap_or(rest.len());
                rest[..length].is_ascii().then_some(())?;
                self.at += length;
            } else if self.next_is("(") {
                return None;
            } else {
                return Some(());
            }
        }
    }

    /// Items with a comma or a line end between each two, to the closing bracket.
    fn items(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Self, Gap) -> Option<()>,
    ) -> Option<()> {
        let mut gap = self.separators();
        let mut is_first = true;
        while self.take(close).is_none() {
            (is_first || gap.comma || gap.lines).then_some(())?;
            is_first = false;
            item(self, gap)?;
            gap = self.separators();
        }
        Some(())
    }

    fn list(&mut self) -> Option<()> {
        self.take("[")?;
        let mut is_first = true;
        let before = self.at;
        self.separators();
        if !self.next_is("]") {
            self.expression(Place::Items)?;
            self.gap(Place::Items);
            if self.keyword() == Some("for") {
                return self.comprehension();
            }
        }
        self.at = before;
        self.items("]", |it, _| {
            is_first = false;
            it.expression(Place::Items)
        })
    }

    /// `for name in list if condition ]`
    fn comprehension(&mut self) -> Option<()> {
        self.take_keyword()?;
        self.gap(Place::Items);
        self.keyword().is_none().then_some(())?;
        let name = self.path()?;
        (!name.contains('.')).then_some(())?;
        self.expect(Place::Items, "in")?;
        self.expression(Place::Items)?;
        self.gap(Place::Items);
        if self.keyword() == Some("if") {
            self.take_keyword()?;
            self.gap(Place::Items);
            self.expression(Place::Items)?;
        }
        self.separators();
        self.take("]")
    }

    fn map(&mut self) -> Option<()> {
        self.take("{")?;
        self.items("}", |it, _| {
            if it.next_is("\"") || it.next_is("'") {
                (!it.next_is("\"\"\"") && !it.next_is("'''")).then_some(())?;
                it.string()?;
            } else {
                let key = it.path()?;
                (!key.contains('.')).then_some(())?;
            }
            it.gap(Place::Items);
            (!it.next_is("==")).then_some(())?;
            it.take("=")?;
            it.same_line_value()
        })
    }

    /// The value of a named argument or an entry, which begins on the line of its `=`.
    fn same_line_value(&mut self) -> Option<()> {
        self.blanks();
        self.expression(Place::Items)
    }

    /// `(a, name = b, parameter: type = c)`, from the bracket.
    fn call(&mut self) -> Option<()> {
        self.take("(")?;
        let rest = self.rest().trim_start_matches([' ', '\t']);
        // Where the arguments have lines of their own from the first, a line `name = value` is one of them; else it is a
        // statement, and the call was not closed.
        let has_lines = rest.starts_with(['\n', '\r', '#']);
        self.items(")", |it, gap| {
            let is_statement = !has_lines && gap.ends_with_line && !gap.comma;
            let before = it.at;
            it.expression(Place::Items)?;
            let is_name = is_name(&it.text[before..it.at]);
            let end = it.at;
            it.gap(Place::Items);
            if it.next_is("=") && !it.next_is("==") {
                let is_one_line = !it.text[end..it.at].contains('\n');
                (is_name && !(is_statement && is_one_line)).then_some(())?;
                it.take("=")?;
                it.same_line_value()
            } else if it.next_is(":") {
                is_name.then_some(())?;
                it.take(":")?;
                it.blanks();
                it.type_of()?;
                let before = it.at;
                it.gap(Place::Items);
                if it.next_is("=") && !it.next_is("==") {
                    it.take("=")?;
                    return it.same_line_value();
                }
                it.at = before;
                Some(())
            } else {
                it.at = end;
                Some(())
            }
        })
    }

    /// `int`, `list[int]`, `"a" | "b"`
    fn type_of(&mut self) -> Option<()> {
        if self.next_is("\"") || self.next_is("'") {
            loop {
                let before = self.at;
                self.string()?;
                (!self.text[before..self.at].contains("{{")).then_some(())?;
                let before = self.at;
                self.gap(Place::Items);
                if self.take("|").is_none() {
                    self.at = before;
                    return Some(());
                }
                self.gap(Place::Items);
            }
        }
        self.keyword().is_none().then_some(())?;
        is_name(self.path()?).then_some(())?;
        if self.take("[").is_some() {
            self.gap(Place::Index);
            self.type_of()?;
            self.gap(Place::Index);
            self.take("]")?;
        }
        Some(())
    }

    /// `8080`, `1_000`, `0.5`, `512MiB`, `1m30s`, `25%`
    fn number(&mut self) -> Option<()> {
        let rest = self.rest();
        let mut length = usize::from(rest.starts_with('-'));
        let digit = |it: usize| rest.as_bytes().get(it).is_some_and(u8::is_ascii_digit);
        while let Some(next) = rest[length..].chars().next() {
            let goes_on = next.is_alphanumeric()
                || matches!(next, '_' | '%')
                || next == '.' && digit(length + 1);
            if !goes_on {
                break;
            }
            length += next.len_utf8();
        }
        self.at += length;
        is_number(&rest[..length]).then_some(())
    }

    fn string(&mut self) -> Option<()> {
        for quotes in ["\"\"\"", "'''"] {
            if self.take(quotes).is_some() {
                return self.long_string(quotes);
            }
        }
        if self.take("'").is_some() {
            let end = self.rest().find(['\'', '\n'])?;
            self.at += end;
            return self.take("'");
        }
        self.take("\"")?;
        while self.take("\"").is_none() {
            self.character()?;
        }
        Some(())
    }

    /// A character of a string, an escape, or `{{ … }}`.
    fn character(&mut self) -> Option<()> {
        if self.take("{{").is_some() {
            self.blanks();
            self.expression(Place::Interpolation)?;
            self.blanks();
            return self.take("}}");
        }
        if self.take("\\").is_some() {
            if self.take("u{").is_some() {
                let end = self.rest().find('}')?;
                let digits = self.rest().get(..end)?;
                let code = u32::from_str_radix(digits, 16).ok()?;
                (!digits.starts_with('+')).then_some(())?;
                char::from_u32(code)?;
                self.at += end + 1;
                return Some(());
            }
            return ["n", "t", "\"", "\\", "{"]
                .iter()
                .find_map(|it| self.take(it));
        }
        let next = self.rest().chars().next().filter(|it| *it != '\n')?;
        if self.next_is("\r\n") {
            return None;
        }
        self.at += next.len_utf8();
        Some(())
    }

    /// The lines of a long string, from the end of the line that opens it.
    fn long_string(&mut self, quotes: &str) -> Option<()> {
        self.blanks();
        loop {
            self.take("\r\n").or_else(|| self.take("\n"))?;
            let before = self.at;
            self.blanks();
            if self.take(quotes).is_some() {
                return Some(());
            }
            self.at = before;
            // A line that opens a long string of the same kind shows that this one was never closed.
            let line = self.rest().lines().next()?.trim();
            let opens = line.find(quotes).is_some_and(|it| it + 3 == line.len());
            if opens && line.starts_with(|it: char| it.is_alphabetic() || it == '_') {
                return None;
            }
            while !self.next_is("\n") && !self.next_is("\r\n") {
                if quotes == "'''" {
                    self.at += self.rest().chars().next()?.len_utf8();
                } else {
                    self.character()?;
                }
            }
        }
    }
}

/// Whether an expression is a plain name.
fn is_name(text: &str) -> bool {
    let ends = |it: char| !(it.is_ascii_alphanumeric() || matches!(it, '_' | '-'));
    text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && !text.contains(ends)
        && !KEYWORDS.contains(&text)
        && !["true", "false", "none"].contains(&text)
}

/// Whether a token that begins with a digit is a number, a duration, a size or a share.
fn is_number(text: &str) -> bool {
    let plain = text.replace('_', "");
    let positive = !text.starts_with('-');
    let is_known = plain.parse::<i64>().is_ok()
        || plain.contains('.')
            && !plain.contains(char::is_alphabetic)
            && plain.parse::<f64>().is_ok()
        || positive && Share::parse(text).is_some()
        || positive && Size::parse(text).is_some()
        || positive && Duration::parse(text).is_some();
    is_known && !text.ends_with('_') && !text.contains("__")
}
