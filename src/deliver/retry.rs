//! Whether another attempt can help, and when. Pure: verdicts and a random number in, a pause out.

use std::time::Duration;

use crate::model::exchange::{Class, Next, Verdict};

/// How often to try.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    /// Most attempts.
    pub(super) attempts: u32,
    /// What silence is worth.
    pub(super) ambiguous: Ambiguous,
}

/// What to do when a message may have arrived unconfirmed (rule D-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ambiguous {
    /// One further attempt for a target.
    Once,
    /// None: at most one copy arrives. A server error is then final too; what the receiver surely
    /// did not take comes here as [`Class::Safe`].
    Never,
}

/// What the attempts so far came to.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    attempts: u32,
    ambiguous: u32,
    /// Silences that the parts before this one met.
    ambiguous_before: u32,
}

impl History {
    /// The history of the next part: it begins anew, but for the one silence that a target may
    /// cost (rule D-7).
    pub(super) const fn of_next_part(&self) -> Self {
        Self {
            attempts: 0,
            ambiguous: 0,
            ambiguous_before: self.ambiguous_before + self.ambiguous,
        }
    }

    /// Adds an attempt.
    pub(super) fn add(&mut self, class: Class) {
        self.attempts += 1;
        if class == Class::Ambiguous {
            self.ambiguous += 1;
        }
    }

    /// The verdict that ended it all, which must not hide that an earlier attempt may have arrived.
    pub(super) fn remembered_in(&self, verdict: Verdict) -> Verdict {
        let hides = self.ambiguous > 0
            && !matches!(
                verdict.class,
                Class::Accepted | Class::Partial | Class::Ambiguous
            );
        match hides {
            false => verdict,
            true => verdict.behind(
                "an earlier attempt may have arrived, then",
                "先前的一次尝试可能已送达，随后",
            ),
        }
    }

    /// Attempts made.
    pub(super) const fn attempts(&self) -> u32 {
        self.attempts
    }
}

/// Shortest pause before another attempt (rule D-5).
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// Longest pause that the schedule alone makes.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// An attempt needs at least this long after the pause, or it is not begun.
const ROOM_FOR_AN_ATTEMPT: Duration = Duration::from_secs(1);

/// What follows the latest attempt, given how much time the target has left.
pub(super) fn next(
    verdict: &Verdict,
    history: &History,
    policy: &Policy,
    remaining: Duration,
    random: [u8; 16],
) -> Next {
    let may_help = match verdict.class {
        Class::Accepted | Class::Partial | Class::Unconfirmed | Class::Permanent => false,
        Class::Safe | Class::Limited => true,
        Class::Transient => policy.ambiguous == Ambiguous::Once,
        Class::Ambiguous => {
            policy.ambiguous == Ambiguous::Once && history.ambiguous + history.ambiguous_before <= 1
        }
    };
    if !may_help {
        return Next::Done;
    }
    if history.attempts >= policy.attempts {
        return Next::GiveUp(match policy.attempts {
            1 => "`attempts` is 1".to_owned(),
            attempts => format!("all {attempts} attempts are used up"),
        });
    }
    let pause = pause(verdict, history.attempts, random);
    if pause.saturating_add(ROOM_FOR_AN_ATTEMPT) > remaining {
        return Next::GiveUp(format!(
            "the next attempt could come in {:.0} s, and {:.0} s are left",
            pause.as_secs_f64().ceil(),
            remaining.as_secs_f64().floor()
        ));
    }
    Next::Again(pause)
}

