//! Triggers that understand change, through the real program: the state file, forks, the log.

use std::fs;
use std::path::PathBuf;

use crate::support::{Ended, Receivers, run, runbell};

/// A state file of its own for each test, removed at the end.
struct StateFile(PathBuf);

impl StateFile {
    fn new(name: &str) -> Self {
        let name = format!("runbell-state-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        drop(fs::remove_file(&path));
        Self(path)
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

fn ring(receivers: &Receivers, state: &StateFile, status: &str, branch: &str) -> Ended {
    let webhook = receivers
        .inputs()
        .into_iter()
        .filter(|(name, _)| name.starts_with("RUNBELL_WEBHOOK") || *name == "RUNBELL_CA_FILE");
    run(runbell()
        .envs(webhook)
        .env("RUNBELL_STATE_FILE", &state.0)
        .env("RUNBELL_NOTIFY_ON", "fixed, broken")
        .env("RUNBELL_PIPELINE_NAME", "build")
        .env("RUNBELL_BRANCH", branch)
        .env("RUNBELL_ATTEMPTS", "1")
        .env("RUNBELL_STATUS", status))
}

#[test]
fn the_state_file_makes_change_words_work_anywhere() {
    let receivers = Receivers::start();
    let state = StateFile::new("change");
    for (status, branch, posted) in [
        ("failure", "main", 1),  // not known before: an alert is not lost
        ("failure", "main", 1),  // still failing
        ("canceled", "main", 1), // hides nothing
        ("success", "main", 2),  // fixed
        ("success", "main", 2),
        ("failure", "other", 3), // another branch has a state of its own
        ("skipped", "main", 3),
        ("timed_out", "main", 4), // broken
    ] {
        let ended = ring(&receivers, &state, status, branch);
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        assert_eq!(
            receivers.webhook.posted(),
            posted,
            "{status} on {branch}: {ended:#?}"
        );
    }
    assert_eq!(fs::read_to_string(&state.0).unwrap().lines().count(), 2);
}

#[test]
fn the_first_run_of_a_state_file_is_no_warning() {
    let receivers = Receivers::start();
    let state = StateFile::new("first");
    let first = ring(&receivers, &state, "failure", "main");
    assert!(!first.stdout.contains("warning"), "{first:#?}");
    assert!(
        first.stdout.contains("knows no run before this one"),
        "{first:#?}"
    );
    let second = ring(&receivers, &state, "success", "main");
    assert!(!second.stdout.contains("knows no run"), "{second:#?}");
}

#[test]
fn a_change_that_nobody_was_told_of_is_told_again() {
    let receivers = Receivers::start();
    let state = StateFile::new("again");
    assert_eq!(ring(&receivers, &state, "success", "main").code, Some(0));
    receivers
        .webhook
        .script([runbell_receivers::Fault::Status(404)]);
    assert_eq!(ring(&receivers, &state, "failure", "main").code, Some(1));
    assert_eq!(ring(&receivers, &state, "failure", "main").code, Some(0));
    assert_eq!(receivers.webhook.posted(), 1);
}

#[cfg(unix)]
#[test]
fn the_state_file_may_be_new_below_a_folder_or_behind_a_link() {
    let receivers = Receivers::start();
    let folder = StateFile::new("state-folder").0.clone();
    let deep = StateFile(folder.join("cache/state"));
    assert_eq!(ring(&receivers, &deep, "failure", "main").code, Some(0));
    assert!(deep.0.exists());
    let link = StateFile(folder.join("link"));
    std::os::unix::fs::symlink(&deep.0, &link.0).unwrap();
    assert_eq!(ring(&receivers, &link, "success", "main").code, Some(0));
    assert!(link.0.is_symlink());
    assert!(fs::read_to_string(&deep.0).unwrap().contains("success"));
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_step_that_is_off_remembers_nothing() {
    let receivers = Receivers::start();
    let state = StateFile::new("off");
    let ended = run(runbell()
        .env("RUNBELL_WEBHOOK_URL", receivers.webhook.url())
        .env("RUNBELL_STATE_FILE", &state.0)
        .env("RUNBELL_ENABLED", "false")
        .env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(!state.0.exists());
}

#[test]
fn a_missing_password_does_not_silence_the_other_channels() {
    let receivers = Receivers::start();
    let webhook = || {
        receivers
            .inputs()
            .into_iter()
            .filter(|(name, _)| name.starts_with("RUNBELL_WEBHOOK") || *name == "RUNBELL_CA_FILE")
    };
    for (policy, code, posted) in [("fail", 2, 0), ("skip", 0, 1)] {
        let ended = run(runbell()
            .envs(webhook())
            .env("RUNBELL_EMAIL_TO", "a@b.example")
            .env("RUNBELL_SMTP_HOST", "h.example")
            .env("RUNBELL_SMTP_USERNAME", "u@b.example")
            .env("RUNBELL_ON_MISSING_SECRET", policy)
            .env("RUNBELL_STATUS", "failure"));
        assert_eq!(ended.code, Some(code), "{policy}: {ended:#?}");
        assert_eq!(receivers.webhook.posted(), posted, "{policy}");
        assert!(
            ended.stdout.contains("input `smtp_password` is not set"),
            "{ended:#?}"
        );
    }
}

#[test]
fn a_file_that_is_not_ours_is_left_alone() {
    let receivers = Receivers::start();
    let state = StateFile::new("foreign");
    fs::write(&state.0, "{\"name\": \"a package\"}\n").unwrap();
    let ended = ring(&receivers, &state, "failure", "main");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(
        ended.stdout.contains("is left alone; name another file"),
        "{ended:#?}"
    );
    assert_eq!(
        fs::read_to_string(&state.0).unwrap(),
        "{\"name\": \"a package\"}\n"
    );
}

#[test]
fn a_state_file_that_cannot_be_written_is_a_warning() {
    let receivers = Receivers::start();
    let state = StateFile(PathBuf::from("/dev/null/state"));
    let ended = ring(&receivers, &state, "failure", "main");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(
        ended
            .stdout
            .contains("warning: `state_file` /dev/null/state is not written")
    );
    assert_eq!(ended.verdict(), "sent to webhook");
}

const EVENT: &str = r#"{"pull_request": {
    "head": {"repo": {"full_name": "HEAD/shop"}}, "base": {"repo": {"full_name": "acme/shop"}}
}}"#;

#[test]
fn secrets_that_a_fork_does_not_get_are_no_failure() {
    for (head, inputs, code, verdict) in [
        (
            "mallory",
            &[][..],
            0,
            "nothing to send: no secrets are there, as usual for a change request from a fork",
        ),
        ("acme", &[], 2, "nothing was sent: one input is wrong"),
        (
            "acme",
            &[("INPUT_ON_MISSING_SECRET", "skip")],
            0,
            "nothing to send: no secrets are there, and `on_missing_secret` is skip",
        ),
        // Something else is wrong too, and a typo is not excused.
        (
            "mallory",
            &[("INPUT_LANGUAGE", "fr")],
            2,
            "nothing was sent: 2 faults in the inputs",
        ),
    ] {
        let event = StateFile::new(&format!("event-{head}-{}", inputs.len()));
        fs::write(&event.0, EVENT.replace("HEAD", head)).unwrap();
        let ended = run(runbell()
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_PATH", &event.0)
            .env("INPUT_DINGTALK_WEBHOOK", "")
            .envs(inputs.iter().copied()));
        assert_eq!(ended.code, Some(code), "{head} {inputs:?}: {ended:#?}");
        assert_eq!(ended.verdict(), verdict, "{head} {inputs:?}");
    }
}

#[test]
fn verbose_tells_each_fact_with_its_source() {
    let receivers = Receivers::start();
    let ended = run(receivers
        .runbell()
        .env("PLUGIN_VERBOSE", "true")
        .env("CI", "woodpecker")
        .env("CI_PIPELINE_STATUS", "failure")
        .env("CI_COMMIT_MESSAGE", "::error::no command\nbody")
        .env("PLUGIN_BRANCH", "mine"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    for line in [
        "runbell: commit.title: ::error::no command (variable CI_COMMIT_MESSAGE)\n",
        "runbell: branch: mine (input `branch`)\n",
        "runbell: status failure (variable CI_PIPELINE_STATUS)\n",
    ] {
        assert!(ended.stdout.contains(line), "{line} in {ended:#?}");
    }
}

#[test]
fn mentions_can_be_kept_for_what_matters() {
    let receivers = Receivers::start();
    for (status, posted) in [("success", 1), ("failure", 3)] {
        let wecom = receivers
            .inputs()
            .into_iter()
            .filter(|(name, _)| name.starts_with("RUNBELL_WECOM") || *name == "RUNBELL_CA_FILE");
        let ended = run(runbell()
            .envs(wecom)
            .env("RUNBELL_WECOM_USERS", "all")
            .env("RUNBELL_MENTION_ON", "bad")
            .env("RUNBELL_STATUS", status));
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        assert_eq!(receivers.wecom.posted(), posted, "{status}");
    }
}

#[cfg(unix)]
#[test]
fn a_message_file_must_lie_in_the_checkout() {
    let receivers = Receivers::start();
    let folder = StateFile::new("folder").0.clone();
    fs::create_dir_all(folder.join("inside")).unwrap();
    fs::write(folder.join("message.md"), "from the **file**, {{status}}").unwrap();
    fs::write(folder.join("broken.md"), "{{#if status}}").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("link.md")).unwrap();
    for (path, words) in [
        ("message.md", None),
        ("inside/../message.md", None),
        ("link.md", Some("leads out of the working folder")),
        ("../../etc/passwd", Some("leads out of the working folder")),
        (
            "/proc/self/environ",
            Some("leads out of the working folder"),
        ),
        ("inside", Some("not a regular file")),
        ("missing.md", Some("there is no such file")),
        ("broken.md", Some("has no `{{/if}}`")),
    ] {
        let webhook = receivers
            .inputs()
            .into_iter()
            .filter(|(name, _)| name.starts_with("RUNBELL_LARK") || *name == "RUNBELL_CA_FILE");
        let ended = run(runbell()
            .envs(webhook)
            .current_dir(&folder)
            .env("RUNBELL_MESSAGE_FILE", path)
            .env("RUNBELL_STATUS", "failure"));
        match words {
            None => assert_eq!(ended.code, Some(0), "{path}: {ended:#?}"),
            Some(words) => {
                assert_eq!(ended.code, Some(2), "{path}: {ended:#?}");
                assert!(ended.stdout.contains(words), "{path}: {ended:#?}");
            }
        }
    }
    assert!(
        receivers.lark.received()[0]
            .request
            .text()
            .contains("from the **file**, failure")
    );
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn an_event_of_others_that_cannot_be_read_is_no_success_of_the_job_that_tells() {
    let torn = StateFile::new("torn-event");
    fs::write(&torn.0, r#"{"workflow_run": {"concl"#).unwrap();
    let empty = StateFile::new("empty-event");
    fs::write(&empty.0, "").unwrap();
    let nowhere = StateFile::new("no-event");
    let unknown =
        "status unknown (composed from GITHUB_EVENT_NAME, whose event file tells no status)";
    for (name, file, status, expected) in [
        ("workflow_run", &torn, "", unknown),
        ("workflow_run", &empty, "", unknown),
        ("workflow_run", &nowhere, "", unknown),
        ("deployment_status", &torn, "", unknown),
        ("deployment_status", &nowhere, "", unknown),
        (
            "workflow_run",
            &torn,
            "failure",
            "status failure (input `status`)",
        ),
        ("push", &torn, "", "status success (input `job_status`)"),
    ] {
        let ended = run(runbell()
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", name)
            .env("GITHUB_EVENT_PATH", &file.0)
            .env("INPUT_JOB_STATUS", "success")
            .env("INPUT_STATUS", status)
            .env("INPUT_NOTIFY_ON", "bad")
            .env("RUNBELL_VERBOSE", "true")
            .env("RUNBELL_DRY_RUN", "true")
            .env("RUNBELL_WEBHOOK_URL", "https://example.com/hook"));
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        assert!(
            ended.stdout.contains(expected),
            "{name} {status}: {ended:#?}"
        );
        let speaks = ended.stdout.contains("hook");
        assert_eq!(speaks, name != "push", "{name} {status}: {ended:#?}");
    }
}
