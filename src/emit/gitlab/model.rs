//! The shape of a pipeline file, in the order in which it is written.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeMap};

/// The file: top-level keys, then jobs in order.
pub(super) struct Document<'a> {
    pub(super) stages: Vec<&'a str>,
    pub(super) workflow: Workflow,
    pub(super) default: Default<'a>,
    pub(super) jobs: Vec<(&'a str, Entry<'a>)>,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("stages", &self.stages)?;
        map.serialize_entry("workflow", &self.workflow)?;
        map.serialize_entry("default", &self.default)?;
        for (name, job) in &self.jobs {
            map.serialize_entry(name, job)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
pub(super) struct Workflow {
    pub(super) rules: Vec<Rule>,
}

#[derive(Serialize)]
pub(super) struct Rule {
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub(super) condition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) when: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allow_failure: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) variables: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize)]
pub(super) struct Default<'a> {
    pub(super) image: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<&'a str>,
    pub(super) interruptible: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry: Option<Retry>,
}

#[derive(Serialize)]
pub(super) struct Retry {
    pub(super) max: u32,
    pub(super) when: [&'static str; 2],
}

#[derive(Serialize)]
pub(super) struct Entry<'a> {
    pub(super) stage: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) services: Vec<Service>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) variables: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) needs: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) rules: Vec<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<Environment<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) interruptible: Option<bool>,
    pub(super) timeout: String,
    pub(super) script: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) artifacts: Option<Artifacts>,
}

#[derive(Serialize)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) alias: &'static str,
}

#[derive(Serialize)]
pub(super) struct Environment<'a> {
    pub(super) name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Artifacts {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) paths: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reports: Option<Reports>,
    pub(super) when: &'static str,
    pub(super) expire_in: &'static str,
}

#[derive(Serialize)]
pub(super) struct Reports {
    pub(super) junit: Vec<String>,
}
