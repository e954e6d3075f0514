//! `cargo demo`: builds runbell, starts the strict receivers on loopback, rings all five channels
//! with facts of the checkout it stands in, and shows what arrived. Then once more with a robot
//! that refuses, to show what an honest failure looks like.
//!
//! Ends with status 0 only if everything went as it should.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this program is for"
)]

mod checkout;
mod received;
mod stage;
mod step;

use std::process::ExitCode;

use anyhow::{Result, ensure};

use checkout::Checkout;
use stage::{Keyword, Stage};
use step::Binary;

fn main() -> ExitCode {
    match demo() {
        Ok(()) => {
            println!(
                "\nAll five channels were rung, and the refusal was told. The demo went well."
            );
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("\nThe demo did not go well: {fault:#}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Result<()> {
    let binary = Binary::build()?;
    let checkout = Checkout::read();
    everyone_is_told(&binary, &checkout)?;
    a_refusal_is_a_failure(&binary, &checkout)
}

fn everyone_is_told(binary: &Binary, checkout: &Checkout) -> Result<()> {
    println!("1. A failing run, five receivers on loopback over real TLS\n");
    let stage = Stage::start(Keyword::Unset)?;
    let ended = binary.run(checkout.inputs().chain(stage.inputs()))?;
    ended.show();
    stage.show_received();
    ensure!(
        ended.code == Some(0),
        "runbell ended with {:?} instead of 0",
        ended.code
    );
    for (channel, arrived) in stage.arrived() {
        ensure!(
            arrived == 1,
            "{channel} got {arrived} messages instead of 1"
        );
    }
    let violations = stage.violations();
    ensure!(
        violations.is_empty(),
        "the receivers complain: {}",
        violations.join("; ")
    );
    Ok(())
}

fn a_refusal_is_a_failure(binary: &Binary, checkout: &Checkout) -> Result<()> {
    println!("\n2. The same, but the DingTalk robot wants a keyword that the step does not know");
    println!("   (it answers HTTP 200, as the real one does; many tools call that a success)\n");
    let stage = Stage::start(Keyword::Unknown)?;
    let ended = binary.run(checkout.inputs().chain(stage.inputs()))?;
    ended.show();
    ensure!(
        ended.code == Some(1),
        "runbell ended with {:?} instead of 1",
        ended.code
    );
    ensure!(
        ended.log.contains("dingtalk_keyword"),
        "the log does not say what to do about the refusal"
    );
    for (channel, arrived) in stage.arrived() {
        let expected = usize::from(channel != "DingTalk");
        ensure!(
            arrived == expected,
            "{channel} got {arrived} messages instead of {expected}"
        );
    }
    Ok(())
}
