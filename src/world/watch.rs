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

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use super::*;

    /// Set for the process that hangs: this test again.
    const HANGS: &str = "RUNBELL_TEST_HANGS";

    /// Longest that the process hangs, should nobody end it.
    const BOUND: Duration = Duration::from_secs(20);

    #[test]
    fn a_process_that_hangs_is_ended_with_its_code() {
        if env::var_os(HANGS).is_some() {
            let begun = Instant::now();
            end_after(Duration::ZERO, 7);
            while let Some(left) = BOUND.checked_sub(begun.elapsed()) {
                thread::park_timeout(left);
            }
            return;
        }
        let name = "world::watch::tests::a_process_that_hangs_is_ended_with_its_code";
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", name])
            .env(HANGS, "1")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(7));
    }
}
