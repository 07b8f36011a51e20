//! How fast svcc is on a realistic fleet: `cargo bench --bench fleet -- 1000` (any numbers of services; 10 100 1000 where none
//! is given). With `--write FOLDER 1000` it only writes the fleet, for a profiler.
//!
//! Whole processes, each cold, on a fleet written to a temporary folder: everything compiled and written, nothing changed,
//! check only; beside them, in the same run, the time of merely writing the same bytes. Then each stage in process.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use svcc::diag::Sink;
use svcc::source::MemoryDisk;
use svcc::{check, compile, emit, eval, lint, plan};

/// How often each measurement is repeated; the median counts.
const ROUNDS: usize = 7;

const BINARY: &str = env!("CARGO_BIN_EXE_svcc");

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked: Vec<usize> = arguments.iter().filter_map(|it| it.parse().ok()).collect();
    if let [flag, folder, ..] = arguments.as_slice()
        && flag == "--write"
    {
        for size in asked {
            generate(size, Path::new(folder));
        }
        return;
    }
    let sizes = if asked.is_empty() {
        vec![10, 100, 1000]
    } else {
        asked
    };
    let mut out = String::from(
        "services | compile, ms | nothing changed, ms | check, ms | merely writing, ms | files | peak, MiB\n",
    );
    for size in sizes {
        let folder = tempfile::tempdir().expect("a temporary folder");
        generate(size, folder.path());
        let row = measure(folder.path());
        let _ = writeln!(out, "{size} | {row}");
        let _ = writeln!(out, "{size} by stage | {}", stages(folder.path()));
    }
    let _ = std::io::Write::write_all(&mut std::io::stdout(), out.as_bytes());
}

fn measure(fleet: &Path) -> String {
    let output = fleet.join("deploy");
    let afresh = || {
        let _ = fs::remove_dir_all(&output);
        let _ = fs::remove_file(fleet.join(".gitlab-ci.yml"));
    };
    let compile = median(|| {
        afresh();
        run(fleet, "compile")
    });
    let unchanged = median(|| run(fleet, "compile"));
    let check = median(|| run(fleet, "check"));
    let unchanged_peak = peak(fleet, "compile");
    afresh();
    let peak = unchanged_peak.max(peak(fleet, "compile"));
    let files = read_all(&output);
    let writing = median(|| {
        let copy = tempfile::tempdir().expect("a temporary folder");
        let start = Instant::now();
        for (path, bytes) in &files {
            let path = copy.path().join(path);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
        start.elapsed()
    });
    let millis = |it: Duration| format!("{:.1}", it.as_secs_f64() * 1000.0);
    format!(
        "{} | {} | {} | {} | {} | {}",
        millis(compile),
        millis(unchanged),
        millis(check),
        millis(writing),
        files.len(),
        peak / 1024,
    )
}

/// The stages one after another, in process, on files in memory.
fn stages(fleet: &Path) -> String {
    let mut disk = MemoryDisk::default();
    for (path, bytes) in read_all(fleet) {
        disk.files.insert(path.display().to_string(), bytes);
    }
    let mut rows: Vec<(&str, Vec<Duration>)> = Vec::new();
    for _ in 0..ROUNDS {
        let mut at = 0;
        let mut start = Instant::now();
        let mut lap = |name: &'static str| {
            if rows.len() == at {
                rows.push((name, Vec::new()));
            }
            rows[at].1.push(start.elapsed());
            at += 1;
            start = Instant::now();
        };
        let mut sink = Sink::new();
        let files = compile::read(&disk, &mut sink).expect("memory can be read");
        lap("parse");
        let (sources, program) = compile::resolve(files, &mut sink);
        lap("names");
        let Some(model) = eval::evaluate(&sources, &program, &disk, &mut sink) else {
            break;
        };
        lap("eval");
        let (checked, ()) = check::check(model, &disk, &mut sink, |model| {
            let context = lint::Context {
                sources: &sources,
                program: &program,
                model,
                disk: &disk,
            };
            let (mut said, _) = lint::lint(&context, true);
            emit::unsupported(model, &mut said);
        });
        let Some(model) = checked else {
            break;
        };
        lap("check and lint");
        let plan = plan::plan(&model, &disk);
        lap("plan");
        let context = emit::Context {
            model: &model,
            plan: &plan,
            sources: &sources,
        };
        for target in emit::targets() {
            let _ = target.emit(&context);
            lap(target.name());
        }
    }
    let rows = rows.into_iter().map(|(name, mut times)| {
        times.sort();
        let middle = times[times.len() / 2].as_secs_f64() * 1000.0;
        format!("{name} {middle:.1}")
    });
    rows.collect::<Vec<_>>().join(", ")
}

fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| measure()).collect();
    times.sort();
    times[ROUNDS / 2]
}

/// How long the binary takes.
fn run(fleet: &Path, command: &str) -> Duration {
    let start = Instant::now();
    let status = started(fleet, command).wait().expect("the child ends");
    let took = start.elapsed();
    assert!(status.success(), "`svcc {command}` ended with {status}");
    took
}

/// How much memory, in KiB, the binary is seen to hold. In a run of its own: to look takes time too.
fn peak(fleet: &Path, command: &str) -> u64 {
    let mut child = started(fleet, command);
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("the child can be asked").is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|it| it.strip_prefix("VmHWM:"));
        let number = line.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(number.unwrap_or(0));
        std::thread::sleep(Duration::from_micros(200));
    }
    peak
}

fn started(fleet: &Path, command: &str) -> Child {
    Command::new(BINARY)
        .args([command, "."])
        .current_dir(fleet)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs")
}

fn read_all(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).expect("a file");
                let name = path
                    .strip_prefix(folder)
                    .expect("below the folder")
                    .to_path_buf();
                found.push((name, bytes));
            }
        }
    }
    found.sort();
    found
}

/// A small generator of numbers, so that every run and machine measures the same fleet.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// A few of `of`, in order, each once.
    fn some<'a>(&mut self, of: &[&'a str], count: usize) -> Vec<&'a str> {
        let mut left: Vec<&str> = of.to_vec();
        while left.len() > count {
            left.remove(self.below(left.len()));
        }
        left
    }
}

const DOMAINS: [&str; 16] = [
    "billing", "ledger", "catalog", "cart", "search", "identity", "shipping", "pricing", "media",
    "notify", "report", "audit", "profile", "order", "stock", "gateway",
];
const FLAGS: [&str; 10] = [
    "FEATURE_AUDIT",
    "FEATURE_BATCHING",
    "FEATURE_EVENTS",
    "FEATURE_NEW_UI",
    "FEATURE_RETRY",
    "MAX_POOL_SIZE",
    "QUEUE_DEPTH",
    "REQUEST_TIMEOUT_MS",
    "SESSION_TTL_S",
    "WORKER_THREADS",
];
const PACKAGES: [&str; 5] = [
    "fontconfig",
    "ghostscript",
    "imagemagick",
    "libxml2-utils",
    "poppler-utils",
];
const SECRETS: [&str; 5] = [
    "api_key",
    "jwt_signing_key",
    "s3_secret_key",
    "smtp_password",
    "webhook_token",
];
/// Services in one file.
const TEAM: usize = 20;

