//! Instants and durations as CI systems write them and as people read them.

use std::time::Duration;

use super::message::Language;
use jiff::{Timestamp, civil::DateTime, fmt::rfc2822, tz::Offset, tz::TimeZone};

/// An instant: milliseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

/// Further forms that name an offset from UTC.
const OFFSET_FORMS: &[&str] = &[
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S %:z",
    "%a %b %e %H:%M:%S %Y %z",
];

impl UnixMillis {
    /// The latest instant taken from a CI system: the year 9999. A later one is no run's start.
    const LATEST: i64 = 253_402_300_799_999;

    /// Whole seconds since 1970, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads every form that the platforms use for a time.
    ///
    /// Ten digits are seconds, thirteen milliseconds, fourteen `yyyyMMddHHmmss`; anything else is
    /// tried as RFC 3339, then RFC 2822 (an HTTP date), then `yyyy-MM-dd-HH-mm-ss`, which is UTC,
    /// then as git (`log`, `%ci`) and `date` write a time. `None` for everything else, for instants before 1970 and for
    /// the zero with which some platforms say "not yet".
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let millis = match (all_digits, text.len()) {
            (true, 10) => text.parse::<i64>().ok()?.checked_mul(1000)?,
            (true, 13) => text.parse::<i64>().ok()?,
            (true, 14) => civil_millis("%Y%m%d%H%M%S", text)?,
            (true, _) => return None,
            (false, _) => text
                .parse::<Timestamp>()
                .ok()
                .or_else(|| rfc2822::DateTimeParser::new().parse_timestamp(text).ok())
                .map(Timestamp::as_millisecond)
                .or_else(|| civil_millis("%Y-%m-%d-%H-%M-%S", text))
                .or_else(|| civil_millis("%a %b %e %H:%M:%S UTC %Y", text))
                .or_else(|| {
                    OFFSET_FORMS.iter().find_map(|form| {
                        let at = Timestamp::strptime(form, text).ok()?;
                        Some(at.as_millisecond())
                    })
                })?,
        };
        (1..=Self::LATEST).contains(&millis).then_some(Self(millis))
    }

    /// Reads a date of an HTTP header, in any of the three forms of RFC 9110.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let forms = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
        Self::parse(text).or_else(|| {
            let millis = forms
                .iter()
                .find_map(|form| civil_millis(form, text.trim()))?;
            (1..=Self::LATEST).contains(&millis).then_some(Self(millis))
        })
    }

    /// How long it is from `start` to `self`; `None` when the clocks disagree about the order.
    pub fn since(self, start: Self) -> Option<Duration> {
        u64::try_from(self.0.checked_sub(start.0)?)
            .ok()
            .map(Duration::from_millis)
    }

    /// The instant in RFC 3339, UTC, to the second: `2026-11-22T09:30:00Z`.
    pub fn rfc3339(self) -> String {
        self.written("%Y-%m-%dT%H:%M:%SZ", &Zone::utc())
    }

    /// The instant as people read it, with the zone's offset: `2026-11-22 17:30:00 +08:00`.
    pub fn readable(self, zone: &Zone) -> String {
        self.written("%Y-%m-%d %H:%M:%S %:z", zone)
    }

    /// The instant in a form of the author's, as strftime has it.
    ///
    /// # Errors
    /// What is wrong with the form, for the template's author.
    pub fn formatted(self, form: &str, zone: &Zone) -> Result<String, String> {
        let at = Timestamp::from_millisecond(self.0).map_err(|fault| fault.to_string())?;
        jiff::fmt::strtime::format(form, &at.to_zoned(zone.rule_at(self)))
            .map_err(|fault| fault.to_string())
    }

    fn written(self, form: &str, zone: &Zone) -> String {
        self.formatted(form, zone).unwrap_or_default()
    }
}

fn civil_millis(form: &str, text: &str) -> Option<i64> {
    let civil = DateTime::strptime(form, text).ok()?;
    let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// Every zone of the IANA database: lines of a rule as POSIX writes it, the times when another
/// offset counts (`from,until,offset` in seconds), and the names. `tests/it/zones.rs` makes it, and
/// says for which years it is exact.
const ZONES: &str = include_str!("zones.txt");

/// A time zone, known by its IANA name (`Asia/Shanghai`) or `UTC`.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    rule: TimeZone,
    exceptions: Vec<Exception>,
}

/// A time when another offset counts than the rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exception {
    from_seconds: i64,
    until_seconds: i64,
    offset: Offset,
}

