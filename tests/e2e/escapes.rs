//! A text made of what docker, compose and shells expand, brought into an image and a container: it comes out as it was.

use libtest_mimic::Failed;

use crate::lanes::Test;
use crate::support::{Place, Shared, ensure, output, run};

const NAME: &str = "svcc-escapes";

/// The text.
const ODD: &str =
    r#"a  $HOME ${HOME:-x} $$ $$$ {{ x }} "q" 'r' \n \\ \$ `b` #c =d %s é !*?[e] <<SVC_FILE \"#;

const FLEET: &str = r##"project svcc-escapes {
  edition = 2026
}

environment local {
  engine = compose
}

let odd = "a  $HOME ${HOME:-x} $$ $$$ \{{ x }} \"q\" 'r' \\n \\\\ \\$ `b` #c =d %s é !*?[e] <<SVC_FILE \\"

base svcc-escapes-plain from "debian:bookworm-slim" {
  env { IN_IMAGE = odd, NEXT = "next" }
  labels { "com.example.odd" = odd }
  file "/odd" """
    {{ odd }}
    SVC_FILE
    """
  command = ["printf", "%s", odd]
}

service shown from svcc-escapes-plain {
  env { AT_RUN = odd }
  command = ["sh", "-c", "printf '%s|%s|%s|%s|' \"$IN_IMAGE\" \"$NEXT\" \"$AT_RUN\" \"$1\"; cat /odd", "sh", odd]
}
"##;

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(|| Place::written(FLEET, NAME));
    vec![place.test("escapes: any text reaches a container as it was", shown)]
}

fn shown(place: &Place) -> Result<(), Failed> {
    let compose = |arguments: &[&str]| {
        let file = ["compose", "--file", "deploy/local/compose.yml"];
        [&file[..], arguments]
            .concat()
            .iter()
            .map(|it| (*it).to_owned())
            .collect::<Vec<_>>()
    };
    let call = |arguments: &[&str]| {
        let arguments = compose(arguments);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        output(&place.fleet, "docker", &arguments)
    };
    call(&["build", "--quiet"])?;
    let printed = call(&["run", "--rm", "--no-TTY", "shown"])?;
    run(
        &place.fleet,
        "docker",
        &[
            "compose",
            "--file",
            "deploy/local/compose.yml",
            "down",
            "--rmi",
            "local",
        ],
    )?;
    // What compose builds before, it tells on the same way.
    let wanted = format!("{ODD}|next|{ODD}|{ODD}|{ODD}\nSVC_FILE\n");
    ensure(
        printed.ends_with(&wanted),
        &format!("printed\n{printed}\nnot\n{wanted}"),
    )
}
