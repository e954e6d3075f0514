//! Standard input, read to its end by a thread that nobody waits for any longer than agreed: a
//! pipe that its writer never closes must not hold the job.

use std::future::poll_fn;
use std::io::{self, IsTerminal, Read, stdin};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::signals::Stop;
use super::system_words;
use crate::environment::FileFault;

/// Reads everything, at most `limit` bytes of it, and waits for its end no longer than `patience`.
///
/// # Errors
/// [`FileFault::Silent`] at a terminal and when the end does not come in time,
/// [`FileFault::Ended`] when a signal comes first, [`FileFault::TooLarge`], and
/// [`FileFault::Unreadable`].
pub(super) fn read(limit: u64, patience: Duration, stop: &Stop) -> Result<Vec<u8>, FileFault> {
    if stdin().is_terminal() {
        return Err(FileFault::Silent);
    }
    let unreadable = |fault: io::Error| FileFault::Unreadable(system_words(&fault));
    let reading = stop.wait_for(async {
        let mut reading = pin!(timeout(patience, spawn_blocking(move || all(limit))));
        poll_fn(
            |context| match (reading.as_mut().poll(context), stop.signal()) {
                (Poll::Ready(read), _) => Poll::Ready(Some(read)),
                (Poll::Pending, Some(_)) => Poll::Ready(None),
                (Poll::Pending, None) => Poll::Pending,
            },
        )
        .await
    });
    let bytes = match reading.map_err(unreadable)? {
        Some(Ok(Ok(read))) => read.map_err(unreadable)?,
        Some(Ok(Err(_)) | Err(_)) => return Err(FileFault::Silent),
        None => return Err(FileFault::Ended),
    };
    match bytes.len() as u64 > limit {
        true => Err(FileFault::TooLarge(limit)),
        false => Ok(bytes),
    }
}

/// Everything that comes, and one byte more than `limit` at most.
fn all(limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut input = stdin().lock().take(limit.saturating_add(1));
    input.read_to_end(&mut bytes).map(|_| bytes)
}
