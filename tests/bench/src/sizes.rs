//! What can be counted without running anything: bytes and crates.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::program::top;

/// Bytes of a file.
pub(crate) fn bytes(path: &Path) -> Result<u64> {
    let about = fs::metadata(path).with_context(|| format!("{} is not there", path.display()))?;
    Ok(about.len())
}

/// Bytes of all files of the image: the program and the two licences, as `Dockerfile` copies them.
/// The gate holds the image against that list.
pub(crate) fn image_bytes(program: &Path) -> Result<u64> {
    let licences = ["LICENSE-MIT", "LICENSE-APACHE"];
    let mut sum = bytes(program)?;
    for licence in licences {
        sum += bytes(&top().join(licence))?;
    }
    Ok(sum)
}

/// How many crates of others are in the program.
pub(crate) fn crates() -> Result<usize> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = "tree --locked --package runbell --edges normal --prefix none --target x86_64-unknown-linux-musl";
    let output = Command::new(cargo)
        .current_dir(top())
        .args(words.split(' '))
        .output()
        .context("cargo cannot be started")?;
    ensure!(
        output.status.success(),
        "cargo tree ended with {}",
        output.status
    );
    Ok(count_crates(&String::from_utf8_lossy(&output.stdout)))
}

/// Counts name and version once, and not the product itself.
fn count_crates(tree: &str) -> usize {
    let crates: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?))
        })
        .filter(|(name, _)| *name != "runbell")
        .collect();
    crates.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_counts_once_for_each_version() {
        let tree = "runbell v0.1.0 (/x)\nurl v2.5.8\nserde v1.0.0\nurl v2.5.8 (*)\nurl v1.0.0\n";
        assert_eq!(count_crates(tree), 3);
    }
}
