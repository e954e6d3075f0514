//! The results of a step, in the form that its platform takes: outputs for later steps, a summary
//! for people, an annotation beside the run. Where a platform has no way to take them, nothing.

use crate::environment::Environment;
use crate::model::message::MessageId;
use crate::model::text::head_bytes;
use crate::platform::Results;
use crate::report::{Exit, Got, Settled, Tally, Words};

/// A file that a platform reads results from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFile {
    /// Where it is.
    pub path: String,
    /// What is added to it, or what it holds.
    pub content: String,
    /// Whether others write to it too.
    pub writing: Writing,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// Behind what stands there.
    Append,
    /// In the place of what stands there.
    Replace,
}

/// Largest summary, in bytes (rule I-15).
const SUMMARY_LIMIT_BYTES: usize = 64 * 1024;

/// The files to write. Names and values are of a fixed alphabet (rule I-14), so nothing in them can
/// begin a line of its own.
pub fn files(
    results: Results,
    environment: &Environment,
    tally: &Tally,
    id: &MessageId,
) -> Vec<ResultFile> {
    let append = |path: &str, content: String| ResultFile {
        path: path.to_owned(),
        content,
        writing: Writing::Append,
    };
    let named = |variable| environment.value(variable);
    match results {
        Results::Nowhere => Vec::new(),
        Results::GitHub => {
            let outputs = named("GITHUB_OUTPUT").map(|path| append(path, lines("", tally, id)));
            let summary = named("GITHUB_STEP_SUMMARY").map(|path| append(path, summary(tally)));
            outputs.into_iter().chain(summary).collect()
        }
        Results::EnvFile(variable) => named(variable)
            .map(|path| append(path, lines("", tally, id)))
            .into_iter()
            .collect(),
        // These become variables of the whole pipeline, so they say whose they are; behind `RUNBELL_`
        // alone the next step would read `status` as its input.
        Results::GiteeParams => vec![append("GITEE_PARAMS", lines("OUTPUT_RUNBELL_", tally, id))],
        Results::CodeArts => named("RESULT_MSG_PATH")
            .zip(named("STEP_ID"))
            .filter(|(_, step)| {
                step.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            })
            .map(|(folder, step)| ResultFile {
                path: format!("{folder}/{step}_result.json"),
                content: json(tally, id),
                writing: Writing::Replace,
            })
            .into_iter()
            .collect(),
    }
}

/// Name and value of every output.
fn outputs(tally: &Tally, id: &MessageId) -> [(&'static str, String); 4] {
    [
        ("status", tally.word().to_owned()),
        ("sent", tally.sent.to_string()),
        ("failed", tally.failed.to_string()),
        ("message_id", id.as_str().to_owned()),
    ]
}

fn lines(prefix: &str, tally: &Tally, id: &MessageId) -> String {
    let name = |name: &str| match prefix {
        "" => name.to_owned(),
        prefix => format!("{prefix}{}", name.to_uppercase()),
    };
    outputs(tally, id)
        .iter()
        .map(|(output, value)| format!("{}={value}\n", name(output)))
        .collect()
}

fn json(tally: &Tally, id: &MessageId) -> String {
    let outputs = outputs(tally, id).map(|(name, value)| (name.to_owned(), value.into()));
    serde_json::Value::Object(outputs.into_iter().collect()).to_string()
}

/// Text as entities, in which GitHub's Markdown finds no markup, no address and nobody's name.
fn as_entities(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii_punctuation() => written.push_str(&format!("&#{};", u32::from(c))),
            c if c.is_control() => written.push(' '),
            c => written.push(c),
        }
    }
    written
}

/// A table of all targets. Text from outside stands there as entities, so it is only text.
fn summary(tally: &Tally) -> String {
    let rows: String = tally
        .rows
        .iter()
        .map(|row| format!("| {} | {} |\n", row.target, as_entities(&row.text)))
        .collect();
    let table = match rows.is_empty() {
        true => String::new(),
        false => format!("\n| target | result |\n|---|---|\n{rows}"),
    };
    let text = format!("**runbell**: {}\n{table}\n", as_entities(&tally.verdict));
    head_bytes(&text, SUMMARY_LIMIT_BYTES).to_owned()
}

