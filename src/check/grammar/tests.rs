//! What Docker takes as an image, a schedule, an address, a signal or a name, and what it does not.

use super::*;

#[test]
fn images_are_told_from_what_is_none() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let fine = [
        "nginx".to_owned(),
        "nginx:1.27".to_owned(),
        "docker.io/library/nginx:1.27-alpine".to_owned(),
        "127.0.0.1:5000/team/a_b__c-d---e.f:V_1".to_owned(),
        "localhost/x".to_owned(),
        format!("nginx@{digest}"),
        format!("registry.example.com/a/b:1@{digest}"),
    ];
    for it in &fine {
        assert_eq!(image_problem(it), None, "{it}");
    }
    let wrong = [
        "",
        "Nginx",
        "nginx:",
        "nginx:-1",
        "nginx:a b",
        "nginx@sha256:12",
        "a//b",
        "a/-b",
        "a___b",
        "a..b",
        "registry.example.com:port/a",
        "https://registry.example.com/a",
        "team/Nginx:1",
    ];
    for it in wrong {
        assert!(image_problem(it).is_some(), "{it}");
    }
}

#[test]
fn schedules_are_told_from_what_is_none() {
    for it in [
        "0 3 * * *",
        "*/5 0-6,12 1 jan-mar MON",
        "@daily",
        "@every 1h30m",
        "0 0 ? * 0",
    ] {
        assert_eq!(schedule_problem(it), None, "{it}");
    }
    for it in [
        "",
        "0 3 * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "5-1 * * * *",
        "*/0 * * * *",
        "@dayly",
        "* * * * noon",
    ] {
        assert!(schedule_problem(it).is_some(), "{it}");
    }
}

#[test]
fn addresses_signals_and_names_are_told_from_what_is_none() {
    assert!(is_subnet("10.20.0.0/16") && is_subnet("fd00::/64"));
    assert!(!is_subnet("10.20.0.0") && !is_subnet("10.20.0.0/33") && !is_subnet("x/8"));
    assert!(is_signal("SIGTERM") && is_signal("quit") && is_signal("9") && is_signal("SIGRTMIN+3"));
    assert!(!is_signal("SIGFOO") && !is_signal("0") && !is_signal("65"));
    assert!(is_capability("NET_ADMIN") && is_capability("cap_chown") && !is_capability("NET"));
    assert!(is_user("1000:1000") && is_user("app") && !is_user("a b") && !is_user("1000:"));
    assert!(is_host("a.b-c") && !is_host("a b") && !is_host("-a") && !is_host("a..b"));
    assert!(is_stack("shop-prod") && !is_stack("Shop") && !is_stack("shop-") && !is_stack(""));
    assert!(is_sysctl("net.core.somaxconn") && !is_sysctl("vm.swappiness"));
}
