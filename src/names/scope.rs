//! What a name may lead to: the declarations of all files, by kind, and every word that a value may be.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::declare::{self, Declared, DeclaredName};
use crate::packages::{self, Packages};
use crate::source::Sources;
use crate::syntax::tree::{Argument, ExprKind, Statement, Tree, Type, TypeKind};
use crate::value::Kind;
use crate::vocab::{self, Arg, Inside, Place, Ty, function, parameter};

/// The declarations of all files, to be asked by name.
pub(super) struct Names<'t> {
    plain: FxHashMap<Kind, FxHashSet<&'t str>>,
    patterns: Vec<(Kind, &'t [EcoString])>,
    /// The parameters of each layer.
    layers: FxHashMap<&'t str, Vec<Parameter<'t>>>,
    /// The layers of the standard library, which packages see too.
    library: BTreeSet<&'t str>,
    /// The packages.
    pub(super) packages: &'t Packages,
    /// Names of statements that are reported for themselves: a reference to one is a mere consequence.
    doubtful: FxHashSet<&'t str>,
}

/// A parameter of a layer.
pub(super) struct Parameter<'t> {
    pub(super) name: &'t str,
    pub(super) required: bool,
    pub(super) ty: Ty,
}

impl<'t> Names<'t> {
    pub(super) fn new(
        sources: &Sources,
        trees: &'t [Tree],
        declarations: &'t [Declared],
        packages: &'t Packages,
    ) -> Names<'t> {
        let mut names = Names {
            plain: FxHashMap::default(),
            patterns: Vec::new(),
            layers: FxHashMap::default(),
            library: BTreeSet::new(),
            packages,
            doubtful: FxHashSet::default(),
        };
        let by_file: FxHashMap<_, _> = trees.iter().map(|it| (it.file, it)).collect();
        for it in declarations {
            match &it.name {
                DeclaredName::Plain(name) => {
                    names.plain.entry(it.kind).or_default().insert(name);
                    let tree = by_file.get(&it.span.file);
                    if it.kind == Kind::Layer
                        && let Some(statement) =
                            tree.and_then(|tree| declare::at(&tree.statements, &it.path))
                    {
                        names
                            .layers
                            .entry(name)
                            .or_insert_with(|| parameters(statement));
                        if sources.get(it.span.file).path.starts_with("<std>/") {
                            names.library.insert(name);
                        }
                    }
                }
                DeclaredName::Pattern(texts) => names.patterns.push((it.kind, texts)),
            }
        }
        for statement in trees.iter().flat_map(|it| &it.statements) {
            let unknown = vocab::lookup(Place::File, &statement.word.text).is_none();
            if (unknown || statement.broken)
                && let Some(name) = statement.name(0)
            {
                names.doubtful.insert(&name.text);
            }
        }
        names
    }

    /// Whether something of this kind has this name, or may turn out to.
    pub(super) fn has(&self, kind: Kind, name: &str) -> bool {
        self.plain.get(&kind).is_some_and(|it| it.contains(name))
            || (kind == Kind::Network && name == "default")
            || self.doubtful.contains(name)
            || self
                .patterns
                .iter()
                .any(|(it, texts)| *it == kind && fits(texts, name))
    }

    /// Whether anything at all has this name.
    pub(super) fn has_any(&self, name: &str) -> bool {
        self.plain.values().any(|it| it.contains(name))
            || self.doubtful.contains(name)
            || self.patterns.iter().any(|(_, texts)| fits(texts, name))
    }

    /// The kind of thing that has this name, if one has.
    pub(super) fn kind_of(&self, name: &str) -> Option<Kind> {
        self.plain
            .iter()
            .filter(|(_, it)| it.contains(name))
            .map(|(kind, _)| *kind)
            .min()
    }

    /// The names of a kind, sorted, as a file says them whose own names have this before them.
    pub(super) fn of(&self, kind: Kind, prefix: &str) -> BTreeSet<&'t str> {
        let all = self.plain.get(&kind).into_iter().flatten();
        let prefix = if packages::gives(kind) { prefix } else { "" };
        let own = all.filter_map(|it| it.strip_prefix(prefix));
        let library = self.library.iter().copied();
        own.chain(library.filter(|_| kind == Kind::Layer && !prefix.is_empty()))
            .collect()
    }

    /// Whether there are neither environments nor services: the project is one for others to use.
    pub(super) fn runs_nothing(&self) -> bool {
        let mut kinds = [Kind::Environment, Kind::Service].into_iter();
        self.doubtful.is_empty()
            && kinds.all(|kind| {
                !self.plain.contains_key(&kind) && self.patterns.iter().all(|(it, _)| *it != kind)
            })
    }

    /// Whether a layer is one of the standard library.
    pub(super) fn is_of_library(&self, layer: &str) -> bool {
        self.library.contains(layer)
    }

    /// The parameters of a layer.
    pub(super) fn layer(&self, name: &str) -> Option<&[Parameter<'t>]> {
        self.layers.get(name).map(Vec::as_slice)
    }

    /// Whether a name belongs to a statement that is reported for itself.
    pub(super) fn is_doubtful(&self, name: &str) -> bool {
        self.doubtful.contains(name)
    }
}

