//! Peak memory of a program: the most that was resident at any time, as the system counts it.
//!
//! A child begins its count with what its parent had, so the parent must be smaller than what it
//! measures: the benchmark starts itself anew for it, and holds nothing then.

use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use wait4::Wait4;

use crate::program::Program;

/// The word by which the benchmark starts itself to measure.
pub(crate) const WORD: &str = "peak-of";

/// The most bytes that were resident.
pub(crate) fn peak(program: &Program) -> Result<u64> {
    let own = std::env::current_exe().context("the benchmark does not know where it lies")?;
    let said = program.under(own, &[WORD]).run()?;
    said.err
        .lines()
        .last()
        .and_then(|line| line.parse().ok())
        .with_context(|| format!("no figure came of {program:?}: {}", said.err))
}

/// Runs a program and prints the most bytes that it had, as the last line of standard error.
pub(crate) fn watch(words: &[String]) -> ExitCode {
    let Some((path, arguments)) = words.split_first() else {
        return ExitCode::from(2);
    };
    let mut command = Command::new(path);
    command.args(arguments).stdout(Stdio::null());
    match command.spawn().and_then(Wait4::wait4) {
        Ok(used) if used.status.success() => {
            eprintln!("{}", used.rusage.maxrss);
            ExitCode::SUCCESS
        }
        Ok(used) => {
            eprintln!("{path} ended with {}", used.status);
            ExitCode::FAILURE
        }
        Err(fault) => {
            eprintln!("{path}: {fault}");
            ExitCode::FAILURE
        }
    }
}