impl Exception {
    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split(',');
        Some(Self {
            from_seconds: numbers.next()?.parse().ok()?,
            until_seconds: numbers.next()?.parse().ok()?,
            offset: Offset::from_seconds(numbers.next()?.parse().ok()?).ok()?,
        })
    }
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rule: TimeZone::UTC,
            exceptions: Vec::new(),
        }
    }

    /// The name by which it was asked for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Looks the name up in the compiled-in zone table, in any case; `None` when there is no such
    /// zone.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        // The default, which nobody needs to look for.
        if name == "UTC" {
            return Some(Self::utc());
        }
        ZONES.lines().find_map(|line| {
            let (rule, rest) = line.split_once('\t')?;
            let (exceptions, names) = rest.split_once('\t')?;
            let mut names = names.split(' ');
            names.find(|known| known.eq_ignore_ascii_case(name))?;
            Some(Self {
                name: name.to_owned(),
                rule: TimeZone::posix(rule).ok()?,
                exceptions: exceptions.split(' ').filter_map(Exception::read).collect(),
            })
        })
    }

    /// The rule that counts at an instant.
    fn rule_at(&self, at: UnixMillis) -> TimeZone {
        let now = at.seconds();
        let exception = self
            .exceptions
            .iter()
            .find(|it| (it.from_seconds..it.until_seconds).contains(&now));
        match exception {
            Some(exception) => TimeZone::fixed(exception.offset),
            None => self.rule.clone(),
        }
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

/// A duration in the two largest units that people use: `2h 5m`, `3m 20s`, `45s`, `0.4s`.
pub fn readable_duration(duration: Duration, language: Language) -> String {
    let [day, hour, minute, second] = match language {
        Language::English => ["d", "h", "m", "s"],
        Language::Chinese => ["天", "小时", "分", "秒"],
        Language::Russian => [" д", " ч", " мин", " с"],
    };
    let gap = if language == Language::Chinese {
        ""
    } else {
        " "
    };
    let seconds = duration.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes, rest) {
        (0, 0, 0, 0) => format!("{:.1}{second}", duration.as_secs_f64()),
        (0, 0, 0, s) => format!("{s}{second}"),
        (0, 0, m, s) => format!("{m}{minute}{gap}{s}{second}"),
        (0, h, m, _) => format!("{h}{hour}{gap}{m}{minute}"),
        (d, h, _, _) => format!("{d}{day}{gap}{h}{hour}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let read = UnixMillis::parse(text).map(UnixMillis::rfc3339);
        assert_eq!(read.as_deref(), expected, "{text:?}");
    }

    #[test]
    fn every_form_of_the_platforms_is_read() {
        for text in [
            "1735026178",
            "1735026178000",
            "20241224074258",
            "2024-12-24T07:42:58Z",
            "2024-12-24T15:42:58+08:00",
            "Tue, 24 Dec 2024 07:42:58 GMT",
            "2024-12-24-07-42-58",
            "2024-12-24 07:42:58 +00:00",
            "2024-12-24 15:42:58 +08:00",
            "2024-12-24 15:42:58 +0800",
            "2024-12-24T15:42:58+0800",
            "2024-12-24 07:42:58Z",
            "Tue Dec 24 15:42:58 2024 +0800",
            "Tue Dec 24 07:42:58 UTC 2024",
            " 1735026178 ",
        ] {
            check(text, Some("2024-12-24T07:42:58Z"));
        }
    }

    #[test]
    fn what_is_no_time_is_absent() {
        for text in [
            "",
            "0",
            "0000000000",
            "12",
            "soon",
            "2024-12-24 07:42:58",
            "2024-12-24",
            "Tue Dec 24 07:42:58 CET 2024",
            "-1735026178",
            "99999999999999",
            "1735026178.5",
            "１７３５０２６１７８",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn times_are_written_in_the_zone_that_was_asked_for() {
        let at = UnixMillis::parse("2024-12-24T07:42:58Z").unwrap();
        let zone = Zone::named("Asia/Shanghai").unwrap();
        assert_eq!(at.readable(&zone), "2024-12-24 15:42:58 +08:00");
        assert_eq!(at.readable(&Zone::utc()), "2024-12-24 07:42:58 +00:00");
        assert_eq!(Zone::named("Mars/Olympus"), None);
    }

    #[test]
    fn a_start_in_the_future_gives_no_duration() {
        assert_eq!(UnixMillis(5).since(UnixMillis(6)), None);
        assert_eq!(
            UnixMillis(6000).since(UnixMillis(5000)),
            Some(Duration::from_secs(1))
        );
    }

    #[test]
    fn durations_name_two_units() {
        for (seconds, expected) in [
            (0.42, "0.4s"),
            (45.9, "45s"),
            (200.0, "3m 20s"),
            (7500.0, "2h 5m"),
            (93_600.0, "1d 2h"),
        ] {
            let duration = Duration::from_secs_f64(seconds);
            assert_eq!(readable_duration(duration, Language::English), expected);
        }
        let duration = Duration::from_secs(200);
        assert_eq!(readable_duration(duration, Language::Chinese), "3分20秒");
        assert_eq!(readable_duration(duration, Language::Russian), "3 мин 20 с");
    }
}
