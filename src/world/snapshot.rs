//! Takes the environment of the process: its variables, and the files they name when asked.

use std::fs::File;
use std::io::{self, Read};

use crate::environment::{Environment, FileFault, Files};

/// The environment of this process. Bytes that are no UTF-8 become U+FFFD; the readers of the
/// standard library that panic on them, and print the value, are not used.
pub fn take() -> Environment {
    let variables = std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    });
    Environment::new(variables, Disk)
}

/// The file system.
#[derive(Debug)]
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault> {
        let unreadable = |fault: io::Error| match fault.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileFault::Missing,
            kind => FileFault::Unreadable(kind.to_string()),
        };
        // Looked at before it is opened: opening a pipe would wait for its other end.
        let about = std::fs::metadata(path).map_err(unreadable)?;
        if !about.is_file() {
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
}
