//! `unused-declaration`: something is declared, and nothing says its name.

use rustc_hash::FxHashSet;

use super::statements::each_expression;
use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::names::{Declared, DeclaredName, HEADS};
use crate::source::Span;
use crate::syntax::tree::{Argument, Expr, ExprKind, Name, Statement};
use crate::value::Kind;

pub(super) static LINT: Lint = Lint::warn(
    "unused-declaration",
    "A secret, config, volume, network, base, layer, `let` or package that nothing uses.",
    check,
);

/// Of the names that something should say, those that are said somewhere, but for where they are declared.
#[derive(Default)]
struct Said<'a> {
    /// The names that something should say: nothing else is noted, and there is much else.
    wanted: FxHashSet<&'a str>,
    /// The first parts of those with dots.
    heads: FxHashSet<&'a str>,
    /// `secret.db` as `("secret", "db")`.
    dotted: FxHashSet<(&'a str, &'a str)>,
    /// `db` alone, as a string, or as the head of `db.x`.
    bare: FxHashSet<&'a str>,
    /// `java.jre`, as layers are called.
    joined: FxHashSet<String>,
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let declarations = &context.program.declarations;
    // A project without services is one for others to use.
    if !declarations.iter().any(|it| it.kind == Kind::Service) {
        return;
    }
    let mut said = Said::default();
    // What is unused as long as nothing is said.
    let unused = |it: &&Declared| !context.is_foreign(it.span) && !is_used(it, &Said::default());
    let candidates: Vec<&Declared> = declarations.iter().filter(unused).collect();
    for declared in &candidates {
        said.want(declared);
    }
    let declared: FxHashSet<Span> = declarations.iter().map(|it| it.span).collect();
    for tree in &context.program.trees {
        for statement in &tree.statements {
            collect(statement, &declared, &mut said);
        }
    }
    for declared in candidates {
        let DeclaredName::Plain(name) = &declared.name else {
            continue;
        };
        if is_used(declared, &said) {
            continue;
        }
        // One that gives rules is used by giving them.
        let rules = declarations.iter().filter(|it| it.kind == Kind::Rule);
        let prefix = format!("{name}.");
        let packages = &context.program.packages;
        if declared.kind == Kind::Package
            && rules
                .map(|it| packages.prefix(it.span.file))
                .any(|it| it.starts_with(&prefix))
        {
            continue;
        }
        let kind = declared.kind;
        let said = Diagnostic::new(
            &LINT.code,
            declared.span,
            format!("the {kind} `{name}` is used nowhere"),
        )
        .label("nothing says this name")
        .help(match kind {
            Kind::Secret | Kind::Config => {
                format!("mention it where it is needed, `{kind}.{name}`, or remove it")
            }
            _ => "use it, or remove it".to_owned(),
        });
        found.push(Finding::new(said));
    }
}

/// Whether a declaration is used by what is said. One whose name a `for` makes is.
fn is_used(declared: &Declared, said: &Said<'_>) -> bool {
    let DeclaredName::Plain(name) = &declared.name else {
        return true;
    };
    let name = name.as_str();
    match declared.kind {
        Kind::Secret | Kind::Config | Kind::Volume => {
            said.bare.contains(name) || said.dotted.contains(&(declared.kind.word(), name))
        }
        Kind::Network | Kind::Base | Kind::Let => said.bare.contains(name),
        Kind::Layer => said.joined.contains(name) || said.bare.contains(name),
        Kind::Package => {
            let mut dotted = said.dotted.iter();
            said.bare.contains(name) || dotted.any(|(_, it)| *it == name)
        }
        Kind::Environment
        | Kind::Pipeline
        | Kind::Project
        | Kind::Rule
        | Kind::Service
        | Kind::Stage
        | Kind::Target => true,
    }
}

fn collect<'a>(statement: &'a Statement, declared: &FxHashSet<Span>, said: &mut Said<'a>) {
    let is_declaration = statement
        .arguments
        .first()
        .is_some_and(|it| declared.contains(&it.span) || is_declared_call(it, declared));
    let skip = usize::from(is_declaration);
    if let Some(ExprKind::Call(call)) = statement.arguments.first().map(|it| &it.kind)
        && is_declaration
    {
        // The defaults of a layer's parameters.
        for argument in &call.arguments {
            if let Argument::Parameter(_, _, Some(it)) = &argument.value {
                each_expression(it, &mut |it| note(it, said));
            }
        }
    }
    let exprs = statement
        .arguments
        .iter()
        .skip(skip)
        .chain(&statement.value);
    for expr in exprs.chain(statement.word.string.as_deref()) {
        each_expression(expr, &mut |it| note(it, said));
    }
    for inner in statement.body() {
        collect(inner, declared, said);
    }
}

/// `layer java.jre(version: int = 21)`: the name's span is the callee's.
fn is_declared_call(expr: &Expr, declared: &FxHashSet<Span>) -> bool {
    matches!(&expr.kind, ExprKind::Call(it) if declared.contains(&it.callee_span))
}

fn note<'a>(expr: &'a Expr, said: &mut Said<'a>) {
    match &expr.kind {
        ExprKind::Text(text, _) => said.note_bare(text),
        ExprKind::Path(names) => said.note(names),
        ExprKind::Call(call) => said.note(&call.callee),
        _ => {}
    }
}

impl<'a> Said<'a> {
    /// Asks for the name of a declaration.
    fn want(&mut self, declared: &'a Declared) {
        if let DeclaredName::Plain(name) = &declared.name {
            self.wanted.insert(name);
            self.heads
                .extend(name.split_once('.').map(|(head, _)| head));
        }
    }

    fn note(&mut self, names: &'a [Name]) {
        let [head, rest @ ..] = names else { return };
        let Some(member) = rest.first() else {
            return self.note_bare(&head.text);
        };
        if self.wanted.contains(member.text.as_str()) {
            self.dotted.insert((&head.text, &member.text));
        }
        if HEADS.contains(&head.text.as_str()) {
            return;
        }
        self.note_bare(&head.text);
        if self.heads.contains(head.text.as_str()) {
            let joined: Vec<&str> = names.iter().map(|it| it.text.as_str()).collect();
            self.joined.insert(joined.join("."));
        }
    }

    fn note_bare(&mut self, name: &'a str) {
        if self.wanted.contains(name) {
            self.bare.insert(name);
        }
    }
}