/// The fleet of fleets: bases `ubuntu -> java -> tomcat` and `debian -> nginx`, three environments, services that refer to
/// each other, share secrets and differ by environment, twenty to a file.
fn generate(size: usize, folder: &Path) {
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("fleet.svc", FLEET);
    let mut secrets = String::new();
    for domain in DOMAINS {
        for secret in SECRETS.iter().chain(&["db_password"]) {
            let variable = format!("{domain}_{secret}").to_uppercase();
            let _ = writeln!(
                secrets,
                "secret {domain}_{secret} {{\n  in local {{ source = generate(length = 32) }}\n  \
                 in test {{ source = ci(\"{variable}\") }}\n  \
                 in prod {{ source = vault(\"kv/{domain}\", field = \"{secret}\"), version = 2 }}\n}}\n"
            );
        }
    }
    write("secrets.svc", &secrets);
    let mut names: Vec<String> = Vec::new();
    let mut text = String::new();
    for at in 0..size {
        let mut random = Random(at as u64 * 7919 + 17);
        let kind = [0, 0, 0, 0, 0, 0, 1, 1, 2, 2][at % 10];
        let domain = random.one(&DOMAINS);
        let role = match kind {
            0 => random.one(&["api", "core", "admin"]),
            1 => random.one(&["worker", "batch"]),
            _ => random.one(&["web", "edge"]),
        };
        let name = format!("{domain}-{role}-{at:05}");
        let team = at / TEAM;
        service(&mut text, &mut random, at, kind, &name, domain, &names);
        write(&format!("team-{team:03}/artifact-{at:05}"), "content\n");
        names.push(name);
        if at % TEAM == TEAM - 1 || at == size - 1 {
            write(&format!("team-{team:03}/services.svc"), &text);
            text.clear();
        }
    }
}

fn service(
    out: &mut String,
    random: &mut Random,
    at: usize,
    kind: usize,
    name: &str,
    domain: &str,
    earlier: &[String],
) {
    let (base, target, memory, port, health) = [
        (
            "tomcat",
            "/opt/tomcat/webapps/ROOT.war",
            768,
            8080,
            "/health",
        ),
        ("java", "/app/app.jar", 512, 8081, "/actuator/health"),
        (
            "nginx",
            "/usr/share/nginx/html/index.html",
            128,
            8082,
            "/healthz",
        ),
    ][kind];
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    let flags = |random: &mut Random, low: usize, high: usize| -> String {
        let count = low + random.below(high - low + 1);
        let flags = random.some(&FLAGS, count);
        let mut text = String::new();
        for flag in flags {
            let value = if flag.starts_with("FEATURE") {
                random.one(&["\"on\"", "\"off\""])
            } else {
                random.one(&["4", "8", "16", "32", "1500", "3000"])
            };
            let _ = writeln!(text, "    {flag} = {value}");
        }
        text
    };
    line(format!(
        "## {name} of team {:03}.\nservice {name} from {base} {{",
        at / TEAM
    ));
    if random.chance(20) {
        let count = 1 + random.below(3);
        let packages = random.some(&PACKAGES, count);
        line(format!("  install [\"{}\"]", packages.join("\", \"")));
    }
    line(format!("  copy \"artifact-{at:05}\" to \"{target}\"\n"));
    line(format!("  ports {{ http = {port} }}"));
    line("  env {".into());
    line(format!("    OTEL_SERVICE_NAME = \"{name}\""));
    line(format!(
        "    PUBLIC_URL = \"https://{name}.{{{{ environment.domain }}}}\""
    ));
    if kind < 2 {
        line(format!(
            "    JAVA_OPTS = \"-Xmx{}m -XX:+UseG1GC\"",
            memory * 3 / 4
        ));
    }
    if kind < 2 && random.chance(60) {
        line(format!(
            "    DB_URL = \"jdbc:postgresql://{domain}.db.{{{{ environment.domain }}}}:5432/{domain}\""
        ));
        line(format!(
            "    DB_PASSWORD_FILE = secret.{domain}_db_password"
        ));
    }
    if !earlier.is_empty() && random.chance(60) {
        let count = random.below(3);
        let picks = (0..=count).map(|_| earlier.len() - 1 - random.below(earlier.len().min(120)));
        let picks: std::collections::BTreeSet<usize> = picks.collect();
        for pick in picks {
            let other = &earlier[pick];
            let variable = other.to_uppercase().replace('-', "_");
            line(format!("    {variable}_URL = service.{other}.url.http"));
        }
    }
    line(flags(random, 2, 5).trim_end().into());
    line("  }".into());
    let count = random.below(4);
    let secrets = random.some(&SECRETS, count);
    if !secrets.is_empty() {
        let names: Vec<String> = secrets.iter().map(|it| format!("{domain}_{it}")).collect();
        line(format!("  secrets = [{}]", names.join(", ")));
    }
    let path = if random.chance(20) {
        format!("/{domain}/ping")
    } else {
        health.into()
    };
    line(format!("  health = http(\"{path}\", start = 30s)"));
    line(format!(
        "  memory = {memory}MiB\n  cpus = 0.5\n  reserve {{ cpus = 0.1, memory = {}MiB }}",
        memory / 2
    ));
    line(format!(
        "  deploy_labels {{\n    \"com.acme.team\" = \"team-{:03}\"\n    \"com.acme.version\" = \"{}.{}.{}\"",
        at / TEAM,
        1 + at % 4,
        at % 20,
        at % 7
    ));
    if kind == 2 || random.chance(30) {
        line(format!(
            "    \"traefik.enable\" = true\n    \"traefik.http.routers.{name}.rule\" = \
             \"Host(`{name}.{{{{ environment.domain }}}}`)\"\n    \
             \"traefik.http.services.{name}.loadbalancer.server.port\" = {port}"
        ));
    }
    line("  }".into());
    line(format!(
        "  in local {{ publish {{ http = {} }} }}",
        20_000 + at % 40_000
    ));
    if random.chance(40) {
        line("  in test { replicas = 2 }".into());
    }
    line(format!(
        "  in prod {{\n    replicas = {}",
        2 + random.below(5)
    ));
    if random.chance(50) {
        line(format!(
            "    memory = {}MiB",
            random.one(&["1024", "2048", "3072"])
        ));
    }
    if random.chance(60) {
        line(format!(
            "    env {{\n{}    }}",
            flags(random, 1, 3).trim_end_matches(' ')
        ));
    }
    line("  }\n}\n".into());
}

