//! Takes the environment of the process: its variables, and the files they name when asked.

use super::disk::Disk;
use crate::environment::Environment;

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
