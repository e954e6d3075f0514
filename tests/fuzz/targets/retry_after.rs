//! Retry-After: whatever a header says, the wait is bounded, digits mean seconds, and several
//! values mean the longest.
//!
//! Sections: the first value, the second, the response's clock, ours.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use runbell::model::retry_after::asked_wait;
use runbell::model::time::UnixMillis;
use runbell_fuzz::Sections;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let (one, two) = (sections.text(0), sections.text(1));
    let clock = |at: usize| UnixMillis(i64::try_from(sections.number(at)).unwrap_or(i64::MAX));
    let (sent, now) = (Some(clock(2)), clock(3));
    let wait = |values: &[&str]| asked_wait(values.iter().copied(), sent, now);

    let (first, second) = (wait(&[&one]), wait(&[&two]));
    assert_eq!(wait(&[&one, &two]), first.max(second), "{one:?} {two:?}");
    assert!(first.unwrap_or_default() <= DAY, "{one:?}");
    let digits = one.trim();
    if let Ok(seconds) = digits.parse::<u64>()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        assert_eq!(
            first,
            Some(Duration::from_secs(seconds).min(DAY)),
            "{one:?}"
        );
    }
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        assert_eq!(first, None, "{one:?}");
    }
});
