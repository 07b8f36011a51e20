//! What `svcc plan` says: as text, Markdown or JSON.

use std::fmt::Write;

use serde::Serialize;

use crate::cli::args::PlanFormat;
use crate::encode::json;
use crate::model::Fleet;
use crate::plan::change::{Action, Reason, Stack, changes};

/// The plan of one environment.
#[derive(Serialize)]
pub(super) struct Report {
    environment: String,
    stack: String,
    against: String,
    /// Jobs that run before the services, unless they did for this release.
    jobs: Vec<String>,
    changes: Vec<Line>,
    unchanged: usize,
    /// Services with a built image that one side does not tell.
    images_unknown: Vec<String>,
}

#[derive(Serialize)]
struct Line {
    service: String,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    downtime: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Why>,
}

#[derive(Serialize)]
struct Why {
    what: String,
    from: Option<String>,
    to: Option<String>,
}

impl Report {
    pub(super) fn new(env: &str, against: &str, fleet: &Fleet, old: &Stack, new: &Stack) -> Report {
        let changes: Vec<Line> = changes(old, new)
            .into_iter()
            .map(|(name, it)| line(name, it))
            .collect();
        let touched = |name: &String| changes.iter().any(|it| it.service == *name);
        let both = || {
            new.services
                .iter()
                .filter(|(name, _)| old.services.contains_key(*name))
        };
        let untold = |(name, it): &(&String, &crate::plan::change::Service)| {
            !it.facts.contains_key("image") || !old.services[*name].facts.contains_key("image")
        };
        let jobs = fleet.services.iter();
        let jobs = jobs.filter(|it| it.job.as_ref().is_some_and(|it| !it.before.is_empty()));
        Report {
            environment: env.to_owned(),
            stack: fleet.environment.stack.value.to_string(),
            against: against.to_owned(),
            jobs: jobs.map(|it| it.name.to_string()).collect(),
            unchanged: both().filter(|(name, _)| !touched(name)).count(),
            images_unknown: both()
                .filter(untold)
                .map(|(name, _)| name.clone())
                .collect(),
            changes,
        }
    }

    pub(super) fn print(&self, format: PlanFormat) -> String {
        match format {
            PlanFormat::Text => self.text(),
            PlanFormat::Markdown => self.markdown(),
            PlanFormat::Json => json::to_string(self),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{} (stack {}) against {}\n",
            self.environment, self.stack, self.against
        );
        for it in &self.changes {
            let _ = writeln!(text, "  {:8} {}{}", it.action, it.service, it.summary());
            for why in &it.reasons {
                let _ = writeln!(text, "           {}", why.words());
            }
        }
        self.rest(&mut text, "  ");
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "### Deploy to {} (stack `{}`), against `{}`\n\n",
            self.environment, self.stack, self.against
        );
        if !self.changes.is_empty() {
            text.push_str("| service | what happens | why |\n| --- | --- | --- |\n");
        }
        for it in &self.changes {
            let why: Vec<String> = it.reasons.iter().map(|it| cell(&it.words())).collect();
            let _ = writeln!(
                text,
                "| `{}` | {}{} | {} |",
                it.service,
                it.action,
                cell(&it.summary()),
                why.join("<br>")
            );
        }
        if !self.changes.is_empty() {
            text.push('\n');
        }
        self.rest(&mut text, "- ");
        text
    }

    /// What is no change of a service.
    fn rest(&self, text: &mut String, bullet: &str) {
        if self.changes.is_empty() {
            let _ = writeln!(text, "{bullet}no service changes");
        } else {
            let _ = writeln!(text, "{bullet}unchanged: {}", self.unchanged);
        }
        if !self.jobs.is_empty() {
            let _ = writeln!(
                text,
                "{bullet}first, once for a release: {}",
                self.jobs.join(", ")
            );
        }
        if !self.images_unknown.is_empty() {
            let _ = writeln!(
                text,
                "{bullet}whether the images changed is not told: {}",
                self.images_unknown.join(", ")
            );
        }
    }
}

impl Line {
    /// What stands behind the service's name.
    fn summary(&self) -> String {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) if self.action == "refuses" => {
                format!(": {from} -> {to}, which Swarm does not do: remove the service first")
            }
            (Some(from), Some(to)) => format!(": {from} -> {to}"),
            _ if self.action == "adjusts"
                && self.reasons.iter().any(|it| it.what == "placement") =>
            {
                ": what runs where it may no longer moves".to_owned()
            }
            _ if self.action == "adjusts" => ": nothing restarts".to_owned(),
            _ if self.downtime => {
                ", with downtime: its only replica stops before the new one starts".to_owned()
            }
            _ => String::new(),
        }
    }
}

impl Why {
    fn words(&self) -> String {
        let Why { what, from, to } = self;
        match (from.as_deref(), to.as_deref()) {
            // Hashes say nothing to people.
            (Some(_), Some(to)) if to.starts_with("sources ") => {
                format!("{what}: its sources changed")
            }
            (Some(from), Some(to)) => format!("{what}: {} -> {}", short(from), short(to)),
            (None, Some(to)) => format!("{what}: {}, not set before", short(to)),
            (Some(from), None) => format!("{what}: not set any more, was {}", short(from)),
            (None, None) => what.clone(),
        }
    }
}

fn line(service: String, action: Action) -> Line {
    let plain = |service: String, action: &'static str| Line {
        service,
        action,
        from: None,
        to: None,
        downtime: false,
        reasons: Vec::new(),
    };
    match action {
        Action::Create => plain(service, "creates"),
        Action::Remove => plain(service, "removes"),
        Action::Refuse { from, to } => Line {
            from: Some(from),
            to: Some(to),
            ..plain(service, "refuses")
        },
        Action::Adjust { reasons } => Line {
            reasons: whys(reasons),
            ..plain(service, "adjusts")
        },
        Action::Scale { from, to } => Line {
            from: Some(from.to_string()),
            to: Some(to.to_string()),
            ..plain(service, "scales")
        },
        Action::Roll { downtime, reasons } => Line {
            downtime,
            reasons: whys(reasons),
            ..plain(service, "rolls")
        },
    }
}

fn whys(reasons: Vec<Reason>) -> Vec<Why> {
    let why = |Reason { what, from, to }| Why { what, from, to };
    reasons.into_iter().map(why).collect()
}

/// One line, of a length to read.
fn short(text: &str) -> String {
    let line: String = text.replace('\n', "\\n").chars().take(160).collect();
    if line.len() < text.len() {
        format!("{line}…")
    } else {
        line
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
