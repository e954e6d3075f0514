//! Standard input, read to its end by a thread that nobody waits for any longer than agreed: a
//! pipe that its writer never closes must not hold the job.

use std::io::{IsTerminal, Read, stdin};
use std::thread;
use std::time::Duration;

use crate::environment::FileFault;

/// How long the writer may take to come to the end.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often it is asked about.
const PAUSE: Duration = Duration::from_millis(2);

/// Reads everything, at most `limit` bytes of it.
///
/// # Errors
/// [`FileFault::Silent`] at a terminal and when the end does not come in time,
/// [`FileFault::TooLarge`], and [`FileFault::Unreadable`].
pub(super) fn read(limit: u64) -> Result<Vec<u8>, FileFault> {
    if stdin().is_terminal() {
        return Err(FileFault::Silent);
    }
    let unreadable = |fault: std::io::Error| FileFault::Unreadable(fault.kind().to_string());
    let reader = thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        stdin()
            .lock()
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map(|_| bytes)
    });
    let reader = reader.map_err(unreadable)?;
    let mut waited = Duration::ZERO;
    while !reader.is_finished() {
        if waited > PATIENCE {
            return Err(FileFault::Silent);
        }
        thread::sleep(PAUSE);
        waited += PAUSE;
    }
    let read = reader.join().map_err(|_| FileFault::Silent)?;
    let bytes = read.map_err(unreadable)?;
    match bytes.len() as u64 > limit {
        true => Err(FileFault::TooLarge(limit)),
        false => Ok(bytes),
    }
}
