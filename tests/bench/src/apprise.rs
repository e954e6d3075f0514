//! apprise from PyPI, the notifier that most people know, with its own DingTalk plugin.
//!
//! It sends to a robot without a secret: this version percent-encodes its signature twice, the
//! strict robot refuses that as DingTalk's pages have it, and what is refused is not compared.

use std::fs;

use anyhow::{Context, Result};

use crate::program::{Program, find};
use crate::stage::Stage;

/// The version that is compared with.
const VERSION: &str = "2.2.0";

/// Sends one Markdown message. The plugin's address is a constant of its class, and this
/// points it to the receiver; everything else is as apprise's own command does it.
const SCRIPT: &str = r"
import os, sys
import apprise
from apprise.plugins.dingtalk import NotifyDingTalk
NotifyDingTalk.notify_url = os.environ['ADDRESS']
step = apprise.Apprise()
step.add('dingtalk://' + os.environ['TOKEN'] + '/?format=markdown')
said = step.notify(title='Failed: build #42', body='**Branch**: feature/login')
sys.exit(0 if said else 1)
";

/// Installs it into a folder that is gone afterwards.
///
/// # Errors
/// When there is no Python, or no PyPI.
pub(crate) fn install(stage: &Stage) -> Result<Program> {
    let python = find("python3").context("python3 is not there")?;
    let folder = stage.folder().join("python");
    let folder = folder.to_string_lossy();
    let surroundings = || std::env::vars().collect::<Vec<_>>();
    let with_all = |program: Program| {
        surroundings()
            .iter()
            .fold(program, |program, (name, value)| {
                program.variable(name, value)
            })
    };
    with_all(Program::new(python).arguments(["-m", "venv", &folder]))
        .run()
        .context("no venv can be made")?;
    let pip = format!("{folder}/bin/pip");
    let package = format!("apprise=={VERSION}");
    let words = [
        "install",
        "--quiet",
        "--disable-pip-version-check",
        &package,
    ];
    with_all(Program::new(pip).arguments(words))
        .run()
        .context("PyPI does not give it")?;
    let script = format!("{folder}/send.py");
    fs::write(&script, SCRIPT)?;
    let (origin, path) = (stage.unsigned.origin(), stage.unsigned.url());
    let path = path.strip_prefix(&origin).unwrap_or_default();
    let (path, token) = path
        .split_once("access_token=")
        .context("the robot's address has no token")?;
    Ok(Program::new(format!("{folder}/bin/python"))
        .arguments([script])
        .variable("ADDRESS", format!("{origin}{path}access_token={{token}}"))
        .variable("TOKEN", token)
        .variable("REQUESTS_CA_BUNDLE", stage.ca_file())
        .variable("HOME", folder.into_owned()))
}
