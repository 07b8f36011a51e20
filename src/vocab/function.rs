//! Functions and constructors: what can be called in an expression.

use super::Ty;
use crate::value::Kind;

/// A built-in function (`upper`) or a constructor (`http`).
#[derive(Debug)]
pub struct Function {
    /// `http`
    pub name: &'static str,
    /// Its parameters, in positional order.
    pub parameters: &'static [Parameter],
    /// The type of further positional arguments, if it takes any: `command("a", "b")`.
    pub rest: Option<Ty>,
    /// The type that a call has; `None` for a constructor, whose call is a value of its own ([`Ty::Made`]).
    pub result: Option<Ty>,
    /// One line: what it gives.
    pub doc: &'static str,
    /// A line that shows it.
    pub example: &'static str,
}

/// A parameter of a function.
#[derive(Debug)]
pub struct Parameter {
    /// Its name, for `name = value`.
    pub name: &'static str,
    /// What it takes.
    pub ty: Ty,
    /// Whether it must be given.
    pub required: bool,
    /// What it is for.
    pub doc: &'static str,
}

/// Every function and constructor, sorted by name.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "aws",
        parameters: &[
            required("secret_id", Ty::String, "The secret's id or ARN"),
            optional("key", Ty::String, "The key in its JSON"),
        ],
        rest: None,
        result: None,
        doc: "A secret from AWS Secrets Manager.",
        example: "source = aws(\"shop/db\", key = \"password\")",
    },
    Function {
        name: "base64",
        parameters: &[required("text", Ty::String, "The text")],
        rest: None,
        result: Some(Ty::String),
        doc: "The text in Base64.",
        example: "base64(\"hi\") == \"aGk=\"",
    },
    Function {
        name: "ci",
        parameters: &[required("name", Ty::String, "The variable or credential")],
        rest: None,
        result: None,
        doc: "A secret from a CI variable or credential.",
        example: "source = ci(\"DB_PASSWORD\")",
    },
    Function {
        name: "command",
        parameters: &[
            optional("interval", Ty::Duration, "How often it is asked"),
            optional("timeout", Ty::Duration, "How long an answer may take"),
            optional(
                "retries",
                Ty::Int,
                "How many failures in a row make it unhealthy",
            ),
            optional(
                "start",
                Ty::Duration,
                "How long failures do not count after the start",
            ),
        ],
        rest: Some(Ty::String),
        result: None,
        doc: "A health check: a command that must end well.",
        example: "health = command(\"pg_isready\", \"-U\", \"postgres\")",
    },
    Function {
        name: "contains",
        parameters: &[
            required("whole", Ty::Any, "A string, list or map"),
            required(
                "part",
                Ty::Any,
                "What is looked for: a piece, an element, a key",
            ),
        ],
        rest: None,
        result: Some(Ty::Bool),
        doc: "Whether something is in a string, list or map.",
        example: "contains([80, 443], 443)",
    },
    Function {
        name: "ends_with",
        parameters: &[
            required("text", Ty::String, "The text"),
            required("end", Ty::String, "Its end"),
        ],
        rest: None,
        result: Some(Ty::Bool),
        doc: "Whether the text ends so.",
        example: "ends_with(\"a.war\", \".war\")",
    },
    Function {
        name: "env",
        parameters: &[required("name", Ty::String, "The variable")],
        rest: None,
        result: None,
        doc: "A secret from a variable of the deploying shell.",
        example: "source = env(\"DB_PASSWORD\")",
    },
    Function {
        name: "environments",
        parameters: &[],
        rest: None,
        result: None,
        doc: "What a rule goes through: environments.",
        example: "each = environments()",
    },
    Function {
        name: "file",
        parameters: &[required("path", Ty::Path, "The file; git must ignore it")],
        rest: None,
        result: None,
        doc: "A secret from a file.",
        example: "source = file(\".secrets/db\")",
    },
    Function {
        name: "format",
        parameters: &[required(
            "template",
            Ty::String,
            "A text with a `{}` for each further argument",
        )],
        rest: Some(Ty::Any),
        result: Some(Ty::String),
        doc: "The text with its `{}` filled in.",
        example: "format(\"{}-{}\", \"a\", 1) == \"a-1\"",
    },
    Function {
        name: "generate",
        parameters: &[optional("length", Ty::Int, "How many characters")],
        rest: None,
        result: None,
        doc: "A secret that is made once, where it does not exist yet.",
        example: "source = generate(length = 32)",
    },
    Function {
        name: "git",
        parameters: &[
            required("url", Ty::String, "The repository"),
            required("commit", Ty::String, "The commit, in full"),
            optional(
                "folder",
                Ty::String,
                "The folder in it; all of it where not given",
            ),
        ],
        rest: None,
        result: None,
        doc: "A package in a git repository.",
        example: "use platform from git(\"https://example.com/platform.git\", commit = \"…\")",
    },
    Function {
        name: "host",
        parameters: &[required("port", Ty::Port, "The port outside")],
        rest: None,
        result: None,
        doc: "A port published on the node of each replica only, not through the ingress mesh.",
        example: "publish { http = host(80) }",
    },
    Function {
        name: "http",
        parameters: &[
            required("path", Ty::String, "What is asked for"),
            optional(
                "port",
                Ty::Port,
                "The port in the container; the port named `http`, or the only one, where not given",
            ),
            optional("interval", Ty::Duration, "How often it is asked"),
            optional("timeout", Ty::Duration, "How long an answer may take"),
            optional(
                "retries",
                Ty::Int,
                "How many failures in a row make it unhealthy",
            ),
            optional(
                "start",
                Ty::Duration,
                "How long failures do not count after the start",
            ),
        ],
        rest: None,
        result: None,
        doc: "A health check: a GET that must be answered with 2xx or 3xx.",
        example: "health = http(\"/healthz\", interval = 10s)",
    },
    Function {
        name: "images",
        parameters: &[],
        rest: None,
        result: None,
        doc: "What a rule goes through: images that are built.",
        example: "each = images()",
    },
    Function {
        name: "jobs",
        parameters: &[optional(
            "environment",
            Ty::Ref(Kind::Environment),
            "Where; everywhere where not given",
        )],
        rest: None,
        result: None,
        doc: "What a rule goes through: jobs.",
        example: "each = jobs(prod)",
    },
    Function {
        name: "join",
        parameters: &[
            required("list", Ty::List(&Ty::Any), "The pieces"),
            required("separator", Ty::String, "What comes between them"),
        ],
        rest: None,
        result: Some(Ty::String),
        doc: "The pieces as one text.",
        example: "join([\"a\", \"b\"], \",\") == \"a,b\"",
    },
    Function {
        name: "json",
        parameters: &[required("value", Ty::Any, "The value")],
        rest: None,
        result: Some(Ty::String),
        doc: "The value as JSON, on one line.",
        example: "json({ a = 1 })",
    },
    Function {
        name: "keys",
        parameters: &[required("map", Ty::Map(&Ty::Any), "The map")],
        rest: None,
        result: Some(Ty::List(&Ty::String)),
        doc: "The keys of a map, in the order written.",
        example: "keys({ a = 1, b = 2 }) == [\"a\", \"b\"]",
    },
    Function {
        name: "length",
        parameters: &[required(
            "of",
            Ty::OneOf(&[Ty::String, Ty::List(&Ty::Any), Ty::Map(&Ty::Any)]),
            "A string, list or map",
        )],
        rest: None,
        result: Some(Ty::Int),
        doc: "How many characters, elements or entries there are.",
        example: "length([\"a\", \"b\"]) == 2",
    },
    Function {
        name: "lower",
        parameters: &[required("text", Ty::String, "The text")],
        rest: None,
        result: Some(Ty::String),
        doc: "The text in lower case.",
        example: "lower(\"Shop\") == \"shop\"",
    },
    Function {
        name: "max",
        parameters: &[],
        rest: Some(Ty::Any),
        result: Some(Ty::Any),
        doc: "The greatest of the arguments, or of one list.",
        example: "max([1, 2]) == 2",
    },
    Function {
        name: "merge",
        parameters: &[],
        rest: Some(Ty::Map(&Ty::Any)),
        result: Some(Ty::Map(&Ty::Any)),
        doc: "One map of several; the last that has a key wins.",
        example: "merge({ a = 1 }, { b = 2 })",
    },
    Function {
        name: "min",
        parameters: &[],
        rest: Some(Ty::Any),
        result: Some(Ty::Any),
        doc: "The smallest of the arguments, or of one list.",
        example: "min(1, 2) == 1",
    },
    Function {
        name: "node",
        parameters: &[
            optional("count", Ty::Int, "How many of them"),
            optional(
                "cpus",
                Ty::OneOf(&[Ty::Int, Ty::Float]),
                "Processors of each",
            ),
            optional("memory", Ty::Size, "Memory of each"),
            optional("labels", Ty::Map(&Ty::Scalar), "Their labels"),
            optional(
                "role",
                Ty::Words(&["worker", "manager"]),
                "What they are in the swarm",
            ),
        ],
        rest: None,
        result: None,
        doc: "Machines of an environment that are alike.",
        example: "nodes = [node(count = 3, cpus = 4, memory = 16GiB)]",
    },
    Function {
        name: "onepassword",
        parameters: &[required("reference", Ty::String, "The secret reference")],
        rest: None,
        result: None,
        doc: "A secret from 1Password.",
        example: "source = onepassword(\"op://vault/db/password\")",
    },
    Function {
        name: "port",
        parameters: &[
            required("port", Ty::Port, "The port outside"),
            optional("protocol", Ty::Words(&["tcp", "udp"]), "The protocol"),
            optional("address", Ty::String, "The address that is listened on"),
            optional(
                "mode",
                Ty::Words(&["ingress", "host"]),
                "Through the mesh, or on each replica's node",
            ),
        ],
        rest: None,
        result: None,
        doc: "A published port with its details.",
        example: "publish { dns = port(53, protocol = udp) }",
    },
    Function {
        name: "range",
        parameters: &[
            required("from", Ty::Int, "The first, or, alone, how many from 0"),
            optional("to", Ty::Int, "One past the last"),
        ],
        rest: None,
        result: Some(Ty::List(&Ty::Int)),
        doc: "Whole numbers in a row.",
        example: "range(1, 4) == [1, 2, 3]",
    },
    Function {
        name: "replace",
        parameters: &[
            required("text", Ty::String, "The text"),
            required("from", Ty::String, "What goes away"),
            required("to", Ty::String, "What comes"),
        ],
        rest: None,
        result: Some(Ty::String),
        doc: "The text with every occurrence replaced.",
        example: "replace(\"a-b\", \"-\", \"_\") == \"a_b\"",
    },
    Function {
        name: "round",
        parameters: &[required(
            "number",
            Ty::OneOf(&[Ty::Int, Ty::Float]),
            "The number",
        )],
        rest: None,
        result: Some(Ty::Int),
        doc: "The nearest whole number.",
        example: "round(1.6) == 2",
    },
    Function {
        name: "secrets",
        parameters: &[optional(
            "environment",
            Ty::Ref(Kind::Environment),
            "Where; everywhere where not given",
        )],
        rest: None,
        result: None,
        doc: "What a rule goes through: secrets.",
        example: "each = secrets(prod)",
    },
    Function {
        name: "services",
        parameters: &[optional(
            "environment",
            Ty::Ref(Kind::Environment),
            "Where; everywhere where not given",
        )],
        rest: None,
        result: None,
        doc: "What a rule goes through: services.",
        example: "each = services(prod)",
    },
    Function {
        name: "sha256",
        parameters: &[required("text", Ty::String, "The text")],
        rest: None,
        result: Some(Ty::String),
        doc: "The SHA-256 of the text, in hexadecimal.",
        example: "sha256(\"\")",
    },
    Function {
        name: "sops",
        parameters: &[
            required("file", Ty::Path, "The encrypted file"),
            required("key", Ty::String, "The key in it, with dots"),
        ],
        rest: None,
        result: None,
        doc: "A secret from a file encrypted with SOPS.",
        example: "source = sops(\"secrets.enc.yaml\", key = \"db.password\")",
    },
    Function {
        name: "sort",
        parameters: &[required("list", Ty::List(&Ty::Any), "The list")],
        rest: None,
        result: Some(Ty::List(&Ty::Any)),
        doc: "The elements in order.",
        example: "sort([3, 1, 2]) == [1, 2, 3]",
    },
    Function {
        name: "split",
        parameters: &[
            required("text", Ty::String, "The text"),
            required("separator", Ty::String, "What stands between the pieces"),
        ],
        rest: None,
        result: Some(Ty::List(&Ty::String)),
        doc: "The pieces of a text.",
        example: "split(\"a,b\", \",\") == [\"a\", \"b\"]",
    },
    Function {
        name: "starts_with",
        parameters: &[
            required("text", Ty::String, "The text"),
            required("start", Ty::String, "Its beginning"),
        ],
        rest: None,
        result: Some(Ty::Bool),
        doc: "Whether the text begins so.",
        example: "starts_with(environment.name, \"prod\")",
    },
    Function {
        name: "swarm",
        parameters: &[required("name", Ty::String, "Its name in the swarm")],
        rest: None,
        result: None,
        doc: "A secret that was made by hand and is only referred to.",
        example: "source = swarm(\"db_password_2024\")",
    },
    Function {
        name: "tcp",
        parameters: &[
            optional(
                "port",
                Ty::Port,
                "The port in the container; the only one where not given",
            ),
            optional("interval", Ty::Duration, "How often it is asked"),
            optional("timeout", Ty::Duration, "How long an answer may take"),
            optional(
                "retries",
                Ty::Int,
                "How many failures in a row make it unhealthy",
            ),
            optional(
                "start",
                Ty::Duration,
                "How long failures do not count after the start",
            ),
        ],
        rest: None,
        result: None,
        doc: "A health check: a connection that must be taken.",
        example: "health = tcp(5432)",
    },
    Function {
        name: "trim",
        parameters: &[required("text", Ty::String, "The text")],
        rest: None,
        result: Some(Ty::String),
        doc: "The text without blanks at its ends.",
        example: "trim(\" a \") == \"a\"",
    },
    Function {
        name: "ulimit",
        parameters: &[
            required("soft", Ty::Int, "The limit that holds"),
            optional("hard", Ty::Int, "The most that it can be raised to"),
        ],
        rest: None,
        result: None,
        doc: "A limit of the kernel.",
        example: "ulimits { nofile = ulimit(65536, 65536) }",
    },
    Function {
        name: "unique",
        parameters: &[required("list", Ty::List(&Ty::Any), "The list")],
        rest: None,
        result: Some(Ty::List(&Ty::Any)),
        doc: "The elements, each once.",
        example: "unique([1, 1, 2]) == [1, 2]",
    },
    Function {
        name: "upper",
        parameters: &[required("text", Ty::String, "The text")],
        rest: None,
        result: Some(Ty::String),
        doc: "The text in upper case.",
        example: "upper(\"a-b\") == \"A-B\"",
    },
    Function {
        name: "values",
        parameters: &[required("map", Ty::Map(&Ty::Any), "The map")],
        rest: None,
        result: Some(Ty::List(&Ty::Any)),
        doc: "The values of a map, in the order written.",
        example: "values({ a = 1, b = 2 }) == [1, 2]",
    },
    Function {
        name: "vault",
        parameters: &[
            required("path", Ty::String, "The path"),
            required("field", Ty::String, "The field"),
        ],
        rest: None,
        result: None,
        doc: "A secret from HashiCorp Vault.",
        example: "source = vault(\"kv/shop/db\", field = \"password\")",
    },
    Function {
        name: "yaml",
        parameters: &[required("value", Ty::Any, "The value")],
        rest: None,
        result: Some(Ty::String),
        doc: "The value as YAML.",
        example: "yaml({ a = 1 })",
    },
];

const fn required(name: &'static str, ty: Ty, doc: &'static str) -> Parameter {
    Parameter {
        name,
        ty,
        required: true,
        doc,
    }
}

const fn optional(name: &'static str, ty: Ty, doc: &'static str) -> Parameter {
    Parameter {
        name,
        ty,
        required: false,
        doc,
    }
}

/// The function of this name.
pub fn lookup(name: &str) -> Option<&'static Function> {
    FUNCTIONS
        .binary_search_by(|it| it.name.cmp(name))
        .ok()
        .map(|at| &FUNCTIONS[at])
}
