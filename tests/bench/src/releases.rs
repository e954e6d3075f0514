//! The static releases that are measured.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::program::top;

/// What is measured: the product, and the client that does the least.
#[derive(Debug)]
pub(crate) struct Releases {
    pub(crate) runbell: PathBuf,
    pub(crate) bare: PathBuf,
    /// For arm64, when this machine can build it.
    pub(crate) arm: Option<PathBuf>,
}

const TARGET: &str = "x86_64-unknown-linux-musl";

/// The name of the release for arm64.
const ARM_NAME: &str = "runbell-linux-arm64";

impl Releases {
    /// Builds them as a release is built. `RUNBELL_BIN` names a finished one of runbell, and
    /// what lies beside it under the name of the release for arm64 is measured with it.
    pub(crate) fn build() -> Result<Self> {
        let bare = bare()?;
        if let Some(path) = std::env::var_os("RUNBELL_BIN") {
            let runbell = PathBuf::from(path);
            let beside = runbell.with_file_name(ARM_NAME);
            let arm = beside.is_file().then_some(beside);
            return Ok(Self { runbell, bare, arm });
        }
        let out = top().join("target/measured");
        package(TARGET, &out)?;
        let arm = match package("aarch64-unknown-linux-musl", &out) {
            Ok(()) => Some(out.join(ARM_NAME)),
            Err(reason) => {
                println!("arm64 is left out: {reason:#}");
                None
            }
        };
        let runbell = out.join("runbell-linux-amd64");
        Ok(Self { runbell, bare, arm })
    }
}

fn package(target: &str, out: &Path) -> Result<()> {
    let status = Command::new(top().join("packaging/build"))
        .arg(target)
        .arg(out)
        .status()
        .context("packaging/build cannot be started")?;
    ensure!(
        status.success(),
        "packaging/build {target} ended with {status}"
    );
    Ok(())
}

/// Builds the client that does the least, as runbell is built.
pub(crate) fn bare() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(top())
        .env("CC_x86_64_unknown_linux_musl", "musl-gcc")
        .args(["build", "--locked", "--release", "--target", TARGET])
        .args(["--package", "runbell-bare"])
        .status()
        .context("cargo cannot be started")?;
    ensure!(status.success(), "the bare client is not built: {status}");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(top().join("target"), Into::into);
    Ok(target.join(TARGET).join("release/runbell-bare"))
}
