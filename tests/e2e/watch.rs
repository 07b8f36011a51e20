//! The search for planted values where no secret's value may be: arguments and environments of programs, emitted files,
//! images, descriptions and logs.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use libtest_mimic::Failed;

use crate::support::{Place, ensure, output, run};

/// What all planted values have in them.
const CANARY: &str = "canary-from-";

/// Looks at all programs of the machine, until it is asked what it saw.
pub(crate) struct Watch {
    done: Arc<AtomicBool>,
    thread: JoinHandle<Option<String>>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&done);
        let thread = thread::spawn(move || watch(&watched));
        Self { done, thread }
    }

    /// Fails where a program had a planted value among its arguments or in its environment.
    pub(crate) fn end(self) -> Result<(), Failed> {
        self.done.store(true, Ordering::Relaxed);
        let seen = self.thread.join().map_err(|_| "the watch ended badly")?;
        ensure(seen.is_none(), &format!("a value is in {seen:?}"))
    }
}

fn watch(done: &AtomicBool) -> Option<String> {
    while !done.load(Ordering::Relaxed) {
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            if let Some(seen) = look_at(&entry.path()) {
                return Some(seen);
            }
        }
        thread::sleep(Duration::from_millis(2));
    }
    None
}

fn look_at(process: &Path) -> Option<String> {
    // In this order: a copy of the script's own shell, which was given the values, may be about to become another program.
    let arguments = read(&process.join("cmdline"));
    let environment = read(&process.join("environ"));
    if arguments.contains(CANARY) {
        return Some(format!("the arguments of {arguments}"));
    }
    let own = arguments.is_empty() || arguments.contains("deploy.sh");
    (!own && environment.contains(CANARY)).then(|| format!("the environment of {arguments}"))
}

fn read(path: &Path) -> String {
    // A process may be gone by now.
    let bytes = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

/// A watch that cannot see sees nothing: here is something to see.
pub(crate) fn ensure_sees() -> Result<(), Failed> {
    for (program, variable) in [("sleep 1; : canary-from-nowhere", ""), ("sleep 1", CANARY)] {
        let watch = Watch::start();
        let mut sleep = std::process::Command::new("sh");
        sleep
            .args(["-c", program])
            .env("PLANTED", variable)
            .status()?;
        ensure(watch.end().is_err(), "the watch does not see what is there")?;
    }
    Ok(())
}

/// No planted value is in a file that svcc wrote, in an image of a release, or in what docker says of services or containers
/// in these words.
pub(crate) fn ensure_nowhere(
    place: &Place,
    release: &str,
    looks: &[&[&str]],
    names: &[String],
) -> Result<(), Failed> {
    let found = output(&place.fleet, "grep", &["-rl", CANARY, "deploy"]);
    ensure(found.is_err(), "a value is in an emitted file")?;
    let text = fs::read_to_string(place.fleet.join(release))?;
    for image in text.lines().filter_map(|it| it.split_once('=')) {
        run(&place.fleet, "docker", &["pull", "--quiet", image.1])?;
        let history = output(&place.fleet, "docker", &["history", "--no-trunc", image.1])?;
        ensure(
            !history.contains(CANARY),
            "a value is in an image's history",
        )?;
    }
    ensure(!names.is_empty(), "there is nothing to look at")?;
    for name in names {
        for look in looks {
            let said = output(
                &place.fleet,
                "docker",
                &[look, &[name.as_str()][..]].concat(),
            )?;
            ensure(
                !said.contains(CANARY),
                &format!("{look:?} shows a value of {name}"),
            )?;
        }
    }
    Ok(())
}
