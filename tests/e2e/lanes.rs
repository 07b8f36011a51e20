//! Runs the suite. Most of a test is waiting for the engine, so themes run side by side in a few lanes; the tests of one
//! theme run one after another, in its order.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use libtest_mimic::{Arguments, Failed};

/// How many themes run at a time. More would wait for the processor, and time limits would tell that of what they test.
const LANES: usize = 2;

/// One test, which ends with why it fails.
pub(crate) struct Test {
    name: String,
    run: Box<dyn FnOnce() -> Result<(), Failed> + Send>,
}

impl Test {
    pub(crate) fn new(
        name: &str,
        run: impl FnOnce() -> Result<(), Failed> + Send + 'static,
    ) -> Self {
        let (name, run) = (name.to_owned(), Box::new(run));
        Self { name, run }
    }

    /// Whether the arguments ask for it.
    fn is_wanted(&self, arguments: &Arguments) -> bool {
        let is_named = |by: &String| match arguments.exact {
            true => self.name == *by,
            false => self.name.contains(by),
        };
        arguments.filter.as_ref().is_none_or(is_named) && !arguments.skip.iter().any(is_named)
    }

    /// Runs it, tells how it ended, and is why it failed.
    fn run(self) -> Result<(), (String, String)> {
        let start = Instant::now();
        let done = panic::catch_unwind(AssertUnwindSafe(self.run));
        let why = match done {
            Ok(Ok(())) => None,
            Ok(Err(it)) => Some(it.message().unwrap_or("it does not say why").to_owned()),
            Err(_) => Some("it panicked, as said above".to_owned()),
        };
        let verdict = if why.is_some() { "FAILED" } else { "ok" };
        let seconds = start.elapsed().as_secs_f64();
        say(&format!(
            "test {} ... {verdict} ({seconds:.1} s)",
            self.name
        ));
        why.map_or(Ok(()), |it| Err((self.name, it)))
    }
}

/// Runs what the arguments ask for of the themes: a lane that is free takes the next. Fails where a test does.
pub(crate) fn run(arguments: &Arguments, themes: Vec<Vec<Test>>) -> ExitCode {
    let wanted = |theme: Vec<Test>| -> Vec<Test> {
        let tests = theme.into_iter();
        tests.filter(|it| it.is_wanted(arguments)).collect()
    };
    let themes: Vec<Vec<Test>> = themes.into_iter().map(wanted).collect();
    if arguments.list {
        let tests = themes.iter().flatten();
        tests.for_each(|it| say(&format!("{}: test", it.name)));
        return ExitCode::SUCCESS;
    }
    let count = themes.iter().map(Vec::len).sum::<usize>();
    say(&format!("running {count} tests"));
    let start = Instant::now();
    let failures = Mutex::new(Vec::new());
    let waiting = Mutex::new(themes.into_iter());
    let lane = || {
        let next = || locked(&waiting).next();
        while let Some(theme) = next() {
            for test in theme {
                let failed = test.run().err();
                locked(&failures).extend(failed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(lane);
        }
    });
    let failures = failures.into_inner().unwrap_or_else(|it| it.into_inner());
    for (name, why) in &failures {
        say(&format!("\n---- {name} ----\n{why}"));
    }
    let (failed, seconds) = (failures.len(), start.elapsed().as_secs());
    say(&format!(
        "\n{} passed, {failed} failed, in {seconds} s",
        count - failed
    ));
    ExitCode::from(u8::from(failed > 0))
}

/// A test that panicked did not hold it.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|it| it.into_inner())
}

/// Whole lines, as the lanes talk at the same time.
fn say(line: &str) {
    // Nowhere is left to say that standard output is closed.
    let _ = writeln!(io::stdout(), "{line}");
}
