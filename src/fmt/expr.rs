//! Expressions: on one line where they fit, else brackets are opened, one item per line.

use super::{Printer, WIDTH, last_line_width};
use crate::source::Span;
use crate::syntax::tree::{
    Argument, Before, BinaryOp, Call, Comprehension, Expr, ExprKind, Item, List, MapLiteral, Name,
    Quotes, Trivia, Type, TypeKind, UnaryOp, Word,
};

/// Room for what may follow an expression on its line: ` {` or `,`.
const FOLLOWING: usize = 2;

impl<'t> Printer<'t> {
    /// An expression that begins at `column`, on a line that is indented by `indent`.
    pub(super) fn expr(&self, expr: &Expr, indent: usize, column: usize) -> String {
        if let Some(flat) = self.flat(expr)
            && column + flat.chars().count() + FOLLOWING <= WIDTH
        {
            return flat;
        }
        let mut out = String::new();
        self.broken(&mut out, expr, indent, column);
        out
    }

    /// An expression on one line; `None` where it has comments, a long string, or a trailing comma, which asks for one
    /// item per line.
    pub(super) fn flat(&self, expr: &Expr) -> Option<String> {
        let mut out = String::new();
        self.write_flat(&mut out, expr).then_some(out)
    }

    /// Writes on one line; false where that cannot be.
    fn write_flat(&self, out: &mut String, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::List(list) => {
                self.list_is_flat(list)
                    && self.flat_items(out, ("[", "]"), &list.items, |out, it| {
                        self.write_flat(out, it)
                    })
            }
            ExprKind::Map(map) => {
                let (open, close) = if map.entries.is_empty() {
                    ("{", "}")
                } else {
                    ("{ ", " }")
                };
                self.map_is_flat(expr, map)
                    && self.flat_items(out, (open, close), &map.entries, |out, (word, value)| {
                        out.push_str(self.word(word));
                        out.push_str(" = ");
                        self.write_flat(out, value)
                    })
            }
            ExprKind::Call(call) => {
                self.path(out, &call.callee);
                self.call_is_flat(expr, call)
                    && self.flat_items(out, ("(", ")"), &call.arguments, |out, it| {
                        self.argument(out, it, &mut |out, value| self.write_flat(out, value))
                    })
            }
            ExprKind::Text(_, Quotes::Long | Quotes::LongRaw) => false,
            ExprKind::Template(it) if it.quotes != Quotes::Short => false,
            _ => self.parts(out, expr, &mut |out, part| self.write_flat(out, part)),
        }
    }

    fn flat_items<T>(
        &self,
        out: &mut String,
        (open, close): (&str, &str),
        items: &[Item<T>],
        mut write: impl FnMut(&mut String, &T) -> bool,
    ) -> bool {
        out.push_str(open);
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                out.push_str(", ");
            }
            if has_lines(&item.trivia) || !write(out, &item.value) {
                return false;
            }
        }
        out.push_str(close);
        true
    }

    /// Writes with the outermost brackets opened. `column` is where `out` begins.
    fn broken(&self, out: &mut String, expr: &Expr, indent: usize, column: usize) {
        match &expr.kind {
            ExprKind::List(list) => {
                self.broken_items(
                    out,
                    ("[", "]"),
                    (&list.items, &list.end),
                    indent,
                    |out, it, at| {
                        out.push_str(&self.expr(it, at, at));
                    },
                );
            }
            ExprKind::Map(map) => {
                self.broken_items(
                    out,
                    ("{", "}"),
                    (&map.entries, &map.end),
                    indent,
                    |out, (word, value), at| {
                        let word = self.word(word);
                        out.push_str(word);
                        out.push_str(" = ");
                        out.push_str(&self.expr(value, at, at + word.chars().count() + 3));
                    },
                );
            }
            ExprKind::Call(call) => {
                self.path(out, &call.callee);
                self.broken_items(
                    out,
                    ("(", ")"),
                    (&call.arguments, &call.end),
                    indent,
                    |out, it, at| {
                        let start = out.len();
                        self.argument(out, it, &mut |out, value| {
                            let column = at + last_line_width(&out[start..]);
                            out.push_str(&self.expr(value, at, column));
                            true
                        });
                    },
                );
            }
            ExprKind::Text(_, Quotes::Long | Quotes::LongRaw) => self.long(out, expr, indent),
            ExprKind::Template(it) if it.quotes != Quotes::Short => self.long(out, expr, indent),
            _ => {
                self.parts(out, expr, &mut |out, part| {
                    let before = last_line_width(out);
                    let column = if out.contains('\n') {
                        before
                    } else {
                        column + before
                    };
                    let part = self.expr(part, indent, column);
                    out.push_str(&part);
                    true
                });
            }
        }
    }

    fn broken_items<T>(
        &self,
        out: &mut String,
        (open, close): (&str, &str),
        (items, end): (&[Item<T>], &Trivia),
        indent: usize,
        mut write: impl FnMut(&mut String, &T, usize),
    ) {
        out.push_str(open);
        if items.is_empty() && end.before().is_empty() {
            out.push_str(close);
            return;
        }
        out.push('\n');
        for item in items {
            self.lines_above_item(out, item.trivia.before(), indent + 2);
            blanks(out, indent + 2);
            write(out, &item.value, indent + 2);
            out.push(',');
            if let Some(comment) = item.trivia.after() {
                out.push(' ');
                out.push_str(self.slice(comment));
            }
            out.push('\n');
        }
        self.lines_above_item(out, end.before(), indent + 2);
        blanks(out, indent);
        out.push_str(close);
    }

    fn lines_above_item(&self, out: &mut String, lines: &[Before], indent: usize) {
        for line in lines {
            if let Before::Comment(span) | Before::Doc(span) = line {
                blanks(out, indent);
                out.push_str(self.slice(*span));
            }
            out.push('\n');
        }
    }

    /// Writes what an expression has besides its parts, and the parts by `write`; false as soon as that says so.
    fn parts(
        &self,
        out: &mut String,
        expr: &Expr,
        write: &mut dyn FnMut(&mut String, &Expr) -> bool,
    ) -> bool {
        match &expr.kind {
            ExprKind::Path(names) => self.path(out, names),
            ExprKind::Unary(op, operand) => {
                out.push_str(match op {
                    UnaryOp::Not => "not ",
                    // `- 1` is not the number -1, and must not become it.
                    UnaryOp::Minus
                        if self
                            .slice(operand.span)
                            .starts_with(|it: char| it.is_ascii_digit()) =>
                    {
                        "- "
                    }
                    UnaryOp::Minus => "-",
                });
                return write(out, operand);
            }
            ExprKind::Binary(it) => {
                return write(out, &it.left) && operator(out, it.op) && write(out, &it.right);
            }
            ExprKind::If(it) => {
                out.push_str("if ");
                return write(out, &it.condition)
                    && word(out, " then ")
                    && write(out, &it.then)
                    && word(out, " else ")
                    && write(out, &it.otherwise);
            }
            ExprKind::Index(it) => {
                return write(out, &it.base)
                    && word(out, "[")
                    && write(out, &it.index)
                    && word(out, "]");
            }
            ExprKind::Member(it) => {
                return write(out, &it.base) && word(out, ".") && word(out, &it.name.text);
            }
            ExprKind::Group(inner) => return word(out, "(") && write(out, inner) && word(out, ")"),
            ExprKind::Comprehension(it) => return self.comprehension(out, it, write),
            ExprKind::Missing
            | ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Duration(_)
            | ExprKind::Size(_)
            | ExprKind::Share(_)
            | ExprKind::Text(..)
            | ExprKind::Template(_)
            | ExprKind::Call(_)
            | ExprKind::List(_)
            | ExprKind::Map(_) => out.push_str(self.slice(expr.span)),
        }
        true
    }

    fn comprehension(
        &self,
        out: &mut String,
        it: &Comprehension,
        write: &mut dyn FnMut(&mut String, &Expr) -> bool,
    ) -> bool {
        let ok = word(out, "[")
            && write(out, &it.value)
            && word(out, " for ")
            && word(out, &it.name.text)
            && word(out, " in ")
            && write(out, &it.list);
        let condition = it.condition.as_ref();
        ok && condition.is_none_or(|it| word(out, " if ") && write(out, it)) && word(out, "]")
    }

    fn argument(
        &self,
        out: &mut String,
        argument: &Argument,
        write: &mut dyn FnMut(&mut String, &Expr) -> bool,
    ) -> bool {
        match argument {
            Argument::Positional(value) => write(out, value),
            Argument::Named(name, value) => {
                word(out, &name.text) && word(out, " = ") && write(out, value)
            }
            Argument::Parameter(name, ty, default) => {
                out.push_str(&name.text);
                out.push_str(": ");
                self.type_of(out, ty);
                default
                    .as_ref()
                    .is_none_or(|it| word(out, " = ") && write(out, it))
            }
        }
    }

    fn type_of(&self, out: &mut String, ty: &Type) {
        match &ty.kind {
            TypeKind::Missing => out.push_str(self.slice(ty.span)),
            TypeKind::Name(name) => out.push_str(name),
            TypeKind::Of(name, inner) => {
                out.push_str(name);
                out.push('[');
                self.type_of(out, inner);
                out.push(']');
            }
            TypeKind::Words(words) => {
                for (number, word) in words.iter().enumerate() {
                    out.push_str(if number > 0 { " | \"" } else { "\"" });
                    for character in word.chars() {
                        match character {
                            '\n' => out.push_str("\\n"),
                            '\t' => out.push_str("\\t"),
                            '"' | '\\' | '{' => out.extend(['\\', character]),
                            _ => out.push(character),
                        }
                    }
                    out.push('"');
                }
            }
        }
    }

    fn path(&self, out: &mut String, names: &[Name]) {
        for (number, name) in names.iter().enumerate() {
            if number > 0 {
                out.push('.');
            }
            out.push_str(&name.text);
        }
    }

    pub(super) fn word(&self, word: &Word) -> &'t str {
        self.slice(word.span)
    }

    /// A long string, its text two columns right of the line that it begins on.
    fn long(&self, out: &mut String, expr: &Expr, indent: usize) {
        let text = self.slice(expr.span);
        let lines: Vec<&str> = text
            .split('\n')
            .map(|it| it.trim_end_matches('\r'))
            .collect();
        let Some((last, lines)) = lines.split_last() else {
            return;
        };
        let old = last.len().saturating_sub(3);
        out.push_str(&text[..3]);
        for line in lines.iter().skip(1) {
            out.push('\n');
            let strip = line
                .bytes()
                .take(old)
                .take_while(|it| matches!(it, b' ' | b'\t'))
                .count();
            let rest = &line[strip..];
            let nothing = strip < old && rest.is_empty();
            if !nothing && !rest.is_empty() {
                blanks(out, indent + 2);
                out.push_str(rest);
            }
        }
        out.push('\n');
        blanks(out, indent + 2);
        out.push_str(&text[..3]);
    }

    fn list_is_flat(&self, list: &List) -> bool {
        !list.trailing_comma && list.end.before().is_empty()
    }

    fn map_is_flat(&self, expr: &Expr, map: &MapLiteral) -> bool {
        let last = map.entries.last().map(|it| it.value.1.span);
        map.end.before().is_empty() && !self.comma_after(last, expr.span)
    }

    fn call_is_flat(&self, expr: &Expr, call: &Call) -> bool {
        let last = call.arguments.last().map(|it| match &it.value {
            Argument::Positional(value)
            | Argument::Named(_, value)
            | Argument::Parameter(_, _, Some(value)) => value.span,
            Argument::Parameter(_, ty, None) => ty.span,
        });
        call.end.before().is_empty() && !self.comma_after(last, expr.span)
    }

    /// Whether a comma stands between the last item of a bracket and its end.
    fn comma_after(&self, last: Option<Span>, bracket: Span) -> bool {
        let Some(last) = last else { return false };
        let rest = self.slice(Span {
            start: last.end,
            ..bracket
        });
        rest.lines()
            .any(|line| line.split('#').next().is_some_and(|it| it.contains(',')))
    }
}

/// Whether an item has comments, or a blank line above it: it stands on a line of its own then.
fn has_lines(trivia: &Trivia) -> bool {
    trivia.after().is_some() || !trivia.before().is_empty()
}

fn operator(out: &mut String, op: BinaryOp) -> bool {
    out.push(' ');
    out.push_str(op.symbol());
    word(out, " ")
}

fn word(out: &mut String, word: &str) -> bool {
    out.push_str(word);
    true
}

fn blanks(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}
