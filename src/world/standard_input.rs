//! Standard input, read to its end by a thread that nobody waits for any longer than agreed: a
//! pipe that its writer never closes must not hold the job.

use std::io::{IsTerminal, Read, stdin};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::environment::FileFault;

/// How long the writer may take to come to the end.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reads everything, at most `limit` bytes of it.
///
/// # Errors
/// [`FileFault::Silent`] at a terminal and when the end does not come in time,
/// [`FileFault::TooLarge`], and [`FileFault::Unreadable`].
pub(super) fn read(limit: u64) -> Result<Vec<u8>, FileFault> {
    if stdin().is_terminal() {
        return Err(FileFault::Silent);
    }
    let (sender, receiver) = mpsc::channel();
    let reader = thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        let read = stdin()
            .lock()
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes);
        // Nobody may be waiting any more.
        drop(sender.send(read.map(|_| bytes)));
    });
    let unreadable = |fault: std::io::Error| FileFault::Unreadable(fault.kind().to_string());
    reader.map_err(unreadable)?;
    let bytes = receiver
        .recv_timeout(PATIENCE)
        .map_err(|_| FileFault::Silent)?
        .map_err(unreadable)?;
    match bytes.len() as u64 > limit {
        true => Err(FileFault::TooLarge(limit)),
        false => Ok(bytes),
    }
}
