//! How cost grows with what a step is given.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::callgrind;
use crate::comparison::{ANSWER_AFTER, MOST_TARGETS};
use crate::memory::peak;
use crate::plot::{Line, Plot};
use crate::program::Program;
use crate::stage::{Stage, endpoints_step, slow_down, step};
use crate::table::{Table, grouped};
use crate::timing::{Rounds, Start, Times, interleaved};

/// One thing that grows.
pub(crate) struct Growth {
    /// The name of its file, without an ending.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) table: Table,
    pub(crate) plots: Vec<Plot>,
}

pub(crate) fn measure(binary: &Path, rounds: Rounds) -> Result<Vec<Growth>> {
    let stage = Stage::start()?;
    let mut all = vec![
        targets(&stage, binary, rounds)?,
        events(&stage, binary, rounds)?,
    ];
    if callgrind::is_there() {
        all.extend([messages(binary)?, fields(binary)?, loops(binary)?]);
    } else {
        println!("valgrind is not there, so messages, fields and templates are left out");
    }
    Ok(all)
}

fn targets(stage: &Stage, binary: &Path, rounds: Rounds) -> Result<Growth> {
    let endpoints = stage.endpoints(MOST_TARGETS)?;
    let mut table = Table::new(["targets", "answers at once", "answers after 200 ms"]);
    let (mut at_once, mut later) = (Vec::new(), Vec::new());
    for count in [1, 2, 4, 8, 16, 32] {
        let some = endpoints.get(..count).unwrap_or_default();
        let program = endpoints_step(stage, binary, some)?;
        let quick = interleaved(&[&program], rounds.count(40), Start::Rested, &|_| {})?;
        let slow = interleaved(&[&program], rounds.count(9), Start::Rested, &|_| {
            slow_down(some, ANSWER_AFTER);
        })?;
        let (quick, slow) = (first(&quick)?, first(&slow)?);
        table.row([count.to_string(), quick.told(), slow.told()]);
        at_once.push((number(count), quick.median()));
        later.push((number(count), slow.median()));
    }
    Ok(Growth {
        name: "targets",
        title: "Targets",
        table,
        plots: vec![Plot {
            title: "Time of a step by its number of targets",
            across: "targets",
            upwards: "milliseconds",
            lines: vec![
                Line::new("each answers after 200 ms", later),
                Line::new("each answers at once", at_once),
            ],
        }],
    })
}

/// A push event of about `bytes` bytes: what grows is the list of its commits.
fn push_event(bytes: usize) -> String {
    let commit = json!({
        "id": "0123456789abcdef0123456789abcdef01234567",
        "message": "Let people log in again",
        "timestamp": "2026-11-22T09:30:00Z",
        "author": {"name": "ann", "email": "ann@example.com"},
        "modified": ["src/login.rs"],
    });
    let event = |commits: &str| {
        format!(
            r#"{{"ref":"refs/heads/main","repository":{{"full_name":"acme/shop","html_url":"https://git.example.com/acme/shop"}},"sender":{{"login":"bob"}},"head_commit":{commit},"commits":[{commits}]}}"#
        )
    };
    let commit_text = commit.to_string();
    let room = bytes.saturating_sub(event("").len());
    let count = (room / (commit_text.len() + 1)).max(1);
    event(&vec![commit_text; count].join(","))
}

fn events(stage: &Stage, binary: &Path, rounds: Rounds) -> Result<Growth> {
    const KIBIBYTE: usize = 1024;
    const SIZES: [usize; 6] = [
        KIBIBYTE,
        16 * KIBIBYTE,
        256 * KIBIBYTE,
        1024 * KIBIBYTE,
        8 * 1024 * KIBIBYTE,
        // The most that is read.
        32 * 1024 * KIBIBYTE,
    ];
    let mut table = Table::new(["event file", "dry run", "peak memory"]);
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for size in SIZES {
        let text = push_event(size);
        let file = stage.folder().join("event.json");
        fs::write(&file, &text)?;
        let program = dry(binary)?.variable("PLUGIN_EVENT_FILE", file.to_string_lossy());
        let time = interleaved(&[&program], rounds.count(15), Start::Rested, &|_| {})?;
        let time = first(&time)?;
        let peak = number_of_mebibytes(peak(&program)?);
        let across = number(text.len()) / number(KIBIBYTE);
        table.row([
            format!("{} KiB", grouped(text.len().div_ceil(KIBIBYTE) as u64)),
            time.told(),
            format!("{peak:.1} MiB"),
        ]);
        times.push((across, time.median()));
        memory.push((across, peak));
    }
    Ok(Growth {
        name: "event",
        title: "Event file",
        table,
        plots: vec![
            Plot {
                title: "Time of a dry run by the size of its event file",
                across: "KiB",
                upwards: "milliseconds",
                lines: vec![Line::new("dry run", times)],
            },
            Plot {
                title: "Peak memory by the size of the event file",
                across: "KiB",
                upwards: "MiB",
                lines: vec![Line::new("dry run", memory)],
            },
        ],
    })
}

/// A step that tells what it would send to one DingTalk robot.
fn dry(binary: &Path) -> Result<Program> {
    Ok(step(binary)?
        .variable("PLUGIN_DRY_RUN", "true")
        .variable("PLUGIN_DINGTALK_WEBHOOK", DINGTALK))
}

