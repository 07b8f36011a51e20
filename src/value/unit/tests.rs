//! Durations, sizes and shares read what they print, and docker gets sizes in units that it knows.

use super::*;

#[test]
fn duration_reads_its_own_print() {
    for millis in [0, 1, 500, 1000, 90_000, 3_600_000, 86_400_000, 90_061_001] {
        let it = Duration { millis };
        assert_eq!(Duration::parse(&it.to_string()), Some(it), "{it}");
    }
}

#[test]
fn duration_wants_units_in_order() {
    assert_eq!(Duration::parse("1m30s"), Some(Duration { millis: 90_000 }));
    assert_eq!(Duration::parse("30s1m"), None);
    assert_eq!(Duration::parse("1s1s"), None);
    assert_eq!(Duration::parse("10"), None);
}

#[test]
fn size_reads_its_own_print() {
    for bytes in [0, 1, 1000, 1024, 1_500_000, 512 << 20, 3 << 40] {
        let it = Size { bytes };
        assert_eq!(Size::parse(&it.to_string()), Some(it), "{it}");
    }
}

#[test]
fn size_for_docker_is_binary() {
    assert_eq!(Size::mebibytes(512).docker(), "512M");
    assert_eq!(
        Size {
            bytes: 2_000_000_000
        }
        .docker(),
        "1953125K"
    );
    assert_eq!(Size { bytes: 1001 }.docker(), "1001");
}

#[test]
fn share_reads_its_own_print() {
    for basis_points in [0, 1, 50, 2500, 10_000] {
        let it = Share { basis_points };
        assert_eq!(Share::parse(&it.to_string()), Some(it), "{it}");
    }
}
