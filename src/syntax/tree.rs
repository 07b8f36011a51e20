//! The tree of one file. Since a statement has one shape, it needs no node kinds: what a word means is for later stages.
//!
//! A tree is made of every text. What could not be read is [`ExprKind::Missing`] or a statement that is
//! [`broken`](Statement::broken), and has been reported.

use ecow::EcoString;

use crate::source::{FileId, Span};
use crate::value::{Duration, Share, Size};

/// A whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// Which file it is.
    pub file: FileId,
    /// The statements outside all blocks.
    pub statements: Vec<Statement>,
    /// Comments and blank lines after the last statement.
    pub end: Trivia,
    /// How many statements the tree has; their [`id`](Statement::id)s count from 0.
    pub count: u32,
    /// Whether a syntax error was reported: such a file is not formatted.
    pub broken: bool,
}

/// `word argument* [ "=" expression ] [ "{" statement* "}" ]`
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its number in the file, in the order of the text: the key of side tables.
    pub id: u32,
    /// From the word to the end of the value, the closing brace, or the last argument.
    pub span: Span,
    /// The first word: `service`, `"traefik.enable"`.
    pub word: Word,
    /// What follows it: `catalog`, `from`, `tomcat`.
    pub arguments: Vec<Expr>,
    /// What follows the `=`.
    pub value: Option<Expr>,
    /// What stands between the braces.
    pub block: Option<Box<Block>>,
    /// The comments and blank lines that belong to it.
    pub trivia: Trivia,
    /// Whether a syntax error in its own header or value was reported: its shape is not to be judged.
    pub broken: bool,
}

/// The first word of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Its characters, unescaped; empty where an interpolation makes them.
    pub text: EcoString,
    /// Where it stands.
    pub span: Span,
    /// The string that it was written as, if it was not a plain name.
    pub string: Option<Box<Expr>>,
}

/// A plain name: `catalog`, `no-healthcheck`, `JAVA_HOME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its characters.
    pub text: EcoString,
    /// Where it stands.
    pub span: Span,
}

/// `{ … }` of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// From `{` to `}`; to the last statement, where the `}` is missing.
    pub span: Span,
    /// What is in it.
    pub statements: Vec<Statement>,
    /// Comments and blank lines before the `}`.
    pub end: Trivia,
}

/// Comments and blank lines around a statement or an item. Most have none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trivia(pub Option<Box<Around>>);

/// What stands around a statement or an item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// Above it, in order.
    pub before: Vec<Before>,
    /// The comment at the end of its line (of the line of its `{`, if it has a block).
    pub after: Option<Span>,
    /// The comment at the end of the line of its closing brace.
    pub after_block: Option<Span>,
}

/// A line above a statement or an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// One or more blank lines.
    Blank,
    /// `# …` on a line of its own; the span begins at the `#` and ends before the line break.
    Comment(Span),
    /// `## …`: documents the declaration below.
    Doc(Span),
}

impl Trivia {
    /// The lines above.
    pub fn before(&self) -> &[Before] {
        self.0.as_ref().map_or(&[], |it| &it.before)
    }

    /// The comment at the end of the line.
    pub fn after(&self) -> Option<Span> {
        self.0.as_ref().and_then(|it| it.after)
    }

    /// The comment at the end of the closing brace's line.
    pub fn after_block(&self) -> Option<Span> {
        self.0.as_ref().and_then(|it| it.after_block)
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// Nothing readable; reported.
    Missing,
    /// `none`
    None,
    /// `true`, `false`
    Bool(bool),
    /// `8080`, `1_000`
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `1m30s`
    Duration(Duration),
    /// `512MiB`
    Size(Size),
    /// `25%`
    Share(Share),
    /// A string without `{{ }}`, unescaped; of a long string, with its indentation stripped.
    Text(EcoString, Quotes),
    /// A string with `{{ }}`.
    Template(Box<Template>),
    /// `java`, `service.db.host`
    Path(Vec<Name>),
    /// `f(x, y = 1)`, `java.jre(version: int = 21)`
    Call(Box<Call>),
    /// `[a, b]`
    List(Box<List>),
    /// `[f(x) for x in xs if c]`
    Comprehension(Box<Comprehension>),
    /// `{ key = value }`
    Map(Box<MapLiteral>),
    /// `-x`, `not x`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(Box<Binary>),
    /// `if c then a else b`
    If(Box<If>),
    /// `xs[0]`, `m["key"]`
    Index(Box<Index>),
    /// `.key` of anything but a plain path: `xs[0].key`
    Member(Box<Member>),
    /// `( … )`: kept, so that the formatter can
    Group(Box<Expr>),
}

/// How a string was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// `"…"`
    Short,
    /// `'…'`
    Raw,
    /// `"""` … `"""`
    Long,
    /// `'''` … `'''`
    LongRaw,
}

