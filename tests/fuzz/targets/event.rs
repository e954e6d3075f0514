//! What platforms hand over as JSON: any bytes as the event file, and any text as `needs`.
//!
//! Sections: which platform, the name of the event, the event file, `needs`.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use runbell::environment::Environment;
use runbell::model::time::UnixMillis;
use runbell::run::{Step, prepare};
use runbell_fuzz::Sections;

/// What tells the platforms with an event file apart.
const PLATFORMS: &[&str] = &["GITHUB_ACTIONS", "GITEA_ACTIONS", "FORGEJO_ACTIONS"];

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let variables = [
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
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let event = BTreeMap::from([("event.json".to_owned(), sections.bytes(2).to_vec())]);
    let environment = Environment::new(variables, event);
    let prepared = prepare(&environment, UnixMillis(1_700_000_000_000), [7; 16]);
    match prepared.step {
        Step::Finished(ending) => assert!(!ending.lines.is_empty()),
        Step::Ready(ready) => {
            // A broken event takes nothing away from what the variables say.
            let drafts = ready.parcels().iter().filter_map(|it| it.drafts.as_ref());
            assert!(drafts.flatten().count() > 0);
        }
    }
});
