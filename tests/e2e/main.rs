//! The end-to-end suite: what svcc writes, driven on a real Docker Engine with a one-node Swarm and a registry on
//! 127.0.0.1:5000. It deploys, so it runs only where SVCC_E2E=1 asks for it; then an engine that does not answer is a
//! failure. Each module is a theme; its tests run one after another, in its order.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::Arguments;

mod deploy;
mod engines;
mod escapes;
mod gitlab;
mod jenkins;
mod jobs;
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
    let mut arguments = Arguments::from_args();
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
    arguments.test_threads = Some(1);
    let trials = [
        deploy::trials(),
        escapes::trials(),
        gitlab::trials(),
        jenkins::trials(),
        jobs::trials(),
        large::trials(),
        local::trials(),
        nodes::trials(),
        packages::trials(),
        pins::trials(),
        pipeline::trials(),
        plan::trials(),
        scripts::trials(),
        single::trials(),
        stdlib::trials(),
    ];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}

fn say(text: &str, code: ExitCode) -> ExitCode {
    // Nowhere is left to say that standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
    code
}
