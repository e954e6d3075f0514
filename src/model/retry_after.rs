//! How long a receiver asks to be left alone. Source: RFC 9110, section 10.2.3 (`Retry-After`) and
//! 5.6.7 (the three forms of a date).

use std::time::Duration;

use super::time::UnixMillis;

/// Longest wait that a receiver can ask for; a step ends long before.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest wait that these header values ask for (rule D-5).
///
/// A value is whole seconds in digits, or a date; a date counts from `sent`, the response's own
/// `Date`, so that a wrong clock here does not matter, else from `now`. What is negative, fractional
/// or no number is not heard.
pub fn asked_wait<'v>(
    values: impl IntoIterator<Item = &'v str>,
    sent: Option<UnixMillis>,
    now: UnixMillis,
) -> Option<Duration> {
    values
        .into_iter()
        .filter_map(|value| seconds(value).or_else(|| until(value, sent.unwrap_or(now))))
        .max()
        .map(|wait| wait.min(LONGEST_WAIT))
}

fn seconds(value: &str) -> Option<Duration> {
    let value = value.trim();
    let all_digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number has are a very long wait.
    all_digits.then(|| value.parse().map_or(LONGEST_WAIT, Duration::from_secs))
}

fn until(value: &str, from: UnixMillis) -> Option<Duration> {
    let value = value.trim();
    // Digits alone would be read as an instant too.
    let begins_like_a_date = value.starts_with(|c: char| c.is_ascii_alphabetic());
    begins_like_a_date
        .then(|| UnixMillis::parse_http_date(value))
        .flatten()?
        .since(from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    /// 1994-11-06 08:49:37 UTC, which is how the RFC writes its examples.
    const EXAMPLE: UnixMillis = UnixMillis(784_111_777_000);

    #[track_caller]
    fn check(values: &[&str], expected: Option<u64>) {
        let minute_before = UnixMillis(EXAMPLE.0 - 60_000);
        assert_eq!(
            asked_wait(values.iter().copied(), Some(minute_before), UnixMillis(1)),
            expected.map(Duration::from_secs),
            "{values:?}"
        );
    }

    #[test]
    fn seconds_and_all_three_dates_are_read() {
        check(&["120"], Some(120));
        check(&[" 0 "], Some(0));
        check(&["Sun, 06 Nov 1994 08:49:37 GMT"], Some(60));
        check(&["Sunday, 06-Nov-94 08:49:37 GMT"], Some(60));
        check(&["Sun Nov  6 08:49:37 1994"], Some(60));
    }

    #[test]
    fn several_values_mean_the_longest_and_no_wait_is_endless() {
        check(&["5", "junk", "7"], Some(7));
        check(&["99999999999999999999999999"], Some(24 * 60 * 60));
        check(&["Sat, 06 Nov 2094 08:49:37 GMT"], Some(24 * 60 * 60));
    }

    #[test]
    fn what_is_no_wait_is_not_heard() {
        for value in [
            "-1",
            "+5",
            "1.5",
            "5s",
            "",
            " ",
            "soon",
            "0x10",
            "1e3",
            "５",
            "Sun, 06 Nov 1994",
            // In the past.
            "Sat, 05 Nov 1994 08:49:37 GMT",
        ] {
            check(&[value], None);
        }
    }

    #[test]
    fn a_date_counts_from_our_clock_when_the_response_has_none() {
        let now = UnixMillis(EXAMPLE.0 - 5_000);
        let wait = asked_wait(["Sun, 06 Nov 1994 08:49:37 GMT"], None, now);
        assert_eq!(wait, Some(Duration::from_secs(5)));
    }

    proptest! {
        #[test]
        fn no_value_is_too_much(value in ".{0,60}", sent in any::<i64>(), now in any::<i64>()) {
            let wait = asked_wait([value.as_str()], Some(UnixMillis(sent)), UnixMillis(now));
            prop_assert!(wait.unwrap_or_default() <= LONGEST_WAIT);
        }
    }
}
