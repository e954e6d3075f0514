//! Inputs: any value of any input is taken or refused without a panic, and no secret is told or
//! sent.
//!
//! Sections: one for each input, `name=value`; a number counts the inputs of the catalogue.

#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runbell::catalogue;
use runbell::environment::Environment;
use runbell::input::{InputSpec, Kind};
use runbell::model::exchange::Content;
use runbell::model::time::UnixMillis;
use runbell::run::{Step, prepare};
use runbell::secret::Secret;
use runbell_fuzz::Sections;

static INPUTS: LazyLock<Vec<&InputSpec>> = LazyLock::new(|| catalogue::inputs().collect());

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let mut variables = BTreeMap::from([
        (
            "RUNBELL_WEBHOOK_URL".to_owned(),
            "https://127.0.0.1/x".to_owned(),
        ),
        ("RUNBELL_STATUS".to_owned(), "failure".to_owned()),
    ]);
    let mut secrets = Vec::new();
    for at in 0..sections.count().min(40) {
        let section = sections.text(at);
        let (name, value) = section.split_once('=').unwrap_or((&section, ""));
        let known = match name.parse::<usize>() {
            Ok(number) => INPUTS.get(number % INPUTS.len()),
            Err(_) => INPUTS.iter().find(|spec| spec.name == name),
        };
        let name = known.map_or(name, |spec| spec.name);
        variables.insert(format!("RUNBELL_{}", name.to_uppercase()), value.to_owned());
        if known.is_some_and(|spec| spec.kind == Kind::Secret) {
            secrets.push((name.to_owned(), Secret::new(value)));
        }
    }
    // What a later section says again does not count.
    secrets.retain(|(name, secret)| {
        let variable = variables.get(&format!("RUNBELL_{}", name.to_uppercase()));
        variable.is_some_and(|text| Secret::new(text) == *secret)
    });
    let file = BTreeMap::from([("secret.txt".to_owned(), b"from-a-file".to_vec())]);
    let environment = Environment::new(variables, file);
    let prepared = prepare(&environment, UnixMillis(1_700_000_000_000), [7; 16]);
    let mut lines = prepared.opening.clone();
    let mut sent = Vec::new();
    match &prepared.step {
        Step::Finished(ending) => {
            assert!(!ending.lines.is_empty());
            lines.extend(ending.lines.clone());
        }
        Step::Ready(ready) => {
            for parcel in ready.parcels() {
                let drafts = parcel.drafts.iter().flatten();
                sent.extend(drafts.filter_map(|draft| match &draft.content {
                    Content::Json(body) => serde_json::to_string(body).ok(),
                    Content::Text(text) => Some(text.clone()),
                    Content::Mail(_) => None,
                }));
            }
        }
    }
    for (name, secret) in &secrets {
        // Shorter ones would hide ordinary words (rule M-3), and what says nothing is no secret.
        let is_one = secret.reveal().len() >= 6 && secret.reveal() != "undefined";
        for line in lines.iter().filter(|_| is_one) {
            let shown = prepared.scrubber.scrub(line);
            assert!(!shown.contains(secret.reveal()), "{name} in {shown:?}");
        }
        for body in sent.iter().filter(|_| is_one) {
            assert!(!body.contains(secret.reveal()), "{name} in {body}");
        }
    }
});
