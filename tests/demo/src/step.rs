//! Builds runbell and runs it as a pipeline would: a child process with inputs in its variables.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The program under demonstration.
#[derive(Debug)]
pub(crate) struct Binary(PathBuf);

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The log.
    pub(crate) log: String,
    /// The exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
}

impl Binary {
    /// Builds runbell with the cargo that runs the demo. `RUNBELL_BIN` names a finished binary
    /// instead, to see a release or an image's at work.
    pub(crate) fn build() -> Result<Self> {
        if let Some(path) = env::var_os("RUNBELL_BIN") {
            return Ok(Self(path.into()));
        }
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--package", "runbell", "--bin", "runbell"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let status = build.status().context("cargo cannot be started")?;
        ensure!(status.success(), "cargo build failed");
        // Cargo puts all programs of the workspace into one folder.
        let here = env::current_exe().context("the demo does not know where it stands")?;
        Ok(Self(here.with_file_name(format!(
            "runbell{}",
            env::consts::EXE_SUFFIX
        ))))
    }

    /// Runs it with these variables and no others: the CI that the demo may run in must not show.
    pub(crate) fn run(
        &self,
        variables: impl Iterator<Item = (&'static str, String)>,
    ) -> Result<Ended> {
        let output = Command::new(&self.0)
            .env_clear()
            .envs(variables)
            .output()
            .with_context(|| format!("{} cannot be started", self.0.display()))?;
        let mut log = String::from_utf8_lossy(&output.stdout).into_owned();
        log.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok(Ended {
            log,
            code: output.status.code(),
        })
    }
}

impl Ended {
    /// Prints the log and the exit code.
    pub(crate) fn show(&self) {
        println!("   $ runbell");
        for line in self.log.lines() {
            println!("   {line}");
        }
        let code = self
            .code
            .map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        println!("   exit code {code}");
    }
}