const FLEET: &str = r#"project acme {
  edition  = 2026
  registry = "registry.example.com/acme"

  services {
    env {
      APP_ENV                     = environment.name
      LOG_LEVEL                   = environment.log
      OTEL_EXPORTER_OTLP_ENDPOINT = "http://otel.{{ environment.domain }}:4317"
    }
    stop_grace = 30s
    logging {
      driver = "json-file"
      options { "max-size" = "10m", "max-file" = "3" }
    }
    restart { condition = on-failure, delay = 5s, max_attempts = 3, window = 60s }
  }
}

pipeline gitlab { branch = "main" }

environment local {
  engine     = compose
  let domain = "localtest.me"
  let log    = "DEBUG"
}

environment test {
  engine     = swarm
  host       = "ssh://deploy@swarm-test.example.com"
  deploy     = automatic
  let domain = "test.acme.example"
  let log    = "INFO"
  services { placement = ["node.role == worker"] }
}

environment prod {
  engine     = swarm
  host       = "ssh://deploy@swarm.example.com"
  deploy     = manual
  after      = test
  let domain = "acme.example"
  let log    = "WARN"
  services {
    placement = ["node.role == worker", "node.labels.env == prod"]
    update { parallelism = 2, delay = 10s }
  }
}

layer runtime {
  install ["ca-certificates", "curl", "tzdata"]
  env { LANG = "C.UTF-8", TZ = "UTC" }
}

base ubuntu from "ubuntu:24.04" {
  layer runtime
  user app(uid = 10001)
}

base java from ubuntu {
  install ["openjdk-21-jre-headless"]
  env { JAVA_HOME = "/usr/lib/jvm/java-21-openjdk-amd64" }
}

base tomcat from java {
  env { CATALINA_HOME = "/opt/tomcat" }
  run """
    mkdir -p /opt/tomcat
    """
}

base debian from "debian:bookworm-slim" {
  layer runtime
  user app(uid = 10001)
}

base nginx from debian {
  install ["nginx-light"]
}
"#;
