//! How a container is asked whether it works, as Docker's `test` of a health check.

use crate::model::image::Probe;

/// The `test`; empty where the check is turned off.
///
/// The tool that asks must be in the image: `http` takes curl, else wget; `tcp` takes bash, else nc.
pub(super) fn command(probe: &Probe) -> Vec<String> {
    let shell = |script: String| vec!["CMD-SHELL".to_owned(), script];
    match probe {
        Probe::Http { path, port } => {
            let url = format!("http://127.0.0.1:{port}{path}");
            let url = url.replace('\'', "%27");
            shell(format!(
                "curl -fsS -o /dev/null '{url}' || wget -q -O /dev/null '{url}'"
            ))
        }
        Probe::Tcp { port } => shell(format!(
            "bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' || nc -z 127.0.0.1 {port}"
        )),
        Probe::Command(words) => std::iter::once("CMD".to_owned())
            .chain(words.iter().map(|it| it.to_string()))
            .collect(),
        Probe::Off => Vec::new(),
    }
}
