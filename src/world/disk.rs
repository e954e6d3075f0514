//! The file system: reads what inputs and platforms point to, writes the state file.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::signals::{Stop, outlive_file_limits};
use super::standard_input;
use super::system_words;
use crate::environment::{FileFault, Files};
use crate::results::{ResultFile, Writing};
use crate::secret::Scrubber;
use crate::state::StateUpdate;

/// The file system.
#[derive(Debug, Default)]
pub(super) struct Disk {
    /// What ends the wait for standard input.
    stop: Stop,
}

impl Disk {
    pub(super) const fn new(stop: Stop) -> Self {
        Self { stop }
    }
}

impl Files for Disk {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault> {
        let unreadable = |fault: io::Error| match fault.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileFault::Missing,
            kind => FileFault::Unreadable(kind.to_string()),
        };
        // Looked at before it is opened: opening a pipe would wait for its other end.
        let about = fs::metadata(path).map_err(unreadable)?;
        // What the kernel shows as files may have no end, or hold the environment.
        let real = fs::canonicalize(path).map_err(unreadable)?;
        let is_kernels = ["/proc", "/sys"].iter().any(|it| real.starts_with(it));
        if !about.is_file() || is_kernels {
            return Err(FileFault::NotRegular);
        }
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if bytes.len() as u64 > limit {
            return Err(FileFault::TooLarge(limit));
        }
        Ok(bytes)
    }

    fn read_inside(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault> {
        let real = |path: &str| {
            fs::canonicalize(path).map_err(|fault| match fault.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileFault::Missing,
                kind => FileFault::Unreadable(kind.to_string()),
            })
        };
        let (file, folder) = (real(path)?, real(".")?);
        match (file.starts_with(&folder), file.to_str()) {
            (true, Some(file)) => self.read(file, limit),
            _ => Err(FileFault::Outside),
        }
    }

    fn read_standard_input(&self, limit: u64, patience: Duration) -> Result<Vec<u8>, FileFault> {
        standard_input::read(limit, patience, &self.stop)
    }
}

/// Writes the results of the step to where its platform reads them.
///
/// # Errors
/// The system's word for what went wrong.
pub fn add_result(result: &ResultFile, scrubber: &Scrubber) -> Result<(), String> {
    let content = scrubber.scrub(&result.content);
    let path = Path::new(&result.path);
    // A file of the checkout may be a link that a change request put there.
    let about = match path.is_relative() {
        true => fs::symlink_metadata(path),
        false => fs::metadata(path),
    };
    // Opening a pipe would wait for its other end.
    if about.is_ok_and(|about| !about.is_file()) {
        return Err("it is not a regular file".to_owned());
    }
    outlive_file_limits();
    let written = match result.writing {
        Writing::Replace => fs::write(path, content),
        Writing::Append => append(path, &content),
    };
    written.map_err(|fault| system_words(&fault))
}

/// Adds lines behind what stands there, whether or not its last line was ended.
fn append(path: &Path, lines: &str) -> io::Result<()> {
    let mut file = File::options()
        .create(true)
        .append(true)
        .read(true)
        .open(path)?;
    let mut last = [b'\n'];
    if file.seek(io::SeekFrom::End(-1)).is_ok() {
        file.read_exact(&mut last)?;
    }
    let gap = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{gap}{lines}").as_bytes())
}

/// Writes a state file whole or not at all: beside it first, then in its place. A link is followed
/// to the file it stands for, and folders that are missing are made.
///
/// # Errors
/// The system's word for what went wrong.
pub fn save(update: &StateUpdate) -> Result<(), String> {
    let path = fs::canonicalize(&update.path).unwrap_or_else(|_| PathBuf::from(&update.path));
    write_whole(&path, &update.content).map_err(|fault| system_words(&fault))
}

fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    outlive_file_limits();
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    // What stands there is left over, or was put there to be written through; neither may stay.
    drop(fs::remove_file(&beside));
    let written = File::create_new(&beside)
        .and_then(|mut file| {
            if let Ok(before) = fs::metadata(path) {
                file.set_permissions(before.permissions())?;
            }
            file.write_all(content.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What was written in part helps nobody; if it cannot go, it stays.
        drop(fs::remove_file(&beside));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_kernel_shows_as_files_is_none() {
        for path in ["/proc/self/environ", "/proc/version", "/sys/kernel/notes"] {
            let read = Disk::default().read(path, 1 << 20);
            let refused = matches!(read, Err(FileFault::NotRegular | FileFault::Missing));
            assert!(refused, "{path}: {read:?}");
        }
    }
}
