//! The generated files are what the declarations say. A stale one is written anew, and the test
//! fails so that the change is looked at and committed; on CI it fails only.

use std::fs;

use runbell::manifest::{Section, generated_files, generated_sections};

use crate::support::{check_current, top};

#[test]
fn generated_files_are_current() {
    let files = generated_files().into_iter();
    check_current(
        files.map(|file| (file.path.to_owned(), file.content)),
        "then commit them",
    );
}

#[test]
fn generated_parts_of_pages_are_current() {
    let pages = generated_sections().into_iter().map(|section| {
        let page = fs::read_to_string(top().join(&section.path))
            .unwrap_or_else(|fault| panic!("{}: {fault}", section.path));
        let parts = page.split_once(Section::BEGIN).and_then(|(before, rest)| {
            let (_, after) = rest.split_once(Section::END)?;
            Some((before, after))
        });
        let (before, after) = parts.unwrap_or_else(|| {
            panic!(
                "{} lacks {:?} or {:?}",
                section.path,
                Section::BEGIN,
                Section::END
            )
        });
        let content = format!(
            "{before}{}\n{}\n{}{after}",
            Section::BEGIN,
            section.content,
            Section::END
        );
        (section.path, content)
    });
    check_current(pages, "then commit them");
}

#[test]
fn the_plugin_manifest_is_json_and_so_yaml() {
    let text = fs::read_to_string(top().join("plugin.yaml")).unwrap();
    let body = text.split_once('\n').unwrap().1;
    let plugin: serde_json::Value = serde_json::from_str(body).unwrap();
    let inputs = plugin["spec"]["inputs"].as_object().unwrap();
    assert_eq!(inputs["dingtalk_webhook"]["mask"], true);
    assert_eq!(inputs["fail_on_error"]["default"], true);
    assert_eq!(inputs["attempts"]["default"], 4);
    let variables = plugin["spec"]["step"]["spec"]["envs"].as_object().unwrap();
    assert_eq!(inputs.len(), variables.len());
}
