//! The generated files are what the declarations say. A stale one is written anew, and the test
//! fails so that the change is looked at and committed; on CI it fails only.

use std::env;
use std::fs;

use runbell::manifest::generated_files;

use crate::support::top;

#[test]
fn generated_files_are_current() {
    let mut stale = Vec::new();
    for file in generated_files() {
        let path = top().join(file.path);
        let there = fs::read_to_string(&path).unwrap_or_default();
        if there.replace("\r\n", "\n") != file.content {
            if env::var_os("CI").is_none() {
                fs::write(&path, &file.content).unwrap();
            }
            stale.push(file.path);
        }
    }
    assert!(
        stale.is_empty(),
        "{} stale; run `cargo test` on your machine, it writes them anew, and commit them",
        stale.join(", ")
    );
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
