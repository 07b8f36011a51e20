//! The shape of a workflow file, in the order in which it is written.

use serde::Serialize;

use crate::encode::Entries;
use crate::encode::yaml::Commented;

/// A file in `.github/workflows`.
#[derive(Debug, Serialize)]
pub(super) struct Workflow {
    pub(super) name: String,
    /// `on` is a boolean to readers of YAML 1.1; the writer quotes it.
    pub(super) on: Triggers,
    /// What no job says it needs, none has.
    pub(super) permissions: Entries<&'static str>,
    pub(super) concurrency: Concurrency,
    pub(super) defaults: Defaults,
    pub(super) jobs: Entries<Job>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Triggers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) push: Option<Branches>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pull_request: Option<Branches>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) schedule: Vec<Schedule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) workflow_dispatch: Option<Dispatch>,
}

#[derive(Debug, Serialize)]
pub(super) struct Schedule {
    pub(super) cron: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Branches {
    pub(super) branches: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Dispatch {
    pub(super) inputs: Entries<Input>,
}

#[derive(Debug, Serialize)]
pub(super) struct Input {
    pub(super) description: String,
    pub(super) required: bool,
    pub(super) r#type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Concurrency {
    pub(super) group: String,
    pub(super) cancel_in_progress: Setting,
}

#[derive(Debug, Serialize)]
pub(super) struct Defaults {
    pub(super) run: Run,
}

#[derive(Debug, Serialize)]
pub(super) struct Run {
    pub(super) shell: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Job {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) needs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#if: Option<String>,
    pub(super) runs_on: Vec<String>,
    pub(super) timeout_minutes: u64,
    pub(super) permissions: Entries<Commented<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) concurrency: Option<Concurrency>,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Step {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#if: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uses: Option<Commented<&'static str>>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) with: Entries<Setting>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) env: Entries<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<String>,
}

/// A value of an input.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Setting {
    Flag(bool),
    Number(u32),
    Text(String),
}

impl From<bool> for Setting {
    fn from(it: bool) -> Setting {
        Setting::Flag(it)
    }
}

impl From<u32> for Setting {
    fn from(it: u32) -> Setting {
        Setting::Number(it)
    }
}

impl From<&str> for Setting {
    fn from(it: &str) -> Setting {
        Setting::Text(it.to_owned())
    }
}
