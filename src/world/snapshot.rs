//! Takes the environment of the process: its variables, and the files they name when asked.

use std::ffi::OsString;

use super::disk::Disk;
use super::signals::Stop;
use crate::environment::Environment;

/// The environment of this process. Bytes that are no UTF-8 become U+FFFD; the readers of the
/// standard library that panic on them, and print the value, are not used. `stop` ends the wait for
/// standard input.
pub fn take(stop: &Stop) -> Environment {
    let text = |bytes: OsString| {
        let read = bytes.into_string();
        read.unwrap_or_else(|bytes| bytes.to_string_lossy().into_owned())
    };
    let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
    Environment::new(variables, Disk::new(stop.clone()))
}
