//! The watch over a run that hangs where no clock of its own reaches.

use std::thread;
use std::time::Duration;

/// How much longer than its deadline a run may live (rule D-6).
const LAST_SECOND: Duration = Duration::from_secs(1);

/// All that a thread which only waits needs, in bytes.
const STACK_BYTES: usize = 16 * 1024;

/// Ends the process with `code` a second after its deadline, whatever it hangs in, such as a disk
/// that does not answer.
#[expect(clippy::exit, reason = "what hangs cannot be asked to return")]
pub fn end_after(timeout: Duration, code: u8) {
    let limit = timeout.saturating_add(LAST_SECOND);
    let watch = thread::Builder::new().stack_size(STACK_BYTES);
    // Without a watch the run still ends by its own clock in every case but those.
    drop(watch.spawn(move || {
        thread::sleep(limit);
        std::process::exit(code.into());
    }));
}