/// Whether a name may be what a pattern makes.
fn fits(texts: &[EcoString], name: &str) -> bool {
    let ([first, middle @ .., last], true) = (texts, texts.len() > 1) else {
        return false;
    };
    let Some(mut rest) = name
        .strip_prefix(first.as_str())
        .and_then(|it| it.strip_suffix(last.as_str()))
    else {
        return false;
    };
    for text in middle {
        let Some(at) = rest.find(text.as_str()) else {
            return false;
        };
        rest = &rest[at + text.len()..];
    }
    true
}

fn parameters(statement: &Statement) -> Vec<Parameter<'_>> {
    let Some(ExprKind::Call(call)) = statement.arguments.first().map(|it| &it.kind) else {
        return Vec::new();
    };
    let parameters = call.arguments.iter().filter_map(|it| match &it.value {
        Argument::Parameter(name, ty, default) => Some(Parameter {
            name: &name.text,
            required: default.is_none(),
            ty: ty_of(ty),
        }),
        Argument::Positional(_) | Argument::Named(..) => None,
    });
    parameters.collect()
}

/// What a parameter's type says about names that are given for it.
fn ty_of(ty: &Type) -> Ty {
    match &ty.kind {
        TypeKind::Name(name) => match parameter::lookup(name).and_then(|it| it.kind) {
            Some(Kind::Base) => Ty::OneOf(&[Ty::String, Ty::Ref(Kind::Base)]),
            Some(kind) => Ty::Ref(kind),
            None => Ty::Any,
        },
        TypeKind::Of(_, inner) => ty_of(inner),
        TypeKind::Missing | TypeKind::Words(_) => Ty::Any,
    }
}

/// Every word that some value of the vocabulary may be: `manual`, `start-first`.
pub(super) fn value_words() -> &'static BTreeSet<&'static str> {
    static WORDS: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut out = BTreeSet::new();
        for word in vocab::words() {
            arguments(word.header, &mut out);
            word.value.iter().for_each(|it| it.words(&mut out));
            if let Some(Inside::Entries(ty, _)) = &word.block {
                ty.words(&mut out);
            }
        }
        for parameter in function::FUNCTIONS.iter().flat_map(|it| it.parameters) {
            parameter.ty.words(&mut out);
        }
        out
    })
}

fn arguments(pieces: &[Arg], out: &mut BTreeSet<&'static str>) {
    for piece in pieces {
        match piece {
            Arg::Value(ty, _) => ty.words(out),
            Arg::Optional(inner) => arguments(inner, out),
            Arg::OneOf(several) => several.iter().for_each(|it| arguments(it, out)),
            Arg::Declares(_)
            | Arg::DeclaresLayer
            | Arg::DeclaresTest
            | Arg::Keyword(_)
            | Arg::Layer
            | Arg::Lint
            | Arg::Turn
            | Arg::User => {}
        }
    }
}
