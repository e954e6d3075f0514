//! A program with everything it is started with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A program, its arguments and all of its variables.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Program {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            arguments: Vec::new(),
            variables: Vec::new(),
        }
    }

    pub(crate) fn arguments<T: Into<String>>(mut self, more: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(more.into_iter().map(Into::into));
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn variables<'v>(self, more: impl IntoIterator<Item = (&'v str, String)>) -> Self {
        more.into_iter()
            .fold(self, |program, (name, value)| program.variable(name, value))
    }

    /// The same, started by another program that gets this one as its last arguments.
    pub(crate) fn under(&self, path: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        let own = std::iter::once(self.path.to_string_lossy().into_owned());
        Self {
            path: path.into(),
            arguments: arguments
                .iter()
                .map(|word| (*word).to_owned())
                .chain(own)
                .chain(self.arguments.iter().cloned())
                .collect(),
            variables: self.variables.clone(),
        }
    }

    /// Ready to be started, with these variables and no others.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end, without a look at the time.
    ///
    /// # Errors
    /// When it cannot be started or ends badly; then with what it said.
    pub(crate) fn run(&self) -> Result<Said> {
        let output = self
            .command()
            .output()
            .with_context(|| format!("{} cannot be started", self.path.display()))?;
        let said = Said {
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        ensure!(
            output.status.success(),
            "{} ended with {}:\n{}{}",
            self.path.display(),
            output.status,
            said.out,
            said.err
        );
        Ok(said)
    }
}

/// What a program printed.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Where a program of this name lies in `PATH`.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The top of the repository.
pub(crate) fn top() -> &'static Path {
    // Two folders above the one of this crate's manifest.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}
