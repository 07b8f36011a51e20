//! The codes and wordings of this stage.

use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::source::Span;
use crate::vocab::Capability;

codes! {
    UNSUPPORTED_PROPERTY = "unsupported-property", Error;
}

pub(super) fn unsupported_property(
    span: Span,
    word: &str,
    needed: Capability,
    environments: &[&str],
) -> Diagnostic {
    let names: Vec<String> = environments.iter().map(|it| format!("`{it}`")).collect();
    Diagnostic::new(
        &UNSUPPORTED_PROPERTY,
        span,
        format!(
            "`{word}` holds only where an engine cannot honour it: {}",
            names.join(", ")
        ),
    )
    .label(what_is_missing(needed))
    .help(way_out(needed))
}

fn what_is_missing(needed: Capability) -> &'static str {
    match needed {
        Capability::Replicas => "several replicas are not to be had there",
        Capability::GlobalMode => "there is one machine only",
        Capability::Placement => "there are no nodes to choose from",
        Capability::RollingUpdate => "containers are replaced at once there",
        Capability::BindMount => "folders of the machine cannot be mounted there",
        Capability::Watch => "nothing is synchronised into a running container there",
        Capability::HostPort => "every port is the machine's own there",
        Capability::PublishAddress => "a port listens on all addresses there",
        Capability::Schedule => "nothing runs by itself there",
    }
}

fn way_out(needed: Capability) -> &'static str {
    match needed {
        Capability::Replicas => "leave it out",
        Capability::GlobalMode => {
            "leave it out, or set it for an environment with `engine = swarm`"
        }
        Capability::Placement | Capability::RollingUpdate => {
            "set it for an environment with `engine = swarm`"
        }
        Capability::BindMount => "mount a volume or a config",
        Capability::Watch => {
            "`copy` the folder into the image, or set it for an environment with `engine = compose`"
        }
        Capability::HostPort => "publish the port by its number: `publish { http = 80 }`",
        Capability::PublishAddress => {
            "leave the address out: `publish { http = 80 }`, or `host(80)` for the node of each replica only"
        }
        Capability::Schedule => {
            "leave the schedule out and run the job by hand, or set it for an environment with `engine = swarm`"
        }
    }
}
