//! The receivers, each in its strictest mood, and the inputs that lead to them.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process;

use anyhow::{Context, Result};
use runbell_receivers::smtp::{Config, Security, Server};
use runbell_receivers::{Authority, Receiver, dingtalk, lark, webhook, wecom};

use crate::received;

/// Whether the DingTalk robot wants a keyword that no message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    /// It wants none.
    Unset,
    /// It wants one.
    Unknown,
}

/// All five receivers.
pub(crate) struct Stage {
    robots: Vec<(&'static str, &'static str, Receiver)>,
    mail: Server,
    ca_file: PathBuf,
}

const DINGTALK_SECRET: &str = "SECdemo0123456789abcdef";
const LARK_SECRET: &str = "demo-lark-secret";
const MAIL_USER: &str = "ci@example.com";
const MAIL_PASSWORD: &str = "demo-mail-password";

impl Stage {
    /// Starts them with a certificate authority of their own.
    pub(crate) fn start(keyword: Keyword) -> Result<Self> {
        let authority = Authority::new()?;
        let ca_file = env::temp_dir().join(format!("runbell-demo-{}.pem", process::id()));
        fs::write(&ca_file, authority.pem()).context("the authority's file cannot be written")?;
        let mut robot = dingtalk::Robot::new("demo-dingtalk-token").secret(DINGTALK_SECRET);
        if keyword == Keyword::Unknown {
            robot = robot.keyword("open sesame");
        }
        let endpoint =
            webhook::Endpoint::new("/hooks/demo-webhook-token").expect(webhook::Payload::Flow);
        let robots = vec![
            (
                "DingTalk",
                "RUNBELL_DINGTALK_WEBHOOK",
                Receiver::start(robot, &authority)?,
            ),
            (
                "WeCom",
                "RUNBELL_WECOM_WEBHOOK",
                Receiver::start(wecom::Robot::new("demo-wecom-key"), &authority)?,
            ),
            (
                "Lark",
                "RUNBELL_LARK_WEBHOOK",
                Receiver::start(
                    lark::Robot::new("demo-lark-token").secret(LARK_SECRET),
                    &authority,
                )?,
            ),
            (
                "Webhook",
                "RUNBELL_WEBHOOK_URL",
                Receiver::start(endpoint, &authority)?,
            ),
        ];
        let config = Config::new(Security::StartTls).login(MAIL_USER, MAIL_PASSWORD);
        let mail = Server::start(config, &authority)?;
        Ok(Self {
            robots,
            mail,
            ca_file,
        })
    }

    /// The inputs that lead to the receivers.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let addresses = self.robots.iter().map(|(_, input, it)| (*input, it.url()));
        addresses.chain([
            ("RUNBELL_DINGTALK_SECRET", DINGTALK_SECRET.to_owned()),
            ("RUNBELL_LARK_SECRET", LARK_SECRET.to_owned()),
            ("RUNBELL_EMAIL_TO", "Team <team@example.com>".to_owned()),
            ("RUNBELL_SMTP_HOST", self.mail.host().to_owned()),
            ("RUNBELL_SMTP_PORT", self.mail.port().to_string()),
            ("RUNBELL_SMTP_SECURITY", "starttls".to_owned()),
            ("RUNBELL_SMTP_USERNAME", MAIL_USER.to_owned()),
            ("RUNBELL_SMTP_PASSWORD", MAIL_PASSWORD.to_owned()),
            ("RUNBELL_CA_FILE", self.ca_file.display().to_string()),
        ])
    }

    /// How many messages each channel's readers see.
    pub(crate) fn arrived(&self) -> Vec<(&'static str, usize)> {
        let robots = self.robots.iter().map(|(name, _, it)| (*name, it.posted()));
        robots.chain([("Email", self.mail.mails().len())]).collect()
    }

    /// What the receivers noticed and the real services would have swallowed.
    pub(crate) fn violations(&self) -> Vec<String> {
        let robots = self.robots.iter().flat_map(|(_, _, it)| it.violations());
        robots.chain(self.mail.violations()).collect()
    }

    /// Prints what each receiver got and what it said.
    pub(crate) fn show_received(&self) {
        for (name, _, receiver) in &self.robots {
            for one in receiver.received() {
                received::show_request(name, &one);
            }
        }
        for mail in self.mail.mails() {
            received::show_mail(&mail);
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // A file left in the temporary folder harms nobody.
        drop(fs::remove_file(&self.ca_file));
    }
}
