//! `unused-declaration`: something is declared, and nothing says its name.

use rustc_hash::FxHashSet;

use super::statements::each_expression;
use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::names::{Declared, DeclaredName};
use crate::source::Span;
use crate::syntax::tree::{Argument, Expr, ExprKind, Statement};
use crate::value::Kind;

pub(super) static LINT: Lint = Lint::warn(
    "unused-declaration",
    "A secret, config, volume, network, base, layer, `let` or package that nothing uses.",
    check,
);

/// Every name that is said somewhere, but for where it is declared.
#[derive(Default)]
struct Said<'a> {
    /// `secret.db` as `("secret", "db")`.
    dotted: FxHashSet<(&'a str, &'a str)>,
    /// `db` alone, as a string, or as the head of `db.x`.
    bare: FxHashSet<&'a str>,
    /// `java.jre`, as layers are called.
    joined: FxHashSet<String>,
}

/// What a reference begins with that leads to a declaration of this kind only.
const HEADS: &[&str] = &["config", "environment", "node", "project", "secret", "service", "task", "volume"];

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let declarations = &context.program.declarations;
    // A project without services is one for others to use.
    let has_services = declarations.iter().any(|it| it.kind == Kind::Service);
    let declared: FxHashSet<Span> = declarations.iter().map(|it| it.span).collect();
    let mut said = Said::default();
    for tree in &context.program.trees {
        for statement in &tree.statements {
            collect(statement, &declared, &mut said);
        }
    }
    if !has_services {
        return;
    }
    for declared in declarations {
        let DeclaredName::Plain(name) = &declared.name else {
            continue;
        };
        if context.is_foreign(declared.span) || is_used(declared, name, &said) {
            continue;
        }
        // One that gives rules is used by giving them.
        let rules = declarations.iter().filter(|it| it.kind == Kind::Rule);
        let prefix = format!("{name}.");
        let packages = &context.program.packages;
        if declared.kind == Kind::Package
            && rules.map(|it| packages.prefix(it.span.file)).any(|it| it.starts_with(&prefix))
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
            Kind::Secret | Kind::Config => format!("mention it where it is needed, `{kind}.{name}`, or remove it"),
            _ => "use it, or remove it".to_owned(),
        });
        found.push(Finding::new(said));
    }
}

fn is_used(declared: &Declared, name: &str, said: &Said<'_>) -> bool {
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
    let exprs = statement.arguments.iter().skip(skip).chain(&statement.value);
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
    let names = match &expr.kind {
        ExprKind::Text(text, _) => {
            said.bare.insert(text);
            return;
        }
        ExprKind::Path(names) => names,
        ExprKind::Call(call) => &call.callee,
        _ => return,
    };
    let Some(head) = names.first() else { return };
    match names.get(1) {
        Some(member) => {
            said.dotted.insert((&head.text, &member.text));
            if !HEADS.contains(&head.text.as_str()) {
                said.bare.insert(&head.text);
                let joined: Vec<&str> = names.iter().map(|it| it.text.as_str()).collect();
                said.joined.insert(joined.join("."));
            }
        }
        None => {
            said.bare.insert(&head.text);
        }
    }
}