/// A string with interpolations.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// How it was written: [`Quotes::Short`] or [`Quotes::Long`].
    pub quotes: Quotes,
    /// Its pieces, in order.
    pub parts: Vec<TemplatePart>,
}

/// A piece of a string with interpolations.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    /// Characters, unescaped, and where they stand.
    Text(EcoString, Span),
    /// `{{ expr }}`
    Expr(Expr),
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called: a path, as a call of anything else is not in the grammar.
    pub callee: Vec<Name>,
    /// Where the callee stands.
    pub callee_span: Span,
    /// What it is given.
    pub arguments: Vec<Item<Argument>>,
    /// Comments and blank lines before the `)`.
    pub end: Trivia,
}

/// An argument of a call, or, in the header of a `layer`, a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// `21`
    Positional(Expr),
    /// `version = 21`
    Named(Name, Expr),
    /// `version: int = 21`
    Parameter(Name, Type, Option<Expr>),
}

/// A type, in the header of a `layer`.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: TypeKind,
}

/// What a type is.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// Nothing readable; reported.
    Missing,
    /// `int`, `secret`
    Name(EcoString),
    /// `list[int]`, `map[string]`
    Of(EcoString, Box<Type>),
    /// `"debian" | "alpine"`
    Words(Vec<EcoString>),
}

/// A list.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// Its items.
    pub items: Vec<Item<Expr>>,
    /// Comments and blank lines before the `]`.
    pub end: Trivia,
    /// Whether a comma follows the last item.
    pub trailing_comma: bool,
}

/// Something in a list, a map or a call, with the comments around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<T> {
    /// What it is.
    pub value: T,
    /// The comments and blank lines that belong to it.
    pub trivia: Trivia,
}

/// `[value for name in list if condition]`
#[derive(Debug, Clone, PartialEq)]
pub struct Comprehension {
    /// What each turn gives.
    pub value: Expr,
    /// The name of the turn's element.
    pub name: Name,
    /// What is gone through.
    pub list: Expr,
    /// Which elements count.
    pub condition: Option<Expr>,
}

/// `{ key = value }`
#[derive(Debug, Clone, PartialEq)]
pub struct MapLiteral {
    /// Its entries.
    pub entries: Vec<Item<(Word, Expr)>>,
    /// Comments and blank lines before the `}`.
    pub end: Trivia,
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Minus,
    /// `not`
    Not,
}

/// `left op right`
#[derive(Debug, Clone, PartialEq)]
pub struct Binary {
    /// The operator.
    pub op: BinaryOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// What stands before it.
    pub left: Expr,
    /// What stands after it.
    pub right: Expr,
}

/// An operator with two operands, by rising precedence: `??`; `or`; `and`; comparisons and `in` (which do not chain);
/// `+ -`; `* /`. All but comparisons group to the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `??`
    Coalesce,
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// `if condition then yes else no`
#[derive(Debug, Clone, PartialEq)]
pub struct If {
    /// What decides.
    pub condition: Expr,
    /// The value where it holds.
    pub then: Expr,
    /// The value where it does not.
    pub otherwise: Expr,
}

/// `base[index]`
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// The list or map.
    pub base: Expr,
    /// Which element.
    pub index: Expr,
}

/// `base.name`
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The map.
    pub base: Expr,
    /// Which entry.
    pub name: Name,
}

impl Statement {
    /// The argument at `at`, if it is a plain name of one segment.
    pub fn name(&self, at: usize) -> Option<&Name> {
        self.arguments.get(at).and_then(Expr::as_name)
    }

    /// The statements of the block; none where there is no block.
    pub fn body(&self) -> &[Statement] {
        self.block.as_ref().map_or(&[], |it| &it.statements)
    }

    /// From the word to the last argument: what to point at when the whole statement is meant.
    pub fn header(&self) -> Span {
        self.arguments
            .last()
            .map_or(self.word.span, |it| self.word.span.to(it.span))
    }
}

impl Expr {
    /// The name, if the expression is a path of one segment.
    pub fn as_name(&self) -> Option<&Name> {
        match &self.kind {
            ExprKind::Path(names) if names.len() == 1 => names.first(),
            _ => None,
        }
    }

    /// The characters, if the expression is a string without interpolations.
    pub fn as_text(&self) -> Option<&EcoString> {
        match &self.kind {
            ExprKind::Text(text, _) => Some(text),
            _ => None,
        }
    }
}

impl BinaryOp {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Coalesce => "??",
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::In => "in",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
        }
    }

    /// How tightly it binds; more is tighter.
    pub fn precedence(self) -> u8 {
        match self {
            BinaryOp::Coalesce => 1,
            BinaryOp::Or => 2,
            BinaryOp::And => 3,
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual
            | BinaryOp::In => 4,
            BinaryOp::Add | BinaryOp::Subtract => 5,
            BinaryOp::Multiply | BinaryOp::Divide => 6,
        }
    }
}
