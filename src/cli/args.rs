//! What the command line can be.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::render;

/// The compiler for container fleets: one description, Dockerfiles, Swarm stacks, compose files and pipelines.
#[derive(Debug, Parser)]
#[command(name = "svcc", version, max_term_width = 100)]
pub(super) struct Arguments {
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(super) color: Color,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a small fleet that works.
    Init {
        /// The folder to write it to.
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Compile a fleet to files.
    Compile(Compile),
    /// Find every mistake, and write nothing.
    Check(Check),
    /// Write files in the one canonical form.
    Fmt(Fmt),
    /// Explain a code, with an example that is wrong and one that is right.
    Explain {
        /// The code: `unknown-word`; all codes are listed where it is left out.
        code: Option<String>,
    },
    /// Say where a value was given, and what it overrode.
    Why {
        /// `SERVICE.PROPERTY` or `FILE:LINE`: `catalog.memory`, `catalog.env.LOG_LEVEL`, `deploy/prod/compose.stack.yml:42`.
        property: String,
        /// Only in this environment.
        #[arg(long, value_name = "ENV")]
        env: Option<String>,
        /// The project's folder.
        #[arg(long, default_value = ".", value_name = "DIR")]
        dir: PathBuf,
    },
    /// Print the resolved fleet as JSON.
    Model {
        /// Only this environment.
        #[arg(long, value_name = "ENV")]
        env: Option<String>,
        /// The project's folder.
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Look up what the names of outside images stand for and what downloads hold, and write it to `svcc.pins`.
    Pin(Pin),
    /// Bring the packages that are used from git repositories into `svcc.vendor`, and write `svcc.lock`.
    Vendor(Vendor),
    /// Show how the services fit on the nodes of an environment, and what happens when one is lost.
    Capacity {
        /// Only this environment.
        #[arg(long, value_name = "ENV")]
        env: Option<String>,
        /// How it is written.
        #[arg(long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT")]
        format: TableFormat,
        /// The project's folder.
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Show where secrets come from and who mounts them, never a value.
    Secrets(Secrets),
    /// Say what a deploy would do to an environment.
    Plan(Plan),
    /// Give a secret a new version in one environment, in its source.
    Rotate {
        /// The secret.
        secret: String,
        /// The environment.
        #[arg(long, value_name = "ENV")]
        env: String,
        /// The project's folder.
        #[arg(long, default_value = ".", value_name = "DIR")]
        dir: PathBuf,
    },
    /// List the layers of the standard library and of the project, or document one.
    Layers {
        /// The layer: `java.jre`.
        name: Option<String>,
        /// The project's folder.
        #[arg(long, default_value = ".", value_name = "DIR")]
        dir: PathBuf,
    },
    /// Name the images, services and tests that a change touches.
    Affected(Affected),
    /// Draw the fleet or its pipeline.
    Graph(Graph),
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(super) struct Compile {
    /// The project's folder: the one with `fleet.svc`.
    #[arg(default_value = ".")]
    pub(super) dir: PathBuf,
    /// Only the files of this environment, and those that belong to none.
    #[arg(long, value_name = "ENV")]
    pub(super) env: Vec<String>,
    /// Only the files of this target; `pipeline` for those of every CI system.
    #[arg(long, value_name = "TARGET")]
    pub(super) only: Vec<String>,
    /// With `--only pipeline`: a GitLab pipeline of what differs from this revision, for another one to start.
    #[arg(long, value_name = "REV", requires = "to")]
    pub(super) affected_since: Option<String>,
    /// Write the one file that is asked for here, and nothing else; `-` for standard output.
    #[arg(short = 'o', value_name = "FILE", conflicts_with_all = ["check", "stdout"])]
    pub(super) to: Option<PathBuf>,
    /// Write nothing; show what differs from the files on disk, and exit with 1 if something does.
    #[arg(long)]
    pub(super) check: bool,
    /// Write nothing; print the files.
    #[arg(long, conflicts_with = "check")]
    pub(super) stdout: bool,
    /// Write the digests of this release file into the stacks.
    #[arg(long, value_name = "FILE")]
    pub(super) release: Option<PathBuf>,
    /// Overwrite files that svcc did not write.
    #[arg(long)]
    pub(super) adopt: bool,
    /// Overwrite also files that svcc wrote and somebody edited since.
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Pin {
    /// The project's folder: the one with `fleet.svc`.
    #[arg(default_value = ".")]
    pub(super) dir: PathBuf,
    /// Write nothing; tell what moved, and exit with 1 if something did. Downloads again what has a hash.
    #[arg(long)]
    pub(super) check: bool,
    /// Ask no registry; take the digests over that an update bot wrote into emitted files.
    #[arg(long)]
    pub(super) from_outputs: bool,
}

#[derive(Debug, Args)]
pub(super) struct Vendor {
    /// The project's folder: the one with `fleet.svc`.
    #[arg(default_value = ".")]
    pub(super) dir: PathBuf,
    /// Write nothing; fetch the packages, compare, and exit with 1 if something differs.
    #[arg(long)]
    pub(super) check: bool,
    /// Overwrite also folders that somebody changed since they were vendored.
    #[arg(long, conflicts_with = "check")]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Secrets {
    #[command(subcommand)]
    pub(super) command: Option<SecretsCommand>,
    /// Only in this environment.
    #[arg(long, value_name = "ENV")]
    pub(super) env: Option<String>,
    /// How they are written.
    #[arg(long, value_enum, default_value_t = Listing::Text, value_name = "FORMAT")]
    pub(super) format: Listing,
    /// The project's folder.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(super) dir: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum SecretsCommand {
    /// Print a shell script that tells whether every needed secret exists.
    Check {
        /// The environment.
        #[arg(long, value_name = "ENV")]
        env: String,
        /// The project's folder.
        #[arg(long, default_value = ".", value_name = "DIR")]
        dir: PathBuf,
    },
    /// Make the generated secrets that are missing on this machine, and name the files that are.
    Local {
        /// The project's folder.
        #[arg(long, default_value = ".", value_name = "DIR")]
        dir: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Plan {
    /// The environment.
    #[arg(long, value_name = "ENV")]
    pub(super) env: String,
    /// What is there now: a git revision, or a file with what `svcc model` or `docker service inspect` printed.
    #[arg(long, value_name = "REV|FILE")]
    pub(super) against: String,
    /// The release file that would be deployed, to compare images with what runs.
    #[arg(long, value_name = "FILE")]
    pub(super) release: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = PlanFormat::Text, value_name = "FORMAT")]
    pub(super) format: PlanFormat,
    /// The project's folder.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(super) dir: PathBuf,
}

/// How a plan is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum PlanFormat {
    /// For a terminal.
    Text,
    /// For a merge request.
    Markdown,
    /// For programs.
    Json,
}

/// How a list is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Listing {
    /// A table.
    Text,
    /// A JSON array.
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The project's folder; `-` for one file from standard input.
    #[arg(default_value = ".")]
    pub(super) dir: PathBuf,
    /// Which file of the project in this folder standard input stands for.
    #[arg(long, value_name = "FILE")]
    pub(super) stdin_filename: Option<String>,
    /// How mistakes are written.
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub(super) output_format: Format,
    /// Exit with 1 also where there are only warnings.
    #[arg(long)]
    pub(super) deny_warnings: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("change").required(true)))]
pub(super) struct Affected {
    /// The project's folder.
    #[arg(default_value = ".")]
    pub(super) dir: PathBuf,
    /// All that differs between this revision and the working tree.
    #[arg(long, value_name = "REV", group = "change")]
    pub(super) since: Option<String>,
    /// The files that changed, relative to the project's folder, one a line; `-` for standard input.
    #[arg(long, value_name = "LIST", group = "change")]
    pub(super) files: Option<String>,
    /// How they are written.
    #[arg(long, value_enum, default_value_t = AffectedFormat::Text, value_name = "FORMAT")]
    pub(super) format: AffectedFormat,
}

/// How touched images and services are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum AffectedFormat {
    /// One line each.
    Text,
    /// A JSON object.
    Json,
    /// A dotenv report.
    Gitlab,
    /// A matrix over the images, on one line.
    GithubMatrix,
}