/// The line that makes the platform show a failure beside the run. It must begin a line of the log
/// by itself, so it holds only what this program wrote.
pub fn annotation(results: Results, tally: &Tally, exit: Exit) -> Option<String> {
    let missed = tally.rows.iter().filter(|row| row.got != Got::Whole);
    let names: Vec<&str> = missed.map(|row| row.target.as_str()).collect();
    let anybody = |got| tally.rows.iter().any(|row| row.got == got);
    let what = match (anybody(Got::Nothing), anybody(Got::Part)) {
        (true, true) => "not told, or in part only",
        (true, false) => "not told",
        (false, _) => "told in part",
    };
    let text = match (names.is_empty(), tally.settled, tally.words) {
        (false, ..) => format!("{what}: {}; the log says why", names.join(", ")),
        (true, Settled::Sent, Words::Missing) => {
            "everyone was told, but not in your words; the log says why".to_owned()
        }
        // Whoever ended the run knows that; everyone was told before.
        (true, Settled::Sent | Settled::Skipped, _) => return None,
        (true, ..) if exit == Exit::Done => return None,
        (true, ..) => "nothing was sent; the log says why".to_owned(),
    };
    let level = match exit {
        Exit::Done => "warning",
        _ => "error",
    };
    let escaped = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    (results == Results::GitHub).then(|| format!("::{level} title=runbell::{escaped}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Row;

    fn tally() -> Tally {
        let row = |target: &str, text: &str, got| Row {
            target: target.to_owned(),
            text: text.to_owned(),
            got,
        };
        Tally {
            settled: Settled::Partial,
            sent: 1,
            failed: 1,
            verdict: "FAILED: 1 of 2 targets: wecom".to_owned(),
            words: Words::Theirs,
            rows: vec![
                row("lark", "accepted (code 0)", Got::Whole),
                row(
                    "wecom",
                    "no <b>robot</b> | [x](https://evil.example)",
                    Got::Nothing,
                ),
            ],
        }
    }

    fn written(results: Results, variables: &[(&str, &str)]) -> Vec<(String, String)> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::new(variables, std::collections::BTreeMap::new());
        files(results, &environment, &tally(), &MessageId::new([0; 16]))
            .into_iter()
            .map(|file| (file.path, file.content))
            .collect()
    }

    const LINES: &str = "status=partial\nsent=1\nfailed=1\nmessage_id=aaaaaaaaaaaaaaaaaaaaaaaaaa\n";

    #[test]
    fn each_platform_gets_its_form() {
        let github = [("GITHUB_OUTPUT", "/o"), ("GITHUB_STEP_SUMMARY", "/s")];
        let files = written(Results::GitHub, &github);
        assert_eq!(files[0], ("/o".to_owned(), LINES.to_owned()));
        assert_eq!(files[1].0, "/s");
        assert!(
            files[1].1.contains("| lark | accepted &#40;code 0&#41; |"),
            "{}",
            files[1].1
        );
        assert!(
            !files[1].1.contains("<b>") && !files[1].1.contains("[x]"),
            "{}",
            files[1].1
        );
        assert_eq!(
            written(Results::EnvFile("DRONE_OUTPUT"), &[("DRONE_OUTPUT", "/d")]),
            [("/d".to_owned(), LINES.to_owned())]
        );
        let gitee = written(Results::GiteeParams, &[]);
        assert_eq!(gitee[0].0, "GITEE_PARAMS");
        assert!(
            gitee[0]
                .1
                .starts_with("OUTPUT_RUNBELL_STATUS=partial\nOUTPUT_RUNBELL_SENT=1\n")
        );
        assert_eq!(
            written(Results::CodeArts, &[("RESULT_MSG_PATH", "/r"), ("STEP_ID", "s1")]),
            [(
                "/r/s1_result.json".to_owned(),
                r#"{"status":"partial","sent":"1","failed":"1","message_id":"aaaaaaaaaaaaaaaaaaaaaaaaaa"}"#.to_owned()
            )]
        );
    }

    #[test]
    fn without_a_way_nothing_is_written() {
        assert!(written(Results::Nowhere, &[("GITHUB_OUTPUT", "/o")]).is_empty());
        assert!(written(Results::GitHub, &[]).is_empty());
        assert!(written(Results::EnvFile("DRONE_OUTPUT"), &[]).is_empty());
        let outside = [("RESULT_MSG_PATH", "/r"), ("STEP_ID", "../../x")];
        assert!(written(Results::CodeArts, &outside).is_empty());
    }

    #[test]
    fn an_annotation_names_our_own_words_only() {
        assert_eq!(
            annotation(Results::GitHub, &tally(), Exit::Failed).as_deref(),
            Some("::error title=runbell::not told: wecom; the log says why")
        );
        assert_eq!(
            annotation(Results::GitHub, &tally(), Exit::Done).as_deref(),
            Some("::warning title=runbell::not told: wecom; the log says why")
        );
        assert_eq!(annotation(Results::Nowhere, &tally(), Exit::Failed), None);
        let mut in_part = tally();
        in_part.rows[0].got = Got::Part;
        for (got, expected) in [
            (
                Got::Nothing,
                "not told, or in part only: lark, wecom; the log",
            ),
            (Got::Part, "told in part: lark, wecom; the log"),
        ] {
            in_part.rows[1].got = got;
            let text = annotation(Results::GitHub, &in_part, Exit::Failed).unwrap();
            assert!(text.contains(&format!("::{expected}")), "{text}");
        }
        let quiet = Tally {
            settled: Settled::Skipped,
            failed: 0,
            rows: Vec::new(),
            ..tally()
        };
        assert_eq!(annotation(Results::GitHub, &quiet, Exit::Done), None);
        let refused = Tally {
            settled: Settled::Failed,
            ..quiet.clone()
        };
        let text = annotation(Results::GitHub, &refused, Exit::WrongInputs).unwrap();
        assert!(text.contains("nothing was sent"), "{text}");
        let told = |words| Tally {
            settled: Settled::Sent,
            words,
            ..quiet.clone()
        };
        assert_eq!(
            annotation(Results::GitHub, &told(Words::Theirs), Exit::Terminated),
            None
        );
        for (exit, level) in [(Exit::Failed, "::error"), (Exit::Done, "::warning")] {
            let text = annotation(Results::GitHub, &told(Words::Missing), exit).unwrap();
            assert!(
                text.starts_with(level) && text.contains("not in your words"),
                "{text}"
            );
        }
    }
}
