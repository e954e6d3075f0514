//! Message rates, counted over a sliding window of time that is passed in.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

/// At most `messages` within any stretch of `within`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) messages: usize,
    pub(crate) within: Duration,
}

/// Whether one more message may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    Open,
    TooFast,
}

/// Counts messages against rates, and stays shut for a while after the first one too many.
#[derive(Debug)]
pub(crate) struct Throttle {
    rates: &'static [Rate],
    penalty: Duration,
    passed: VecDeque<SystemTime>,
    shut_until: Option<SystemTime>,
}

impl Throttle {
    pub(crate) fn new(rates: &'static [Rate], penalty: Duration) -> Self {
        Self {
            rates,
            penalty,
            passed: VecDeque::new(),
            shut_until: None,
        }
    }

    /// A throttle that lets everything pass.
    pub(crate) fn off() -> Self {
        Self::new(&[], Duration::ZERO)
    }

    /// Asks for one message at `now`, and counts it when it passes.
    pub(crate) fn pass(&mut self, now: SystemTime) -> Passage {
        if self.shut_until.is_some_and(|until| now < until) {
            return Passage::TooFast;
        }
        self.shut_until = None;
        let age = |then: &SystemTime| now.duration_since(*then).unwrap_or(Duration::ZERO);
        let longest = self
            .rates
            .iter()
            .map(|rate| rate.within)
            .max()
            .unwrap_or(Duration::ZERO);
        self.passed.retain(|then| age(then) < longest);
        for rate in self.rates {
            if self
                .passed
                .iter()
                .filter(|then| age(then) < rate.within)
                .count()
                >= rate.messages
            {
                self.shut_until = now
                    .checked_add(self.penalty)
                    .filter(|_| !self.penalty.is_zero());
                return Passage::TooFast;
            }
        }
        if !self.rates.is_empty() {
            self.passed.push_back(now);
        }
        Passage::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: &[Rate] = &[
        Rate {
            messages: 2,
            within: Duration::from_secs(1),
        },
        Rate {
            messages: 3,
            within: Duration::from_secs(60),
        },
    ];

    /// Asks at each of those milliseconds; `true` is a pass.
    #[track_caller]
    fn check(penalty_seconds: u64, rows: &[(u64, bool)]) {
        let mut throttle = Throttle::new(RATES, Duration::from_secs(penalty_seconds));
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for (millis, passes) in rows {
            let passage = throttle.pass(start + Duration::from_millis(*millis));
            assert_eq!(passage == Passage::Open, *passes, "at {millis} ms");
        }
    }

    #[test]
    fn every_rate_counts_and_its_window_slides() {
        check(
            0,
            &[
                (0, true),
                (0, true),
                (999, false),
                (1000, true),
                (59_999, false),
                (60_000, true),
            ],
        );
    }

    #[test]
    fn a_refused_message_does_not_count() {
        check(
            0,
            &[
                (0, true),
                (0, true),
                (500, false),
                (1000, true),
                (60_000, true),
                (60_000, true),
            ],
        );
    }

    #[test]
    fn a_penalty_is_counted_from_the_first_one_too_many() {
        check(
            600,
            &[
                (0, true),
                (0, true),
                (1, false),
                (600_000, false),
                (600_001, true),
            ],
        );
    }
}
