//! The end-to-end suite: what svcc writes, driven on a real Docker Engine with a one-node Swarm and a registry on
//! 127.0.0.1:5000. It deploys, so it runs only where SVCC_E2E=1 asks for it; then an engine that does not answer is a
//! failure. Each module is a theme; lanes.rs runs them.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::Arguments;

use self::lanes::Test;

mod deploy;
mod engines;
mod escapes;
mod gitlab;
mod jenkins;
mod jobs;
mod lanes;
mod large;
mod local;
mod nodes;
mod packages;
mod pins;
mod pipeline;
mod plan;
mod scripts;
mod single;
mod stdlib;
mod support;
mod watch;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if std::env::var_os("SVCC_E2E").is_none_or(|it| it != "1") {
        return say("e2e: skipped, SVCC_E2E=1 runs it", ExitCode::SUCCESS);
    }
    let manager = ["info", "--format", "{{.Swarm.ControlAvailable}}"];
    if !support::output(Path::new("."), "docker", &manager).is_ok_and(|it| it.trim() == "true") {
        return say(
            "e2e: no Docker Engine answers that manages a Swarm",
            ExitCode::FAILURE,
        );
    }
    // Those that last long begin, so that no lane ends long before the other.
    let themes = vec![
        // Both look for planted values in all programs that run.
        together([deploy::tests(), single::tests()]),
        // All have `examples/local`: its images in the registry, and the tests that its run.sh runs.
        together([
            gitlab::tests(),
            local::tests(),
            jenkins::tests(),
            pipeline::tests(),
            scripts::tests(),
        ]),
        stdlib::tests(),
        nodes::tests(),
        large::tests(),
        plan::tests(),
        jobs::tests(),
        packages::tests(),
        pins::tests(),
        escapes::tests(),
    ];
    lanes::run(&arguments, themes)
}

/// One after another: what they share is there for one at a time.
fn together<const N: usize>(themes: [Vec<Test>; N]) -> Vec<Test> {
    themes.into_iter().flatten().collect()
}

fn say(text: &str, code: ExitCode) -> ExitCode {
    // Nowhere is left to say that standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
    code
}
