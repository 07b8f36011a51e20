//! How fast the parser is, with its tree, on one thread: `cargo bench --bench parse` (names of inputs, to measure those only).
//!
//! Each input is parsed again and again in process; the median counts, and the fastest tells what other work on the machine
//! cost. Beside it stands how much memory one parse takes at most, and how much its tree goes on holding, in a process of its own.

use std::fmt::Write as _;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use svcc::diag::Sink;
use svcc::source::FileId;
use svcc::syntax;
use svcc::syntax::tree::Tree;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long an input is parsed again and again.
const BUDGET: Duration = Duration::from_secs(2);

/// How often it is at least, and at most.
const ROUNDS: std::ops::Range<usize> = 5..201;

/// Makes a process measure the memory of the input that is named after it.
const MEMORY: &str = "memory-of";

fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with('-'))
        .collect();
    let mut out = String::new();
    if let [MEMORY, name] = asked.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        out = inputs()
            .into_iter()
            .filter(|it| it.0 == name)
            .map(|it| memory(&it.1))
            .collect();
    } else {
        out.push_str("input | KB | lines | ms | MB/s | fastest, MB/s | diagnostics | peak, MiB | tree, MiB\n");
        for (name, text) in inputs() {
            if asked.is_empty() || asked.iter().any(|it| name.contains(it.as_str())) {
                let _ = writeln!(out, "{name} | {} | {}", measure(&text), memory_of(name));
            }
        }
    }
    let _ = std::io::Write::write_all(&mut std::io::stdout(), out.as_bytes());
}

fn inputs() -> Vec<(&'static str, String)> {
    let ten_thousand = fleet(|text| text.lines().count() >= 10_000);
    let broken = with_mistakes(&ten_thousand);
    vec![
        ("10,000 lines", ten_thousand),
        ("10,000 lines, 100 mistakes", broken),
        ("5 MB", fleet(|text| text.len() >= 5_000_000)),
        (
            "one line of 1 MB, a list",
            format!(
                "a = [{}]\n",
                "\"some text\", 512MiB, service.db.host, ".repeat(26_000)
            ),
        ),
        (
            "one line of 1 MB, a string",
            format!("a = \"{}\"\n", "x{{ y }}z ".repeat(100_000)),
        ),
        (
            "one line of 1 MB, braces",
            format!("{}\n", "a { b = 1 }, ".repeat(77_000)),
        ),
        (
            "10,000 nested blocks",
            format!("{}{}", "a {\n".repeat(10_000), "}\n".repeat(10_000)),
        ),
        ("10,000 open blocks", "a {\n".repeat(10_000)),
        (
            "10,000 nested lists",
            format!("a = {}{}\n", "[".repeat(10_000), "]".repeat(10_000)),
        ),
        ("1 MB of {", "{".repeat(1_000_000)),
        (
            "1 MB of {{ in a string",
            format!("a = \"{}", "{{".repeat(500_000)),
        ),
    ]
}

fn measure(text: &str) -> String {
    let (_, said) = parse(text);
    let mut times = Vec::new();
    let begun = Instant::now();
    while times.len() < ROUNDS.start || (times.len() < ROUNDS.end && begun.elapsed() < BUDGET) {
        let start = Instant::now();
        let parsed = black_box(parse(text));
        times.push(start.elapsed().as_secs_f64());
        drop(parsed);
    }
    times.sort_by(f64::total_cmp);
    let middle = times[times.len() / 2];
    let speed = |seconds: f64| text.len() as f64 / seconds / 1e6;
    format!(
        "{} | {} | {:.2} | {:.0} | {:.0} | {said}",
        text.len() / 1000,
        text.lines().count(),
        middle * 1000.0,
        speed(middle),
        speed(times[0]),
    )
}

fn parse(text: &str) -> (Tree, usize) {
    let mut sink = Sink::new();
    let tree = syntax::parse(FileId(0), text, &mut sink);
    (tree, sink.len())
}

/// What a process of its own measures.
fn memory_of(name: &str) -> String {
    let program = std::env::current_exe().expect("the benchmark is a program");
    let done = Command::new(program).args([MEMORY, name]).output();
    String::from_utf8(done.expect("it runs again").stdout).expect("it prints text")
}

/// The memory that one parse takes, at its peak and with its tree at the end; nothing where the system does not say.
fn memory(text: &str) -> String {
    let before = status("VmRSS:");
    let parsed = black_box(parse(text));
    let (peak, held) = (status("VmHWM:"), status("VmRSS:"));
    drop(parsed);
    let mib = |it: f64| (it - before).max(0.0) / 1024.0;
    format!("{:.1} | {:.1}", mib(peak), mib(held))
}

/// A line of what Linux says of this process, in KiB.
fn status(name: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|it| it.strip_prefix(name));
    let number = line.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok());
    number.unwrap_or(0.0)
}

/// Services as people write them, until there are enough.
fn fleet(enough: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for number in 0.. {
        service(&mut text, number);
        if number % 50 == 0 && enough(&text) {
            break;
        }
    }
    text
}

fn service(out: &mut String, number: usize) {
    let domain = ["billing", "ledger", "catalog", "identity", "shipping"][number % 5];
    let _ = write!(
        out,
        r#"## {domain}-api-{number:05} of team {team:03}.
service {domain}-api-{number:05} from tomcat {{
  install ["fontconfig", "poppler-utils"]
  copy "artifact-{number:05}" to "/opt/tomcat/webapps/ROOT.war"

  ports {{ http = 8080 }}
  env {{
    OTEL_SERVICE_NAME = "{domain}-api-{number:05}"
    PUBLIC_URL = "https://{domain}.{{{{ environment.domain }}}}"
    JAVA_OPTS = "-Xmx576m -XX:+UseG1GC"
    DB_PASSWORD_FILE = secret.{domain}_db_password
    ORDERS_URL = service.orders.url.http
    FEATURE_AUDIT = "on"
    MAX_POOL_SIZE = 16
  }}
  secrets = [{domain}_api_key, {domain}_smtp_password]   # both rotate
  health = http("/health", start = 30s)
  memory = 768MiB
  cpus = 0.5
  reserve {{ cpus = 0.1, memory = 384MiB }}
  deploy_labels {{
    "com.acme.team" = "team-{team:03}"
    "traefik.http.routers.{domain}.rule" = "Host(`{domain}.{{{{ environment.domain }}}}`)"
  }}
"#,
        team = number / 20,
    );
    if number.is_multiple_of(10) {
        out.push_str("  run \"\"\"\n    mkdir -p /opt/data\n    for it in a b; do\n      touch \"/opt/data/$it\"\n    done\n    \"\"\"\n");
    }
    let _ = write!(
        out,
        "  in local {{ publish {{ http = {} }} }}\n  in prod {{\n    replicas = {}\n    memory = 2048MiB\n  }}\n}}\n\n",
        20_000 + number,
        2 + number % 5,
    );
}

/// The text with a mistake in each hundredth line.
fn with_mistakes(text: &str) -> String {
    let lines = text.lines().enumerate().map(|(at, line)| match at % 100 {
        0 => line.replacen(['"', '=', '['], "", 1) + "\n",
        _ => line.to_owned() + "\n",
    });
    lines.collect()
}
