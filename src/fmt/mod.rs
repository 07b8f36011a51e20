//! Tree to text: the one canonical form. Formatting what was formatted changes nothing, and the tree stays the same
//! but for places.

mod expr;

use crate::source::Span;
use crate::syntax::tree::{Before, Block, Statement, Tree, Trivia};

/// No line is made longer than this, where it can be broken.
const WIDTH: usize = 100;

/// The canonical text of a tree that was read from `text`; `text` itself where that has syntax errors.
pub fn format(tree: &Tree, text: &str) -> String {
    if tree.broken {
        return text.to_owned();
    }
    let mut printer = Printer {
        text,
        out: String::with_capacity(text.len() + text.len() / 8),
    };
    printer.statements(&tree.statements, 0);
    printer.lines_above(tree.end.before(), 0);
    printer.out
}

/// What is printed so far, and the text that strings, numbers and comments are taken from.
struct Printer<'t> {
    text: &'t str,
    out: String,
}

impl Printer<'_> {
    fn statements(&mut self, statements: &[Statement], indent: usize) {
        let mut rest = statements;
        while let Some(first) = rest.first() {
            let run = self.run_of_properties(rest, indent);
            if run > 1 {
                let (properties, others) = rest.split_at(run);
                self.properties(properties, indent);
                rest = others;
            } else {
                self.statement(first, indent, 0);
                rest = &rest[1..];
            }
        }
    }

    /// How many of the first statements are `word = value` on one line each, with nothing between them.
    fn run_of_properties(&self, statements: &[Statement], indent: usize) -> usize {
        let follows = |(at, it): &(usize, &Statement)| {
            (*at == 0 || it.trivia.before().is_empty()) && self.is_plain_property(it, indent)
        };
        statements.iter().enumerate().take_while(follows).count()
    }

    fn is_plain_property(&self, statement: &Statement, indent: usize) -> bool {
        if !statement.arguments.is_empty() || statement.block.is_some() {
            return false;
        }
        let before_value = indent + self.word(&statement.word).chars().count() + " = ".len();
        let value = statement.value.as_ref().and_then(|it| self.flat(it));
        value.is_some_and(|it| before_value + it.chars().count() <= WIDTH)
    }

    /// Properties with their `=` below each other.
    fn properties(&mut self, properties: &[Statement], indent: usize) {
        let length = |it: &Statement| self.word(&it.word).chars().count();
        let longest = properties.iter().map(length).max().unwrap_or_default();
        for property in properties {
            self.statement(property, indent, longest);
        }
    }

    /// A statement on lines of its own; its word takes `word_width` columns at least.
    fn statement(&mut self, statement: &Statement, indent: usize, word_width: usize) {
        self.lines_above(statement.trivia.before(), indent);
        if let Some(line) = self.flat_with_block(statement)
            && indent + line.chars().count() <= WIDTH
        {
            self.indent(indent);
            self.out.push_str(&line);
            self.comment(statement.trivia.after().or(statement.trivia.after_block()));
            self.out.push('\n');
            return;
        }
        let start = self.out.len();
        self.indent(indent);
        let word = self.word(&statement.word);
        self.out.push_str(word);
        for argument in &statement.arguments {
            self.out.push(' ');
            let column = self.column(start);
            let argument = self.expr(argument, indent, column);
            self.out.push_str(&argument);
        }
        if let Some(value) = &statement.value {
            let pad = word_width.saturating_sub(word.chars().count());
            self.out.extend(std::iter::repeat_n(' ', pad));
            self.out.push_str(" = ");
            let value = match self.flat(value).filter(|_| word_width > 0) {
                Some(it) => it,
                None => {
                    let column = self.column(start);
                    self.expr(value, indent, column)
                }
            };
            self.out.push_str(&value);
        }
        if let Some(block) = &statement.block {
            self.block(block, &statement.trivia, indent);
        } else {
            self.comment(statement.trivia.after());
        }
        self.out.push('\n');
    }

    fn block(&mut self, block: &Block, trivia: &Trivia, indent: usize) {
        if block.statements.is_empty() && block.end.before().is_empty() && trivia.after().is_none()
        {
            self.out.push_str(" { }");
            return self.comment(trivia.after_block());
        }
        self.out.push_str(" {");
        self.comment(trivia.after());
        self.out.push('\n');
        self.statements(&block.statements, indent + 2);
        self.lines_above(block.end.before(), indent + 2);
        self.indent(indent);
        self.out.push('}');
        self.comment(trivia.after_block());
    }

    /// A statement whose block was written on one line, on one line.
    fn flat_with_block(&self, statement: &Statement) -> Option<String> {
        let block = statement.block.as_ref()?;
        let has_comments =
            statement.trivia.after().is_some() && statement.trivia.after_block().is_some();
        if has_comments || (statement.trivia.after().is_some() && !block.statements.is_empty()) {
            return None;
        }
        self.flat_statement(statement)
    }

    fn flat_statement(&self, statement: &Statement) -> Option<String> {
        let mut line = self.word(&statement.word).to_owned();
        for argument in &statement.arguments {
            line.push(' ');
            line.push_str(&self.flat(argument)?);
        }
        if let Some(value) = &statement.value {
            line.push_str(" = ");
            line.push_str(&self.flat(value)?);
        }
        let Some(block) = &statement.block else {
            return Some(line);
        };
        if self.slice(block.span).contains('\n') || !block.end.before().is_empty() {
            return None;
        }
        let mut separator = " { ";
        for inner in &block.statements {
            if inner.trivia.0.is_some() {
                return None;
            }
            line.push_str(separator);
            line.push_str(&self.flat_statement(inner)?);
            separator = ", ";
        }
        line.push_str(if block.statements.is_empty() {
            " { }"
        } else {
            " }"
        });
        Some(line)
    }

    /// Comments and blank lines, but no blank line where nothing was printed before.
    fn lines_above(&mut self, lines: &[Before], indent: usize) {
        for line in lines {
            match line {
                Before::Blank if self.out.is_empty() => {}
                Before::Blank => self.out.push('\n'),
                Before::Comment(span) | Before::Doc(span) => {
                    self.indent(indent);
                    let comment = self.slice(*span);
                    self.out.push_str(comment);
                    self.out.push('\n');
                }
            }
        }
    }

    /// A comment at the end of a line.
    fn comment(&mut self, span: Option<Span>) {
        if let Some(span) = span {
            self.out.push(' ');
            let comment = self.slice(span);
            self.out.push_str(comment);
        }
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// How many columns the last line has, of what was printed from `start`.
    fn column(&self, start: usize) -> usize {
        last_line_width(&self.out[start..])
    }
}

impl<'t> Printer<'t> {
    fn slice(&self, span: Span) -> &'t str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}

/// How many columns the last line of `text` has.
fn last_line_width(text: &str) -> usize {
    text.rsplit('\n').next().unwrap_or_default().chars().count()
}
