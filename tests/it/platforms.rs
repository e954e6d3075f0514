//! Recorded platforms: each `tests/platforms/<platform>-<case>.env` holds the variables of a real
//! kind of run, and the `.json` beside it what must be made of them, with the source of each fact.
//! Adding a pair adds a test; an `.env` alone gets its `.json` written once, to be read and
//! committed.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;

use runbell::environment::Environment;
use runbell::input::FromInput;
use runbell::model::facts::{FACTS, RunFacts};
use runbell::platform::{self, Platform, Seen};
use serde_json::{Map, Value, json};

use crate::support::top;

#[test]
fn every_recorded_platform_gives_its_facts() {
    let folder = top().join("tests/platforms");
    let mut cases = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "env") {
            cases += 1;
            wrong.extend(check(&folder, &path).err());
        }
    }
    assert!(cases >= 80, "only {cases} recorded cases were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_platform_has_a_recorded_case() {
    let folder = top().join("tests/platforms");
    let names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    for entry in platform::PLATFORMS {
        let prefix = format!("{}-", entry.name);
        assert!(
            names.iter().any(|name| name.starts_with(&prefix)),
            "{}",
            entry.name
        );
    }
}

/// What is wrong with one case.
fn check(folder: &Path, path: &Path) -> Result<(), String> {
    let found = facts_of(folder, &fs::read_to_string(path).unwrap());
    let expected_path = path.with_extension("json");
    let Ok(expected) = fs::read_to_string(&expected_path) else {
        if env::var_os("CI").is_none() {
            fs::write(&expected_path, format!("{found:#}\n")).unwrap();
        }
        return Err(format!(
            "{} had no expected facts; read and commit them",
            path.display()
        ));
    };
    let expected: Value = serde_json::from_str(&expected).unwrap();
    match found == expected {
        true => Ok(()),
        false => Err(format!("{}: found {found:#}", path.display())),
    }
}

/// What the program makes of recorded variables: `NAME=value` lines, `\n` for a line end in a
/// value, `#` for remarks. `GITHUB_EVENT_PATH` names a file in the same folder, and
/// `RUNBELL_PLATFORM` beats detection, as the input does.
fn facts_of(folder: &Path, recorded: &str) -> Value {
    let variables: Vec<(String, String)> = recorded
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.replace("\\n", "\n")))
        .collect();
    let mut files = BTreeMap::new();
    for (name, value) in &variables {
        if name == "GITHUB_EVENT_PATH" {
            files.insert(value.clone(), fs::read(folder.join(value)).unwrap());
        }
    }
    let environment = Environment::new(variables, files);
    let entry = match environment.value("RUNBELL_PLATFORM") {
        Some(name) => Platform::from_input(name).unwrap().0,
        None => platform::detect(&environment),
    };
    let (seen, warning) = Seen::new(entry, &environment);
    let mut facts = RunFacts::new(entry.name);
    platform::offer_facts(entry, &seen, &mut facts);
    let known: Map<String, Value> = FACTS
        .iter()
        .filter_map(|spec| {
            let text = facts.text(spec.fact)?;
            let origin = facts.origin(spec.fact)?.to_string();
            Some((spec.name.to_owned(), json!([text, origin])))
        })
        .collect();
    json!({
        "platform": entry.name,
        "status": platform::status_word(entry, &seen).map(|it| it.0),
        "previous_status": platform::previous_status_word(entry, &seen).map(|it| it.0),
        "facts": known,
        "warning": warning,
    })
}