/// Nothing is ever sent there.
const DINGTALK: &str = "https://oapi.dingtalk.com/robot/send?access_token=f552cc5023d8319aea1181f76f3adcbdc189941acf780de956fe5d1483d7a598";

fn messages(binary: &Path) -> Result<Growth> {
    // What people write, and what asks the most of a parser.
    let prose = "The **login** of `shop` is broken for [everyone](https://example.com/a). ";
    let marks = "**_`[](<>*~|#";
    let mut table = Table::new(["message", "prose", "nothing but marks"]);
    let (mut of_prose, mut of_marks) = (Vec::new(), Vec::new());
    for bytes in [100, 1000, 4096, 16 * 1024, 64 * 1024] {
        let count = |text: &str| -> Result<u64> {
            let message: String = text.chars().cycle().take(bytes).collect();
            // A variable of 64 KiB is within what the system takes.
            callgrind::instructions(&dry(binary)?.variable("PLUGIN_MESSAGE", message), 1)
        };
        let (prose, marks) = (count(prose)?, count(marks)?);
        table.row([
            format!("{} bytes", grouped(bytes as u64)),
            format!("{} instructions", grouped(prose)),
            format!("{} instructions", grouped(marks)),
        ]);
        of_prose.push((number(bytes), millions(prose)));
        of_marks.push((number(bytes), millions(marks)));
    }
    Ok(Growth {
        name: "message",
        title: "Message",
        table,
        plots: vec![Plot {
            title: "Instructions of a dry run by the length of its message",
            across: "bytes",
            upwards: "million instructions",
            lines: vec![
                Line::new("nothing but marks", of_marks),
                Line::new("prose", of_prose),
            ],
        }],
    })
}

fn fields(binary: &Path) -> Result<Growth> {
    const NAMES: [&str; 16] = [
        "project",
        "pipeline",
        "run",
        "status",
        "previous_status",
        "branch",
        "commit",
        "author",
        "actor",
        "trigger",
        "started",
        "duration",
        "time",
        "failed",
        "step",
        "description",
    ];
    let mut table = Table::new(["fields", "dry run"]);
    let mut line = Vec::new();
    for count in [0, 1, 2, 4, 8, 16] {
        let names = match NAMES.get(..count) {
            None | Some([]) => "none".to_owned(),
            Some(names) => names.join(","),
        };
        let program = dry(binary)?.variable("PLUGIN_FIELDS", names);
        let counted = callgrind::instructions(&program, 1)?;
        table.row([
            count.to_string(),
            format!("{} instructions", grouped(counted)),
        ]);
        line.push((number(count), millions(counted)));
    }
    Ok(Growth {
        name: "fields",
        title: "Fields",
        table,
        plots: vec![Plot {
            title: "Instructions of a dry run by its number of fields",
            across: "fields",
            upwards: "million instructions",
            lines: vec![Line::new("dry run", line)],
        }],
    })
}

fn loops(binary: &Path) -> Result<Growth> {
    let one = "{{#each failed.steps}}- {{this}}\n{{/each}}";
    let nested =
        "{{#each failed.steps}}- {{this}}{{#each ../failed.stages}} {{this}}{{/each}}\n{{/each}}";
    let mut table = Table::new(["items", "one loop", "a loop in a loop"]);
    let (mut of_one, mut of_nested) = (Vec::new(), Vec::new());
    for count in [1, 4, 16, 64] {
        let items: Vec<String> = (0..count).map(|item| format!("step {item}")).collect();
        let items = items.join(",");
        let count_of = |template: &str| -> Result<u64> {
            let program = dry(binary)?
                .variable("PLUGIN_MESSAGE", template)
                .variable("PLUGIN_FAILED_STEPS", items.as_str())
                .variable("PLUGIN_FAILED_STAGES", items.as_str());
            callgrind::instructions(&program, 1)
        };
        let (once, twice) = (count_of(one)?, count_of(nested)?);
        table.row([
            count.to_string(),
            format!("{} instructions", grouped(once)),
            format!("{} instructions", grouped(twice)),
        ]);
        of_one.push((number(count), millions(once)));
        of_nested.push((number(count), millions(twice)));
    }
    Ok(Growth {
        name: "templates",
        title: "Templates with loops",
        table,
        plots: vec![Plot {
            title: "Instructions of a dry run by the items of its loops",
            across: "items",
            upwards: "million instructions",
            lines: vec![
                Line::new("a loop in a loop", of_nested),
                Line::new("one loop", of_one),
            ],
        }],
    })
}

fn first(times: &[Times]) -> Result<&Times> {
    times.first().context("nothing was measured")
}

#[expect(clippy::cast_precision_loss, reason = "for a plot")]
fn number(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "for a plot")]
fn millions(count: u64) -> f64 {
    count as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "for a plot")]
fn number_of_mebibytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_about_the_size_that_was_asked_for() {
        for size in [1024, 65_536] {
            let text = push_event(size);
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
            assert!(
                (size * 8 / 10..=size).contains(&text.len()),
                "{}",
                text.len()
            );
        }
    }
}
