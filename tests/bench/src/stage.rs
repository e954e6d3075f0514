//! The receivers, the message and the step that everybody is measured with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use runbell_receivers::smtp::{self, Config, Misbehaviour, Security, Server};
use runbell_receivers::{Authority, Fault, Receiver, dingtalk, lark, webhook, wecom};

use crate::program::{Program, top};

// Such as vendors make them. What a commit's number holds would be taken out of every message.
const DINGTALK_TOKEN: &str = "f552cc5023d8319aea1181f76f3adcbdc189941acf780de956fe5d1483d7a598";
const DINGTALK_SECRET: &str = "SECac5d960c71f2731a0ce76f67ca8980aab6ae4bc13d2a43a6ada270691286d33c";
const WECOM_KEY: &str = "d6909d45-85e4-4b7f-8b97-acc97187c257";
const LARK_TOKEN: &str = "354d2c36-6eb5-400f-b4ea-9117e51cd4d8";
const LARK_SECRET: &str = "cctMFyW8DgKacn26cDBbyY";
const WEBHOOK_PATH: &str = "/hooks/7cd1c32b3c4cb5abf9f9e251";
const MAIL_USER: &str = "ci@example.com";
const MAIL_PASSWORD: &str = "7piEcz80x5uWHqm1xHgKk7gw";

/// Everything that listens, and a folder for files.
pub(crate) struct Stage {
    authority: Authority,
    pub(crate) dingtalk: Receiver,
    /// The same without a secret.
    pub(crate) unsigned: Receiver,
    folder: PathBuf,
}

/// The other four receivers of a step with five channels.
pub(crate) struct Others {
    wecom: Receiver,
    lark: Receiver,
    webhook: Receiver,
    mail: Server,
}

impl Stage {
    pub(crate) fn start() -> Result<Self> {
        let authority = Authority::new()?;
        let folder = std::env::temp_dir().join(format!("runbell-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).context("no folder for files can be made")?;
        fs::write(folder.join("ca.pem"), authority.pem())?;
        // The real robot's limit of twenty a minute would be all that is measured.
        let robot = || dingtalk::Robot::new(DINGTALK_TOKEN).rate_limit_off();
        Ok(Self {
            dingtalk: Receiver::start(robot().secret(DINGTALK_SECRET), &authority)?,
            unsigned: Receiver::start(robot(), &authority)?,
            authority,
            folder,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn ca_file(&self) -> String {
        self.folder.join("ca.pem").to_string_lossy().into_owned()
    }

    pub(crate) const fn dingtalk_secret(&self) -> &'static str {
        DINGTALK_SECRET
    }

    /// The step that sends one signed Markdown message to DingTalk, with the variables of a failed
    /// run on Woodpecker.
    pub(crate) fn dingtalk_step(&self, binary: &Path) -> Result<Program> {
        Ok(step(binary)?
            .variable("PLUGIN_CA_FILE", self.ca_file())
            .variable("PLUGIN_DINGTALK_WEBHOOK", self.dingtalk.url())
            .variable("PLUGIN_DINGTALK_SECRET", DINGTALK_SECRET))
    }

    /// Lets the signed robot wait before its next answer.
    pub(crate) fn answer_late(&self, by: Duration) {
        self.dingtalk.script([Fault::Delay(by)]);
    }

    pub(crate) fn others(&self) -> Result<Others> {
        let config = Config::new(Security::StartTls).login(MAIL_USER, MAIL_PASSWORD);
        Ok(Others {
            wecom: Receiver::start(
                wecom::Robot::new(WECOM_KEY).rate_limit_off(),
                &self.authority,
            )?,
            lark: Receiver::start(
                lark::Robot::new(LARK_TOKEN)
                    .secret(LARK_SECRET)
                    .rate_limit_off(),
                &self.authority,
            )?,
            webhook: Receiver::start(webhook::Endpoint::new(WEBHOOK_PATH), &self.authority)?,
            mail: Server::start(config, &self.authority)?,
        })
    }

    /// Endpoints of machines of their own.
    pub(crate) fn endpoints(&self, count: usize) -> Result<Vec<Receiver>> {
        (0..count)
            .map(|number| {
                let endpoint = webhook::Endpoint::new(format!("{WEBHOOK_PATH}{number}"));
                Ok(Receiver::start(endpoint, &self.authority)?)
            })
            .collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Files that stay in the temporary folder harm nobody.
        drop(fs::remove_dir_all(&self.folder));
    }
}

impl Others {
    /// Lets each wait before its next answer to a message.
    pub(crate) fn answer_late(&self, by: Duration) {
        for receiver in [&self.wecom, &self.lark, &self.webhook] {
            receiver.script([Fault::Delay(by)]);
        }
        self.mail
            .script([(smtp::Stage::Message, Misbehaviour::Delay(by))]);
    }

    /// Adds the four channels to a step.
    pub(crate) fn with(&self, step: Program) -> Program {
        step.variables([
            ("PLUGIN_WECOM_WEBHOOK", self.wecom.url()),
            ("PLUGIN_LARK_WEBHOOK", self.lark.url()),
            ("PLUGIN_LARK_SECRET", LARK_SECRET.to_owned()),
            ("PLUGIN_WEBHOOK_URL", self.webhook.url()),
            ("PLUGIN_EMAIL_TO", "team@example.com".to_owned()),
            ("PLUGIN_SMTP_HOST", self.mail.host().to_owned()),
            ("PLUGIN_SMTP_PORT", self.mail.port().to_string()),
            ("PLUGIN_SMTP_SECURITY", "starttls".to_owned()),
            ("PLUGIN_SMTP_USERNAME", MAIL_USER.to_owned()),
            ("PLUGIN_SMTP_PASSWORD", MAIL_PASSWORD.to_owned()),
        ])
    }
}

/// A step that tells several endpoints.
pub(crate) fn endpoints_step(stage: &Stage, binary: &Path, to: &[Receiver]) -> Result<Program> {
    let addresses: Vec<String> = to.iter().map(Receiver::url).collect();
    Ok(step(binary)?
        .variable("PLUGIN_CA_FILE", stage.ca_file())
        .variable("PLUGIN_WEBHOOK_URL", addresses.join("\n")))
}

/// Lets each endpoint wait before its next answer.
pub(crate) fn slow_down(endpoints: &[Receiver], by: Duration) {
    for endpoint in endpoints {
        endpoint.script([Fault::Delay(by)]);
    }
}

/// The program with the recorded variables of a failed run on Woodpecker and nothing else.
pub(crate) fn step(binary: &Path) -> Result<Program> {
    let path = top().join("tests/platforms/woodpecker-push-failing.env");
    let text =
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let variables: BTreeMap<&str, String> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    Ok(Program::new(binary).variables(variables))
}