/// Full jitter between a floor and a bound that doubles, raised to what the receiver asked for.
fn pause(verdict: &Verdict, attempts: u32, random: [u8; 16]) -> Duration {
    let [a, b, c, d, e, f, g, h, ..] = random;
    let first = f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX);
    let second = f64::from(u32::from_be_bytes([e, f, g, h])) / f64::from(u32::MAX);
    let doubled = Duration::from_secs(1 << attempts.saturating_sub(1).min(3));
    let bound = doubled.min(LONGEST_PAUSE).max(SHORTEST_PAUSE);
    let jittered = SHORTEST_PAUSE + (bound - SHORTEST_PAUSE).mul_f64(first);
    // Whoever is too fast is so together with others, who all heard the same: they are spread out.
    if verdict.wait.is_zero() && verdict.class != Class::Limited {
        return jittered;
    }
    let jitter = Duration::from_secs(1).mul_f64(second);
    jittered.max(verdict.wait).saturating_add(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONCE: Policy = Policy {
        attempts: 4,
        ambiguous: Ambiguous::Once,
    };
    const NEVER: Policy = Policy {
        attempts: 4,
        ambiguous: Ambiguous::Never,
    };

    fn after(class: Class, times: u32, policy: &Policy, remaining: u64) -> Next {
        let mut history = History::default();
        for _ in 0..times {
            history.add(class);
        }
        let verdict = Verdict::new(class, "", ["", ""]);
        next(
            &verdict,
            &history,
            policy,
            Duration::from_secs(remaining),
            [255; 16],
        )
    }

    #[test]
    fn each_class_is_tried_as_often_as_it_may() {
        for (class, once, never) in [
            (Class::Accepted, 1, 1),
            (Class::Partial, 1, 1),
            (Class::Safe, 4, 4),
            (Class::Transient, 4, 1),
            (Class::Limited, 4, 4),
            (Class::Ambiguous, 2, 1),
            (Class::Unconfirmed, 1, 1),
            (Class::Permanent, 1, 1),
        ] {
            for (policy, expected) in [(&ONCE, once), (&NEVER, never)] {
                let attempts = (1..10)
                    .find(|times| !matches!(after(class, *times, policy, 600), Next::Again(_)))
                    .unwrap();
                assert_eq!(attempts, expected, "{class:?} {policy:?}");
            }
        }
    }

    #[test]
    fn pauses_double_up_to_their_bound_and_never_fall_below_the_floor() {
        let verdict = Verdict::new(Class::Transient, "", ["", ""]);
        for (attempts, longest) in [(1, 1), (2, 2), (3, 4), (4, 8), (9, 8)] {
            assert_eq!(
                pause(&verdict, attempts, [255; 16]),
                Duration::from_secs(longest)
            );
            assert_eq!(pause(&verdict, attempts, [0; 16]), SHORTEST_PAUSE);
        }
    }

    #[test]
    fn a_hint_raises_the_pause_and_never_lowers_it() {
        let hinted = |seconds| {
            Verdict::new(Class::Limited, "", ["", ""])
                .waiting_at_least(Duration::from_secs(seconds))
        };
        assert_eq!(pause(&hinted(60), 1, [0; 16]), Duration::from_secs(60));
        assert_eq!(pause(&hinted(60), 1, [255; 16]), Duration::from_secs(61));
        assert_eq!(pause(&hinted(1), 4, [255; 16]), Duration::from_secs(9));
    }

    #[test]
    fn too_fast_is_spread_out_even_without_a_hint() {
        let verdict = Verdict::new(Class::Limited, "", ["", ""]);
        assert_eq!(pause(&verdict, 1, [0; 16]), SHORTEST_PAUSE);
        assert_eq!(pause(&verdict, 1, [255; 16]), Duration::from_secs(2));
    }

    #[test]
    fn a_hint_without_measure_is_survived() {
        let verdict = Verdict::new(Class::Limited, "", ["", ""]).waiting_at_least(Duration::MAX);
        let mut history = History::default();
        history.add(Class::Limited);
        let next = next(
            &verdict,
            &history,
            &ONCE,
            Duration::from_secs(60),
            [255; 16],
        );
        assert!(matches!(next, Next::GiveUp(_)), "{next:?}");
    }

    #[test]
    fn a_pause_that_does_not_fit_is_given_up_with_the_figures() {
        assert!(matches!(after(Class::Safe, 1, &ONCE, 2), Next::Again(_)));
        assert_eq!(
            after(Class::Safe, 1, &ONCE, 1),
            Next::GiveUp("the next attempt could come in 1 s, and 1 s are left".to_owned())
        );
    }
}
