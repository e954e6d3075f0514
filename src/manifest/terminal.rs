//! What the program prints about itself: the table of inputs, and its help.

use super::{ABOUT, REPOSITORY, VERSION, all, described};
use crate::catalogue::input_groups;

/// The table of inputs for a terminal.
pub fn inputs_table() -> String {
    let groups = input_groups();
    let width = all(&groups).map(|spec| spec.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for group in &groups {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", group.title));
        for spec in &group.inputs {
            text.push_str(&format!("  {:width$}  {}\n", spec.name, described(spec)));
        }
    }
    text
}

/// What `--help` prints.
pub fn help() -> String {
    format!(
        "runbell {version}\n{ABOUT}\n\n\
         Usage:\n  \
         runbell            run the step: read inputs and CI variables, decide, send\n  \
         runbell inputs     list every input\n  \
         runbell --help     print this\n  \
         runbell --version  print the version\n\n\
         Inputs are variables: RUNBELL_<NAME>, or settings and with: of your CI.\n\n\
         Example:\n  \
         RUNBELL_LARK_WEBHOOK=https://... RUNBELL_STATUS=failure runbell\n\n\
         Exit codes:\n  \
         0   sent, or nothing to send\n  \
         1   at least one target got no message, or none in your words\n  \
         2   an input is wrong; nothing was sent\n  \
         70  a bug in runbell\n  \
         130 ended by SIGINT\n  \
         143 ended by SIGTERM\n\n\
         {REPOSITORY}\n",
        version = VERSION,
    )
}
