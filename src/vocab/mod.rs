//! The vocabulary: every word of the language, once. Data, no logic.
//!
//! Shape checks, error messages, completion, hover, `docs/reference.md` and the editors' keyword lists are made from it.

pub mod environment;
pub mod function;
pub mod image;
pub mod parameter;
pub mod pipeline;
pub mod project;
pub mod secret;
pub mod service;
mod shape;

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::value::Kind;

pub use function::{Function, Parameter};

/// One word in the places where it means the same. A word that means something else elsewhere has another entry.
#[derive(Debug)]
pub struct Word {
    /// `replicas`
    pub name: &'static str,
    /// Where it may stand.
    pub places: &'static [Place],
    /// What follows it on its line, before `=` or `{`.
    pub header: &'static [Arg],
    /// What stands after `=`, if it takes a value.
    pub value: Option<Ty>,
    /// Whether the value (or the block, where it takes no value) may be left out.
    pub optional: bool,
    /// What stands between its braces, if it takes a block.
    pub block: Option<Inside>,
    /// Whether it may stand several times in one block: steps may, properties may not.
    pub repeats: bool,
    /// What holds where it is not written.
    pub default: Option<&'static str>,
    /// What a target must be able to do to honour it; empty where all can.
    pub needs: &'static [Capability],
    /// One line: what it does.
    pub doc: &'static str,
    /// A line or two that show it.
    pub example: &'static str,
}

/// Where a statement may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Outside all blocks.
    File,
    /// `project NAME { }`
    Project,
    /// `lint { }` in a project.
    Lint,
    /// `pipeline SYSTEM { }`
    Pipeline,
    /// `environment NAME { }`
    Environment,
    /// `secret NAME { }`
    Secret,
    /// `in ENV { }` in a secret.
    SecretIn,
    /// `config NAME { }`
    Config,
    /// `in ENV { }` in a config.
    ConfigIn,
    /// `volume NAME { }`
    Volume,
    /// `network NAME { }`
    Network,
    /// `base NAME from … { }`
    Base,
    /// `stage NAME from … { }`
    Stage,
    /// `layer NAME(…) { }`
    Layer,
    /// `service NAME { }`: steps and properties.
    Service,
    /// `job NAME { }`: steps and properties.
    Job,
    /// Only properties: `in ENV { }` in a service or job, `services { }`, `service { }` in a layer.
    Properties,
    /// The block of `run`.
    Run,
    /// The block of `copy`.
    Copy,
    /// The block of `file`.
    FileStep,
    /// The block of `fetch`.
    Fetch,
    /// The block of `mount`.
    Mount,
    /// `reserve { }`
    Reserve,
    /// `update { }`, `rollback { }`
    Rollout,
    /// `restart { }`
    Restart,
    /// `capabilities { }`
    Capabilities,
    /// `logging { }`
    Logging,
    /// `test NAME { }`
    Test,
    /// `rule "…" { }`
    Rule,
    /// `target NAME { }`
    Target,
}

