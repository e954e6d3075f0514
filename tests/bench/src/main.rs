//! `cargo measure`: what a run of runbell costs, beside what people would use instead, in the same
//! minute, on the same receivers, over real TLS.
//!
//! - `cargo measure` measures everything and prints it; `--publish` also writes the figures and
//!   plots of `docs/performance.md`; `--quick` takes few rounds, to see that it works.
//! - `cargo measure budget BINARY` holds a release against `tests/bench/budget.txt`; the gate does
//!   this. It counts, and reads no clock.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this program is for"
)]

mod apprise;
mod budget;
mod callgrind;
mod comparison;
mod contenders;
mod growth;
mod memory;
mod page;
mod plot;
mod program;
mod releases;
mod setting;
mod sizes;
mod stage;
mod table;
mod timing;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use page::Publish;
use timing::Rounds;

const HELP: &str = "\
cargo measure                what a run costs, beside what people would use instead
cargo measure --publish      the same, and writes docs/performance.md and its plots
cargo measure --quick        few rounds, to see that it works; the figures are worth little
cargo measure budget BINARY  holds a static release against tests/bench/budget.txt

RUNBELL_BIN names a finished static release; otherwise one is built. Needs valgrind, curl, openssl
and python3; what is missing is left out with a word about it.
";

fn main() -> ExitCode {
    let ended = match command() {
        Ok(Command::Help) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(Command::Measure(rounds, publish)) => measure(rounds, publish),
        Ok(Command::Budget(binary)) => budget::hold(&binary),
        Ok(Command::Peak(words)) => return memory::watch(&words),
        Err(fault) => {
            eprintln!("{fault}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("cargo measure: {fault:#}");
            ExitCode::FAILURE
        }
    }
}

enum Command {
    Help,
    Measure(Rounds, Publish),
    Budget(PathBuf),
    /// Runs a program and tells its peak memory; the benchmark starts itself so.
    Peak(Vec<String>),
}

fn command() -> Result<Command> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut rounds, mut publish) = (Rounds::Many, Publish::No);
    match words.split_first() {
        Some((first, rest)) if first == memory::WORD => return Ok(Command::Peak(rest.to_vec())),
        Some((first, [binary])) if first == "budget" => return Ok(Command::Budget(binary.into())),
        _ => {}
    }
    for word in &words {
        match word.as_str() {
            "--quick" => rounds = Rounds::Few,
            "--publish" => publish = Publish::Yes,
            "--help" | "-h" => return Ok(Command::Help),
            other => bail!("{other:?} is not known"),
        }
    }
    if (rounds, publish) == (Rounds::Few, Publish::Yes) {
        bail!("figures of few rounds are not published");
    }
    Ok(Command::Measure(rounds, publish))
}

fn measure(rounds: Rounds, publish: Publish) -> Result<()> {
    let setting = setting::Setting::read();
    println!("{}", setting.told());
    setting.check(publish)?;
    let releases = releases::Releases::build()?;
    let figures = comparison::compare(&releases, rounds)?;
    println!("\n{}", figures.goals.plain());
    println!("\n{}", figures.sends.plain());
    let growths = growth::measure(&releases.runbell, rounds)?;
    for growth in &growths {
        println!("\n{}", growth.table.plain());
    }
    // The load of the measuring itself is one; what was more is somebody else's.
    let setting = setting.ended();
    println!("\n{}", setting.told());
    match publish {
        Publish::Yes => page::write(&setting, &figures, &growths),
        Publish::No => Ok(()),
    }
}
