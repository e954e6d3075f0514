//! Where and with what was measured.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::page::Publish;
use crate::program::top;

/// The machine, the versions, and how busy it was.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    machine: String,
    versions: Vec<String>,
    load_before: f64,
    load_after: Option<f64>,
}

/// Load above which times are worth nothing: one core is busy with somebody else's work.
const BUSY: f64 = 1.0;

impl Setting {
    pub(crate) fn read() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let model = first_value("/proc/cpuinfo", "model name").unwrap_or_default();
        let kernel = text_of("/proc/sys/kernel/osrelease");
        let versions = [
            ("rustc", &["--version"][..]),
            ("valgrind", &["--version"]),
            ("curl", &["--version"]),
            ("openssl", &["version"]),
            ("python3", &["--version"]),
            ("git", &["-C", ".", "log", "-1", "--format=commit %h"]),
        ];
        Self {
            machine: format!("{model}, {cores} cores, Linux {}", kernel.trim()),
            versions: versions
                .iter()
                .filter_map(|(program, words)| first_line(program, words))
                .collect(),
            load_before: load(),
            load_after: None,
        }
    }

    /// The same, at the end.
    pub(crate) fn ended(mut self) -> Self {
        self.load_after = Some(load());
        self
    }

    /// A sentence or two.
    pub(crate) fn told(&self) -> String {
        let after = match self.load_after {
            Some(load) => format!(", {load:.2} at the end, with the measuring itself"),
            None => String::new(),
        };
        format!(
            "{}. Load {:.2} before{after}. {}.",
            self.machine,
            self.load_before,
            self.versions.join(", ")
        )
    }

    /// # Errors
    /// When figures are to be published and the machine is busy.
    pub(crate) fn check(&self, publish: Publish) -> Result<()> {
        if self.load_before < BUSY {
            return Ok(());
        }
        if publish == Publish::Yes {
            bail!(
                "the load is {:.2}; times of a busy machine are not published",
                self.load_before
            );
        }
        println!("The machine is busy, so the times below are worth nothing; the counts are.");
        Ok(())
    }
}

/// The average of the last minute.
fn load() -> f64 {
    text_of("/proc/loadavg")
        .split(' ')
        .next()
        .and_then(|word| word.parse().ok())
        .unwrap_or_default()
}

fn text_of(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn first_value(path: &str, key: &str) -> Option<String> {
    let text = text_of(path);
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn first_line(program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .current_dir(top())
        .args(words)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next()?;
    // The platform in brackets behind curl's version says nothing here.
    Some(line.split(" (").next().unwrap_or(line).to_owned())
}