/// A piece of a word's header.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arg {
    /// A new name of this kind; in a `for`, a string that makes one.
    Declares(Kind),
    /// A new layer with its parameters: `java.jre(version: int = 21)`.
    DeclaresLayer,
    /// A new test, named once in its service.
    DeclaresTest,
    /// A word that stands there as it is: `from`, `to`, `at`, `because`, `in`.
    Keyword(&'static str),
    /// An expression: its type, and how the reference calls it (`SOURCE`).
    Value(Ty, &'static str),
    /// A call of a layer: `java.jre(version = 21)`, `tini`.
    Layer,
    /// The name of a lint.
    Lint,
    /// `NAME in LIST`, of a `for`.
    Turn,
    /// A new user, perhaps with parameters: `app(uid = 10001)`; or a number.
    User,
    /// Pieces that may be left out, all together.
    Optional(&'static [Arg]),
    /// One of several headers.
    OneOf(&'static [&'static [Arg]]),
}

/// What stands in a word's block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Inside {
    /// The statements of a place.
    Statements(Place),
    /// The statements of the place where the word itself stands: `for`, `when`, `on`.
    Same,
    /// Entries under free names: `env { KEY = "value" }`; their type, and how the reference calls the key.
    Entries(Ty, &'static str),
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ty {
    /// Any value.
    Any,
    /// A string.
    String,
    /// A path of a file or folder, relative to the file that says it.
    Path,
    /// A string, number or boolean that becomes text: the value of an environment variable.
    Scalar,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// `true`, `false`
    Bool,
    /// A duration.
    Duration,
    /// A size.
    Size,
    /// A share.
    Share,
    /// A port: 1 to 65535.
    Port,
    /// A list of these.
    List(&'static Ty),
    /// A map to these.
    Map(&'static Ty),
    /// One of these words.
    Words(&'static [&'static str]),
    /// The name of a declared thing.
    Ref(Kind),
    /// What one of these constructors makes.
    Made(&'static [&'static str]),
    /// One of several types.
    OneOf(&'static [Ty]),
}

/// What a target may be able to express. A word names those that it needs; `emit` reports those that a target lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Capability {
    /// Several replicas of a service, on one machine or many.
    Replicas,
    /// One replica on every node.
    GlobalMode,
    /// Constraints, spreading, a most per node.
    Placement,
    /// Updates and rollbacks that roll.
    RollingUpdate,
    /// A folder of the machine seen in a container.
    BindMount,
    /// Folders synchronised into a running container.
    Watch,
    /// A port published on each replica's node only.
    HostPort,
    /// A published port that listens on one address only.
    PublishAddress,
    /// Jobs that run at a time of day.
    Schedule,
    /// Values that are known only where a container runs: `task.slot`.
    Placeholders,
}

/// All words, in the order of the reference.
pub fn words() -> impl Iterator<Item = &'static Word> {
    [
        project::WORDS,
        environment::WORDS,
        secret::WORDS,
        image::WORDS,
        service::WORDS,
        pipeline::WORDS,
    ]
    .into_iter()
    .flatten()
}

/// The meanings of this name in this place; none where it is unknown there. Most have one; `workdir "/app"` and
/// `workdir = "/app"` in a service are two.
pub fn meanings(place: Place, name: &str) -> &'static [Meaning] {
    static MEANINGS: OnceLock<Meanings> = OnceLock::new();
    let all = MEANINGS.get_or_init(|| {
        let same = |(a, one): &Meaning, (b, other): &Meaning| a == b && one.name == other.name;
        let key = |it: &[Meaning]| it.first().map(|(place, word)| (*place, word.name));
        let several = index().chunk_by(same);
        several.filter_map(|it| Some((key(it)?, it))).collect()
    });
    all.get(&(place, name)).copied().unwrap_or_default()
}

/// The word of this name in this place.
pub fn lookup(place: Place, name: &str) -> Option<&'static Word> {
    meanings(place, name).first().map(|(_, word)| *word)
}

/// All words of a place, by name.
pub fn words_of(place: Place) -> impl Iterator<Item = &'static Word> {
    let index = index();
    let start = index.partition_point(|(at, _)| *at < place);
    index[start..]
        .iter()
        .take_while(move |(at, _)| *at == place)
        .map(|(_, word)| *word)
}

/// A word in one of its places.
type Meaning = (Place, &'static Word);

/// What each name means in each place.
type Meanings = FxHashMap<(Place, &'static str), &'static [Meaning]>;

/// Every word in each of its places, sorted by place and name.
fn index() -> &'static [Meaning] {
    static INDEX: OnceLock<Vec<Meaning>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut all: Vec<Meaning> = words()
            .flat_map(|word| word.places.iter().map(move |place| (*place, word)))
            .collect();
        all.sort_by_key(|(place, word)| (*place, word.name));
        all
    })
}

/// The beginning of an entry of the table; what it takes is added by the functions below.
const fn word(
    name: &'static str,
    places: &'static [Place],
    doc: &'static str,
    example: &'static str,
) -> Word {
    Word {
        name,
        places,
        header: &[],
        value: None,
        optional: false,
        block: None,
        repeats: false,
        default: None,
        needs: &[],
        doc,
        example,
    }
}

impl Word {
    const fn header(mut self, header: &'static [Arg]) -> Word {
        self.header = header;
        self
    }

    const fn value(mut self, ty: Ty) -> Word {
        self.value = Some(ty);
        self
    }

    const fn block(mut self, inside: Inside) -> Word {
        self.block = Some(inside);
        self
    }

    const fn optional(mut self) -> Word {
        self.optional = true;
        self
    }

    const fn repeats(mut self) -> Word {
        self.repeats = true;
        self
    }

    const fn default(mut self, text: &'static str) -> Word {
        self.default = Some(text);
        self
    }

    const fn needs(mut self, needs: &'static [Capability]) -> Word {
        self.needs = needs;
        self
    }
}
