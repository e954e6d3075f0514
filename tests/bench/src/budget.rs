//! The budget: bytes, crates and instructions that a release may take. They are counted, not
//! timed, so that a busy machine changes nothing.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::callgrind::instructions;
use crate::contenders;
use crate::program::top;
use crate::releases;
use crate::sizes;
use crate::stage::{Stage, step};
use crate::table::grouped;

const FILE: &str = "tests/bench/budget.txt";

/// Callgrind counts so often, and the fewest count.
const RUNS: usize = 3;

/// What is counted, as the file names it, with how to look for what grew.
const COUNTED: [(&str, &str); 5] = [
    (
        "bytes",
        "`cargo bloat --release --crates` and `git diff Cargo.lock` show what grew",
    ),
    (
        "crates",
        "`cargo tree --package runbell --edges normal` shows who asks for it",
    ),
    ("dry-run-instructions", LOOK_INSIDE),
    ("send-instructions", LOOK_INSIDE),
    ("send-permille-of-bare", LOOK_INSIDE),
];

const LOOK_INSIDE: &str = "\"Where instructions go\" in docs/performance.md shows how to look";

/// Counts everything and holds it against the file.
///
/// # Errors
/// When something is over its budget; then with the difference and how to look at it.
pub(crate) fn hold(binary: &Path) -> Result<()> {
    let text = fs::read_to_string(top().join(FILE)).context(FILE)?;
    let budget = read(&text)?;
    let stage = Stage::start()?;
    let dry = step(binary)?.variable("PLUGIN_DRY_RUN", "true");
    let send = stage.dingtalk_step(binary)?;
    let body_file = contenders::sent_by(&stage, &send)?;
    let bare = contenders::bare(&stage, &releases::bare()?, &body_file)?;
    let send = instructions(&send, RUNS)?;
    let mut over = Vec::new();
    for ((name, look), limit) in COUNTED.iter().zip(budget) {
        let counted = match *name {
            "bytes" => sizes::bytes(binary)?,
            "crates" => sizes::crates()? as u64,
            "dry-run-instructions" => instructions(&dry, RUNS)?,
            "send-instructions" => send,
            _ => send * 1000 / instructions(&bare, RUNS)?.max(1),
        };
        println!("{}", line(name, counted, limit));
        if counted > limit {
            over.push(format!(
                "{name}: {} more than the budget of {}; {look}",
                grouped(counted - limit),
                grouped(limit)
            ));
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    bail!(
        "the release takes more than {FILE} allows:\n{}\nMake it smaller, or raise the budget in a commit that says what the more is worth.",
        over.join("\n")
    )
}

#[expect(clippy::cast_precision_loss, reason = "a percentage is shown")]
fn line(name: &str, counted: u64, limit: u64) -> String {
    let share = counted as f64 / limit as f64 * 100.0;
    format!(
        "{name}: {} of {} ({share:.1} %)",
        grouped(counted),
        grouped(limit)
    )
}

/// The limits, in the order of [`COUNTED`].
fn read(text: &str) -> Result<Vec<u64>> {
    let rows: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').unwrap_or((line, "")))
        .collect();
    let limit = |name: &str| {
        let row = rows.iter().find(|(known, _)| *known == name);
        let (_, limit) = row.with_context(|| format!("{FILE} has no line `{name}`"))?;
        let limit: String = limit.chars().filter(|c| !matches!(c, ' ' | ',')).collect();
        limit
            .parse()
            .with_context(|| format!("{FILE}: `{name}` has no number behind it"))
    };
    let unknown = rows
        .iter()
        .find(|(name, _)| !COUNTED.iter().any(|(known, _)| known == name));
    if let Some((name, _)) = unknown {
        bail!("{FILE}: nothing is counted by the name `{name}`");
    }
    COUNTED.iter().map(|(name, _)| limit(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_limits_is_read() {
        let text = "# why\n\nbytes 4,500,000\nsend-instructions 3\ndry-run-instructions 2\ncrates 1\nsend-permille-of-bare 1,300\n";
        assert_eq!(read(text).unwrap(), [4_500_000, 1, 2, 3, 1300]);
    }

    #[test]
    fn a_slip_in_the_file_is_named() {
        for (text, expected) in [
            ("bytes 1\n", "no line `crates`"),
            ("bytes x\n", "`bytes` has no number"),
            ("bites 1\n", "by the name `bites`"),
        ] {
            let fault = format!("{:#}", read(text).unwrap_err());
            assert!(fault.contains(expected), "{text}: {fault}");
        }
    }

    #[test]
    fn the_present_file_is_read() {
        let text = fs::read_to_string(top().join(FILE)).unwrap();
        assert!(read(&text).unwrap().iter().all(|limit| *limit > 0));
    }
}
