//! Wall time: each round starts every program once, in turn, so that whatever the machine does
//! besides befalls all of them alike.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::program::Program;

/// How often everything is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounds {
    /// As often as figures need that are published.
    Many,
    /// As often as it takes to see that it works.
    Few,
}

impl Rounds {
    pub(crate) const fn count(self, many: usize) -> usize {
        match self {
            Self::Many => many,
            Self::Few => 3,
        }
    }
}

/// Rounds that come first and do not count: files and pages get warm.
const WARM_UP: usize = 2;

/// The times of one program, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that `share` of all runs stayed below or at, in milliseconds.
    fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list of a few hundred"
        )]
        let place = (last as f64 * share).round() as usize;
        let time = self.0.get(place).copied().unwrap_or_default();
        time.as_secs_f64() * 1000.0
    }

    pub(crate) fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// The quarters: as many runs were faster than the first as were slower than the second.
    pub(crate) fn quartiles(&self) -> (f64, f64) {
        (self.at(0.25), self.at(0.75))
    }

    /// `4.1 ms (3.9 to 4.4)`.
    pub(crate) fn told(&self) -> String {
        let (low, high) = self.quartiles();
        format!(
            "{} ms ({} to {})",
            short(self.median()),
            short(low),
            short(high)
        )
    }
}

/// Three figures are enough.
pub(crate) fn short(number: f64) -> String {
    match number {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// How programs are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// As a pipeline starts a step: once. The machine rests before each start, so its caches hold
    /// what they hold of a program that ran some time ago, and idle processors have to wake up.
    Rested,
    /// As soon as the one before has ended, with everything at hand.
    RunAfterRun,
}

impl Start {
    const fn rest(self) -> Duration {
        match self {
            Self::Rested => Duration::from_millis(50),
            Self::RunAfterRun => Duration::ZERO,
        }
    }
}

/// What is done before each start, with the number of the program.
pub(crate) type Before<'b> = &'b dyn Fn(usize);

/// Runs all programs, in turn, `rounds` times, and gives the times of each.
///
/// # Errors
/// When one cannot be started or does not end well; a fast failure is no result.
pub(crate) fn interleaved(
    programs: &[&Program],
    rounds: usize,
    start: Start,
    before: Before<'_>,
) -> Result<Vec<Times>> {
    let mut times = vec![Vec::with_capacity(rounds); programs.len()];
    for round in 0..WARM_UP + rounds {
        for (number, (program, times)) in programs.iter().zip(&mut times).enumerate() {
            before(number);
            std::thread::sleep(start.rest());
            let mut command = program.command();
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let started = Instant::now();
            let status = command
                .status()
                .with_context(|| format!("{program:?} cannot be started"))?;
            let took = started.elapsed();
            if !status.success() {
                // Once more, to hear why.
                before(number);
                program.run()?;
            }
            ensure!(status.success(), "{program:?} ended with {status}");
            if round >= WARM_UP {
                times.push(took);
            }
        }
    }
    Ok(times.into_iter().map(Times::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_quarters_are_of_the_sorted_times() {
        let times = Times::new([9, 1, 5, 3, 7].map(Duration::from_millis).to_vec());
        assert_eq!(times.median(), 5.0);
        assert_eq!(times.quartiles(), (3.0, 7.0));
        assert_eq!(times.told(), "5.00 ms (3.00 to 7.00)");
        assert_eq!(Times::default().median(), 0.0);
    }

    #[test]
    fn numbers_have_three_figures() {
        for (number, expected) in [(1.2345, "1.23"), (12.345, "12.3"), (1234.5, "1234")] {
            assert_eq!(short(number), expected);
        }
    }
}