#[derive(Debug, Args)]
pub(super) struct Graph {
    /// The project's folder.
    #[arg(default_value = ".")]
    pub(super) dir: PathBuf,
    /// What is drawn: an environment's fleet unless `plan` is said; a page shows both where nothing is.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) of: Option<GraphOf>,
    /// The environment: the first one where none is named; a page shows all.
    #[arg(long, value_name = "ENV")]
    pub(super) env: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = GraphFormat::Mermaid, value_name = "FORMAT")]
    pub(super) format: GraphFormat,
}

/// What a picture is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphOf {
    /// Services with what they refer to, their images, secrets, configs, volumes and networks.
    Fleet,
    /// The jobs of the pipeline, in their order.
    Plan,
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum GraphFormat {
    /// A Mermaid flowchart, which GitHub and GitLab draw in Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// Nodes and arrows as JSON.
    Json,
    /// One page for a browser, which needs nothing else.
    Html,
}

#[derive(Debug, Args)]
pub(super) struct Fmt {
    /// Files and folders; `-` for standard input to standard output.
    #[arg(default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// Write nothing; name the files that would change, and exit with 1 if one would.
    #[arg(long)]
    pub(super) check: bool,
    /// Write nothing; show what would change, and exit with 1 if something would.
    #[arg(long)]
    pub(super) diff: bool,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum TableFormat {
    /// For people.
    Human,
    /// A JSON array, one element for each environment that gives its nodes.
    Json,
}

/// How mistakes are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// With the source around each place.
    Human,
    /// One line each.
    Concise,
    /// A JSON array.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands for GitHub.
    Github,
    /// GitLab's code quality report.
    Gitlab,
}

impl From<Format> for render::Format {
    fn from(format: Format) -> render::Format {
        match format {
            Format::Human => render::Format::Human,
            Format::Concise => render::Format::Concise,
            Format::Json => render::Format::Json,
            Format::Sarif => render::Format::Sarif,
            Format::Github => render::Format::Github,
            Format::Gitlab => render::Format::Gitlab,
        }
    }
}
