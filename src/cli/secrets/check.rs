//! `svcc secrets check`: a script that tells whether every secret that an environment needs exists, without reading one out.

use std::fmt::Write;
use std::path::Path;

use super::End;
use super::fleet;
use super::readers::{Reader, readers};
use crate::cli::disk::RealDisk;
use crate::cli::model::checked;
use crate::cli::terminal::Terminal;
use crate::emit::scripts::source;
use crate::model::{Engine, SecretSource};
use crate::plan::{self, secrets};

pub(super) fn run(env: &str, folder: &Path, terminal: &Terminal) -> End {
    let Some(compilation) = checked(folder, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    let Some(fleet) = fleet(model, env, terminal) else {
        return End::Usage;
    };
    let plan = plan::plan(model, &RealDisk::new(folder));
    let mut script = "missing=0\n".to_owned();
    for need in secrets::needs(fleet) {
        let (object, version) = (&need.object, need.version);
        let services = need.services.join(", ");
        let _ = writeln!(
            script,
            "\n# {}: version {version}, for {services}",
            need.name
        );
        let kind = match fleet.environment.engine.value {
            Engine::Swarm => "secret",
            // Where compose is deployed, each secret is a volume.
            Engine::Compose => "volume",
        };
        let exists = match (fleet.environment.is_deployed(), need.source) {
            (false, SecretSource::File(path)) => source::has_file(path),
            (false, _) => source::has_file(&secrets::local_file(need.name)),
            (true, from) => {
                let there = format!("docker {kind} inspect {object} >/dev/null 2>&1");
                match source::check(from) {
                    Some(check) => format!("{there} || {check}"),
                    None if matches!(from, SecretSource::Swarm(_)) => there,
                    None => {
                        let _ = writeln!(script, "# made where it is not there: {from}");
                        continue;
                    }
                }
            }
        };
        if !fleet.environment.is_deployed() {
            let file = match need.source {
                SecretSource::File(path) => path.to_string(),
                _ => secrets::local_file(need.name),
            };
            let may = may_read(&file, &readers(&plan, fleet, &need));
            script.push_str(&may);
        }
        let what = source::quote(&format!("missing: {} from {}", need.name, need.source));
        let _ = writeln!(script, "{exists} ||\n    {{ echo {what}; missing=1; }}");
    }
    script.push_str("\nexit \"$missing\"\n");
    terminal.print(&script);
    End::Fine
}

/// Lines that say who may not read a file that is there, as compose mounts it.
fn may_read(file: &str, readers: &[Reader<'_>]) -> String {
    let mut lines = String::new();
    for Reader { service, user } in readers {
        let path = source::quote(file);
        let what = source::quote(&format!(
            "unreadable: {file} for {service}, which runs as {user}"
        ));
        // A name is one of the image, and says nothing here.
        let is_number = user.bytes().all(|it| it.is_ascii_digit());
        let owner = if is_number {
            format!(" -o -user {user}")
        } else {
            String::new()
        };
        let _ = writeln!(
            lines,
            "[ ! -e {path} ] || [ -n \"$(find {path} \\( -perm -004{owner} \\))\" ] ||\n    {{ echo {what}; missing=1; }}"
        );
    }
    lines
}
