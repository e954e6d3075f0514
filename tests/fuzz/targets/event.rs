//! What platforms hand over as JSON: any bytes as the event file, and any text as `needs` or as
//! `events`.
//!
//! Sections: which platform, the name of the event, the event file, `needs`, `events`; and which of
//! three steps: one that tells of the run, of every event, or of those that `events` names.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use runbell::environment::Environment;
use runbell::event::{Found, find, read_tree};
use runbell::model::time::UnixMillis;
use runbell::run::{Prepared, Step, prepare};
use runbell_fuzz::Sections;

/// What tells the platforms with an event file apart.
const PLATFORMS: &[&str] = &["GITHUB_ACTIONS", "GITEA_ACTIONS", "FORGEJO_ACTIONS"];

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let run = [
        (*sections.pick(0, PLATFORMS), "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://git.example"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_WORKFLOW", "build"),
        ("GITHUB_RUN_ID", "987"),
        ("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"),
        ("GITHUB_EVENT_NAME", &sections.text(1)),
        ("GITHUB_EVENT_PATH", "event.json"),
        ("RUNBELL_NEEDS", &sections.text(3)),
        ("RUNBELL_JOB_STATUS", "success"),
        ("RUNBELL_NOTIFY_ON", "always"),
        ("RUNBELL_VERBOSE", "true"),
        (
            "RUNBELL_WECOM_WEBHOOK",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
        ),
    ];
    let file = sections.bytes(2);
    // As a step that tells of events.
    let parameters = "${mergeRequest.title} ${BUILD.TITLE} ${pipeline.name} ${link} ${issue.title}";
    let words = sections.text(4);
    let of_events = |words: &str| {
        let mut told = run.to_vec();
        told.retain(|(name, _)| !matches!(*name, "RUNBELL_NEEDS" | "GITHUB_EVENT_PATH"));
        told.extend([
            ("RUNBELL_EVENT_FILE", "event.json"),
            ("RUNBELL_MESSAGE", parameters),
            ("RUNBELL_EVENTS", words),
        ]);
        prepared(&told, file)
    };
    let prepared = match sections.number(5) % 3 {
        0 => prepared(&run, file),
        1 => {
            let is_event = read_tree(file).is_ok_and(|tree| matches!(find(&tree), Found::Event(_)));
            let prepared = of_events("*");
            // Every event is one of those that `*` selects, and `notify_on` is always.
            assert_eq!(speaks(&prepared), is_event);
            prepared
        }
        _ => of_events(&words),
    };
    match &prepared.step {
        Step::Finished(ending) => assert!(!ending.lines.is_empty()),
        // A broken event takes nothing away from what the variables say.
        Step::Ready(_) => assert!(speaks(&prepared)),
    }
});

fn prepared(variables: &[(&str, &str)], file: &[u8]) -> Prepared {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let files = BTreeMap::from([("event.json".to_owned(), file.to_vec())]);
    let environment = Environment::new(variables, files);
    prepare(&environment, UnixMillis(1_700_000_000_000), [7; 16])
}

/// Whether there is something to send.
fn speaks(prepared: &Prepared) -> bool {
    match &prepared.step {
        Step::Finished(_) => false,
        Step::Ready(ready) => {
            let drafts = ready.parcels().iter().flat_map(|it| it.drafts.iter());
            drafts.flatten().count() > 0
        }
    }
}
