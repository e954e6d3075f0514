//! What the tests share: the child process in a scrubbed environment, and the receivers.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use runbell_receivers::smtp::{Config, Security, Server};
use runbell_receivers::{Authority, Receiver, dingtalk, lark, webhook, wecom};

/// The top of the repository.
pub(crate) fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The lines of the log, without the prefix that each must have.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<&str> {
        let is_annotation = |line: &&str| line.starts_with("::");
        self.stdout
            .lines()
            .filter(|line| !is_annotation(line))
            .map(|line| {
                line.strip_prefix("runbell: ")
                    .unwrap_or_else(|| panic!("{line:?}"))
            })
            .collect()
    }

    /// The last line of the log.
    #[track_caller]
    pub(crate) fn verdict(&self) -> &str {
        self.lines().last().copied().unwrap_or_default()
    }
}

/// The program, in an empty environment: these tests run inside CI systems too.
pub(crate) fn runbell() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbell"));
    command.env_clear().current_dir(std::env::temp_dir());
    command
}

/// Runs it and collects what it said.
pub(crate) fn run(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// All five receivers, and how to reach them.
pub(crate) struct Receivers {
    pub(crate) dingtalk: Receiver,
    pub(crate) wecom: Receiver,
    pub(crate) lark: Receiver,
    pub(crate) webhook: Receiver,
    pub(crate) mail: Server,
    ca_file: CaFile,
}

pub(crate) const DINGTALK_TOKEN: &str = "canary-dingtalk-token-0123456789";
pub(crate) const DINGTALK_SECRET: &str = "SECcanary-dingtalk-secret";
pub(crate) const WECOM_KEY: &str = "canary-wecom-key-0123456789";
pub(crate) const LARK_TOKEN: &str = "canary-lark-token-0123456789";
pub(crate) const LARK_SECRET: &str = "canary-lark-secret";
pub(crate) const HOOK_TOKEN: &str = "canary-hook-token-0123456789";
pub(crate) const MAIL_PASSWORD: &str = "canary-mail-password";

impl Receivers {
    /// Starts them, each as strict as it can be.
    pub(crate) fn start() -> Self {
        let authority = Authority::new().unwrap();
        Self {
            dingtalk: Receiver::start(
                dingtalk::Robot::new(DINGTALK_TOKEN).secret(DINGTALK_SECRET),
                &authority,
            )
            .unwrap(),
            wecom: Receiver::start(wecom::Robot::new(WECOM_KEY), &authority).unwrap(),
            lark: Receiver::start(lark::Robot::new(LARK_TOKEN).secret(LARK_SECRET), &authority)
                .unwrap(),
            webhook: Receiver::start(
                webhook::Endpoint::new(format!("/hooks/{HOOK_TOKEN}")).expect_flow(),
                &authority,
            )
            .unwrap(),
            mail: Server::start(
                Config::new(Security::StartTls).login("ci@example.com", MAIL_PASSWORD),
                &authority,
            )
            .unwrap(),
            ca_file: CaFile::write(&authority),
        }
    }

    /// The inputs of every channel.
    pub(crate) fn inputs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("RUNBELL_CA_FILE", self.ca_file.path()),
            ("RUNBELL_DINGTALK_WEBHOOK", self.dingtalk.url()),
            ("RUNBELL_DINGTALK_SECRET", DINGTALK_SECRET.to_owned()),
            ("RUNBELL_WECOM_WEBHOOK", self.wecom.url()),
            ("RUNBELL_LARK_WEBHOOK", self.lark.url()),
            ("RUNBELL_LARK_SECRET", LARK_SECRET.to_owned()),
            ("RUNBELL_WEBHOOK_URL", self.webhook.url()),
            ("RUNBELL_EMAIL_TO", "team@example.com".to_owned()),
            ("RUNBELL_SMTP_HOST", self.mail.host().to_owned()),
            ("RUNBELL_SMTP_PORT", self.mail.port().to_string()),
            ("RUNBELL_SMTP_SECURITY", "starttls".to_owned()),
            ("RUNBELL_SMTP_USERNAME", "ci@example.com".to_owned()),
            ("RUNBELL_SMTP_PASSWORD", MAIL_PASSWORD.to_owned()),
        ]
    }

    /// The program with the inputs of every channel.
    pub(crate) fn runbell(&self) -> Command {
        let mut command = runbell();
        command.envs(self.inputs());
        command
    }

    /// The program with the WeCom robot's inputs alone.
    pub(crate) fn wecom_alone(&self) -> Command {
        let mut command = runbell();
        let inputs = self.inputs().into_iter();
        command.envs(
            inputs.filter(|(name, _)| matches!(*name, "RUNBELL_CA_FILE" | "RUNBELL_WECOM_WEBHOOK")),
        );
        command
    }

    /// Everything that the receivers noticed and the real services would have swallowed.
    pub(crate) fn violations(&self) -> Vec<String> {
        [&self.dingtalk, &self.wecom, &self.lark, &self.webhook]
            .iter()
            .flat_map(|receiver| receiver.violations())
            .chain(self.mail.violations())
            .collect()
    }
}

/// A folder of its own, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = env::temp_dir().join(unique("folder"));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A name that no other test uses.
fn unique(kind: &str) -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!(
        "runbell-test-{kind}-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The authority's certificate in a file of its own, removed at the end.
pub(crate) struct CaFile(PathBuf);

impl CaFile {
    pub(crate) fn write(authority: &Authority) -> Self {
        let path = std::env::temp_dir().join(unique("ca.pem"));
        std::fs::write(&path, authority.pem()).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// Holds generated files against what they should be. A stale one is written anew, and the test
/// fails so that the change is looked at; on CI it fails only. `then` is what to do about it.
#[track_caller]
pub(crate) fn check_current(files: impl IntoIterator<Item = (String, String)>, then: &str) {
    let mut stale = Vec::new();
    for (path, content) in files {
        let place = top().join(&path);
        let there = fs::read_to_string(&place).unwrap_or_default();
        if there.replace("\r\n", "\n") != content {
            if env::var_os("CI").is_none() {
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::write(&place, &content).unwrap();
            }
            stale.push(path);
        }
    }
    assert!(
        stale.is_empty(),
        "{} stale; `cargo test` on your machine writes them anew; {then}",
        stale.join(", ")
    );
}
