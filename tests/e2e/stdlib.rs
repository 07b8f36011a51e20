//! The standard library's layers, really built on Debian alone and really run: `examples/polyglot`, and beside it
//! `tests/e2e/layers` with what no service of that needs.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::lanes::Test;
use crate::support::{Place, Shared, ensure, output, within};

/// Services that answer over HTTP, and what their pages say.
const PAGES: [(&str, &str); 8] = [
    ("go", "hello from go"),
    ("java", "hello from java"),
    ("node", "hello from node"),
    ("php-web", "hello from php"),
    ("python", "hello from python"),
    ("ruby", "hello from ruby"),
    ("rust", "hello from rust"),
    ("web", "hello from nginx"),
];
/// All services of the example, each with an image of its own.
const POLYGLOT: [&str; 10] = [
    "db", "go", "java", "node", "php", "php-web", "python", "ruby", "rust", "web",
];
/// What is built of the fleet in `layers`, and what of it runs.
const BUILT: [&str; 4] = ["jar", "proxy", "redis-image", "tools"];
const RUNNING: [&str; 4] = ["cache", "jar", "proxy", "tools"];
/// What asks for a page where there is no curl.
const ASK: &str =
    "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";

pub(crate) fn tests() -> Vec<Test> {
    let polyglot = Shared::new(|| {
        let place = Place::new("polyglot", "svcc-polyglot")?;
        fs::write(place.fleet.join(".secrets/db_password"), "correct horse")?;
        Ok(place)
    });
    let layers = Shared::new(|| {
        let place = Place::copy_of("tests/e2e/layers", "svcc-layers")?;
        let secret = place.fleet.join(".secrets/cache_password");
        fs::write(secret, r#"correct "horse" \"#)?;
        Ok(place)
    });
    vec![
        polyglot.test("stdlib: every language's image builds", |place| {
            build(place, "svcc-polyglot", &POLYGLOT).map(drop)
        }),
        polyglot.test("stdlib: each answers, healthy and not as root", answer),
        polyglot.test("stdlib: postgres keeps its data over a restart", keep_data),
        polyglot.test("stdlib: what did not change is not built again", caching),
        polyglot.test("stdlib: a changed base changes what stands on it", new_base),
        layers.test(
            "stdlib: what Debian's packages serve is there and works",
            tools,
        ),
    ]
}

/// Builds images under the names that compose looks for; which steps of the build ran, and did not come from the cache.
fn build(
    place: &Place,
    project: &str,
    services: &[&str],
) -> Result<BTreeMap<String, bool>, Failed> {
    let mut script = String::from(
        "docker buildx bake --file deploy/images/docker-bake.json --progress rawjson \
         --allow network.host --set '*.network=host'",
    );
    for service in services {
        script += &format!(" --set {service}.tags={project}-{service} {service}");
    }
    let log = output(&place.fleet, "sh", &["-c", &format!("{script} 2>&1")])?;
    let mut ran = BTreeMap::new();
    for line in log.lines() {
        let status: Value = serde_json::from_str(line).unwrap_or_default();
        for step in status["vertexes"].as_array().into_iter().flatten() {
            let name = step["name"].as_str().unwrap_or_default().to_owned();
            let is_step = ["] RUN ", "] COPY ", "] WORKDIR "];
            if is_step.iter().any(|it| name.contains(it)) {
                // A step is told of before it is known whether it runs, for each image that it is of, and some are never
                // needed.
                let cached = step["cached"].as_bool().unwrap_or_default();
                *ran.entry(name).or_default() |= step["completed"].is_string() && !cached;
            }
        }
    }
    Ok(ran)
}

fn compose(place: &Place, project: &str, arguments: &[&str]) -> Result<String, Failed> {
    let file = [
        "compose",
        "--project-name",
        project,
        "--file",
        "deploy/dev/compose.yml",
    ];
    output(&place.fleet, "docker", &[&file[..], arguments].concat())
}

/// Brings services up, waits until all are healthy, and takes them down after `test`.
fn while_up(
    place: &Place,
    project: &str,
    services: &[&str],
    test: impl FnOnce() -> Result<(), Failed>,
) -> Result<(), Failed> {
    let up = [
        "up",
        "--no-build",
        "--detach",
        "--wait",
        "--wait-timeout",
        "180",
    ];
    let tested = compose(place, project, &[&up[..], services].concat()).and_then(|_| test());
    let down = compose(place, project, &["down", "--timeout", "5", "--volumes"]);
    tested.and(down.map(drop))
}

/// What a script says in a service's container.
fn inside(place: &Place, project: &str, service: &str, script: &str) -> Result<String, Failed> {
    let arguments = ["exec", "--no-TTY", service, "bash", "-c", script];
    compose(place, project, &arguments)
}

fn answer(place: &Place) -> Result<(), Failed> {
    while_up(place, "svcc-polyglot", &POLYGLOT, || {
        for (service, page) in PAGES {
            let said = inside(place, "svcc-polyglot", service, ASK)?;
            ensure(said.contains(page), &format!("{service} answers {said:?}"))?;
        }
        for service in POLYGLOT {
            let who = inside(place, "svcc-polyglot", service, "id -u")?;
            ensure(who.trim() == "10001", &format!("{service} runs as {who}"))?;
        }
        Ok(())
    })
}

fn keep_data(place: &Place) -> Result<(), Failed> {
    while_up(place, "svcc-polyglot", &["db"], || {
        let make = "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')";
        within(Duration::from_secs(30), || {
            psql(place, "correct horse", make).map(drop)
        })?;
        // A new container, not only a new process: nothing but the volume is left of the first.
        compose(place, "svcc-polyglot", &["down", "--timeout", "30"])?;
        let up = ["up", "--no-build", "--detach", "--wait", "db"];
        compose(place, "svcc-polyglot", &up)?;
        let said = psql(place, "correct horse", "SELECT word FROM kept")?;
        ensure(
            said.contains("still here"),
            &format!("the data is gone: {said}"),
        )?;
        let wrong = psql(place, "wrong", "SELECT word FROM kept").is_err();
        ensure(wrong, "a wrong password opens the database")
    })
}

fn psql(place: &Place, password: &str, sql: &str) -> Result<String, Failed> {
    let script = format!(
        "PGPASSWORD='{password}' psql --host 127.0.0.1 --username postgres --dbname app --command \"{sql}\""
    );
    inside(place, "svcc-polyglot", "db", &script)
}

fn caching(place: &Place) -> Result<(), Failed> {
    let again = build(place, "svcc-polyglot", &POLYGLOT)?;
    ensure(again.len() > 50, &format!("few steps are seen: {again:?}"))?;
    let rebuilt: Vec<_> = again.iter().filter(|it| *it.1).collect();
    ensure(
        rebuilt.is_empty(),
        &format!("not all is cached: {rebuilt:?}"),
    )?;

    let source = place.fleet.join("go/main.go");
    // The builder may know what an earlier run changed: the folder's name is new in each.
    let news = format!("hello from go in {}", place.fleet.display());
    let changed = fs::read_to_string(&source)?.replace("hello from go", &news);
    fs::write(&source, changed)?;
    let again = build(place, "svcc-polyglot", &["go"])?;
    let mut copied = false;
    // In the order of the file: the number stands in the name.
    for (step, ran) in again.iter().filter(|it| it.0.starts_with("[go go_build ")) {
        copied |= step.ends_with("COPY --link --chmod=u=rwX,go=rX . ./");
        ensure(*ran == copied, &format!("{step}: that it ran is {ran}"))?;
    }
    ensure(copied, &format!("the sources are not copied: {again:?}"))
}

fn new_base(place: &Place) -> Result<(), Failed> {
    let from = |service: &str| -> Result<String, Failed> {
        let file = format!("deploy/images/{service}/Dockerfile");
        let text = fs::read_to_string(place.fleet.join(file))?;
        let last = text.lines().rfind(|it| it.starts_with("FROM "));
        Ok(last.ok_or("a Dockerfile without FROM")?.to_owned())
    };
    let before = [from("go")?, from("rust")?, from("web")?];
    let fleet = place.fleet.join("fleet.svc");
    let text = fs::read_to_string(&fleet)?;
    let news = place.fleet.display();
    let more = format!("  layer ca_certificates\n  env {{ BASE = \"{news}\" }}\n");
    fs::write(&fleet, text.replace("  layer ca_certificates\n", &more))?;
    place.compile()?;
    let after = [from("go")?, from("rust")?, from("web")?];
    ensure(
        before[0] != after[0] && before[1] != after[1],
        "the base has its old key",
    )?;
    ensure(
        before[2] == after[2],
        "what does not stand on the base changed too",
    )?;

    let again = build(place, "svcc-polyglot", &["go"])?;
    let rebuilt = |begin: &str| {
        let mut steps = again.iter().filter(|it| it.0.starts_with(begin));
        steps.any(|it| *it.1)
    };
    ensure(
        rebuilt("[go stage-1 "),
        &format!("the old base is used: {again:?}"),
    )?;
    ensure(
        !rebuilt("[go go_build "),
        &format!("the program is built again: {again:?}"),
    )?;
    let ask = ["run", "--rm", "svcc-polyglot-go", "printenv", "BASE"];
    let said = output(&place.fleet, "docker", &ask)?;
    ensure(
        said.trim() == news.to_string(),
        &format!("the image has the base's {said:?}"),
    )
}

/// What each tool says, by which one sees that it is there and works.
const SAYS: [(&str, &str); 16] = [
    ("date +%Z", "CET"),
    ("LC_ALL=de_DE.UTF-8 date --date 2026-01-07 +%A", "Mittwoch"),
    ("ls -l /etc/ssl/certs", "company.crt"),
    ("ps -p 1 -o comm=", "tini"),
    ("curl --silent http://jar:8080/", "hello from a jar"),
    ("curl --silent http://proxy:8080/", "hello from a jar"),
    ("dig +short jar", "."),
    ("ss --version", "iproute2"),
    ("psql --version", "PostgreSQL"),
    ("mariadb --version", "MariaDB"),
    ("redis-cli --version", "redis-cli"),
    ("redis-cli -h cache ping", "NOAUTH"),
    (
        r#"REDISCLI_AUTH='correct "horse" \' redis-cli -h cache ping"#,
        "PONG",
    ),
    ("php --version", "PHP 8"),
    ("/usr/local/bin/probe tcp 1 2>&1 || echo closed", "closed"),
    ("id -u", "10001"),
];

fn tools(place: &Place) -> Result<(), Failed> {
    build(place, "svcc-layers", &BUILT)?;
    while_up(place, "svcc-layers", &RUNNING, || {
        for (script, wanted) in SAYS {
            let said = inside(place, "svcc-layers", "tools", script)?;
            ensure(said.contains(wanted), &format!("{script} says {said:?}"))?;
        }
        let driver = "test -s /app/lib/mariadb-java-client.jar";
        inside(place, "svcc-layers", "jar", driver).map(drop)
    })
}
