//! Instructions, counted by callgrind: the same whatever else the machine does.

use anyhow::{Context, Result};

use crate::program::{Program, find};

/// Whether instructions can be counted here.
pub(crate) fn is_there() -> bool {
    find("valgrind").is_some()
}

/// The fewest instructions of a number of runs. Keys and signatures are drawn anew for each
/// connection, and some take a little longer.
///
/// # Errors
/// When valgrind is not there, or a run ends badly.
pub(crate) fn instructions(program: &Program, runs: usize) -> Result<u64> {
    let valgrind = find("valgrind").context("valgrind is not there")?;
    let flags = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let counted = program.under(valgrind, &flags);
    let mut fewest: Option<u64> = None;
    for _ in 0..runs.max(1) {
        let said = counted.run()?;
        let count = collected(&said.err)
            .with_context(|| format!("callgrind counted nothing:\n{}", said.err))?;
        fewest = Some(fewest.map_or(count, |known| known.min(count)));
    }
    fewest.context("nothing ran")
}

/// Reads `==12== Collected : 9386661`.
fn collected(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("Collected :"))?;
    line.split(':').nth(1)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read() {
        let text = "==1== Events    : Ir\n==1== Collected : 9386661\n==1==\n";
        assert_eq!(collected(text), Some(9_386_661));
        assert_eq!(collected("==1== Collected : many"), None);
        assert_eq!(collected(""), None);
    }
}
