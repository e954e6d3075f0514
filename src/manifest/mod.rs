//! Everything that is generated from the declarations: the files of every marketplace and plugin
//! index, the pages of inputs, templates, platforms, events and error codes under `docs/`, and the
//! table that `runbell inputs` prints. One file for each format.
//!
//! Only [`inputs_table`] and [`help`] are in the program; the rest is called by the tests alone.

mod bitbucket;
mod buildkite;
mod chinese;
mod codearts;
mod drone;
mod events;
mod flow;
mod gitee;
mod github;
mod gitlab;
mod harness;
mod pages;
mod tekton;
mod terminal;
mod woodpecker;
mod yaml;

pub use pages::{Section, generated_sections};
pub use terminal::{help, inputs_table};

use serde_json::Value;

use crate::catalogue::{InputGroup, input_groups};
use crate::input::{InputSpec, Kind};

/// A generated file of the repository.
#[derive(Debug)]
pub struct GeneratedFile {
    /// Its path below the top of the repository.
    pub path: &'static str,
    /// Its content.
    pub content: String,
}

/// Every generated file.
pub fn generated_files() -> Vec<GeneratedFile> {
    let groups = input_groups();
    let groups = groups.as_slice();
    let file = |path, content| GeneratedFile { path, content };
    vec![
        file("action.yml", github::action(groups)),
        file("plugin.yaml", harness::catalogue_entry(groups)),
        file("packaging/bitbucket/pipe.yml", bitbucket::pipe(groups)),
        file("packaging/buildkite/plugin.yml", buildkite::plugin(groups)),
        file(
            "packaging/codearts/codearts-extension.json",
            codearts::extension(groups),
        ),
        file(
            "packaging/codearts/i18n/en-us/resources.json",
            codearts::english(groups),
        ),
        file(
            "packaging/codearts/i18n/zh-cn/resources.json",
            codearts::chinese(groups),
        ),
        file("packaging/drone/content.yaml", drone::index_entry(groups)),
        file("packaging/flow/step.yaml", flow::step(groups)),
        file("packaging/gitee/runbell.yml", gitee::recipe()),
        file(
            "packaging/gitlab/templates/runbell.yml",
            gitlab::component(groups),
        ),
        file("packaging/harness/plugin.yml", harness::containerless()),
        file(tekton::PATH, tekton::task(groups)),
        file("packaging/woodpecker/docs.md", woodpecker::docs(groups)),
        file("docs/platforms.md", pages::platforms()),
        file("docs/templates.md", pages::templates()),
        file("docs/error-codes.md", pages::error_codes()),
        file("docs/events.md", events::page()),
        file("docs/inputs.md", pages::inputs(groups)),
        file("docs/inputs.zh-CN.md", pages::inputs_in_chinese(groups)),
    ]
}

const ABOUT: &str = "Tell DingTalk, WeCom, Lark, email or a webhook how a pipeline run ended.";
const AUTHOR: &str = "the runbell project";
const VERSION: &str = env!("CARGO_PKG_VERSION");
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
const IMAGE_NAME: &str = "ghcr.io/runbell/runbell";
/// The image as most platforms want it: it runs as a user without rights.
const IMAGE: &str = concat!("ghcr.io/runbell/runbell:", env!("CARGO_PKG_VERSION"));
/// The same without `USER`, where results go to files that belong to root.
const IMAGE_AS_ROOT: &str = concat!(
    "ghcr.io/runbell/runbell:",
    env!("CARGO_PKG_VERSION"),
    "-root"
);
/// The program beside a shell, where the platform starts one in the image.
const IMAGE_WITH_SHELL: &str = concat!(
    "ghcr.io/runbell/runbell:",
    env!("CARGO_PKG_VERSION"),
    "-alpine"
);
/// Words by which people look for it in a marketplace.
const TAGS: &[&str] = &[
    "notification",
    "chat",
    "dingtalk",
    "wecom",
    "lark",
    "feishu",
    "email",
    "webhook",
];
const GENERATED: &str =
    "Generated from the input declarations in src/. Change those, then run `cargo test`.";

fn all(groups: &[InputGroup]) -> impl Iterator<Item = &'static InputSpec> {
    groups.iter().flat_map(|group| group.inputs.iter().copied())
}

/// The inputs that people write. The others are filled by GitHub's runner alone.
fn written(groups: &[InputGroup]) -> impl Iterator<Item = &'static InputSpec> {
    all(groups).filter(|spec| spec.action_default.is_none())
}

/// The variable that gives an input anywhere.
fn variable(spec: &InputSpec) -> String {
    format!("RUNBELL_{}", spec.name.to_uppercase())
}

/// The help of an input with its words and default.
fn described(spec: &InputSpec) -> String {
    let words = match spec.kind {
        Kind::Choice(words) => format!(": {}", words.join(", ")),
        _ => String::new(),
    };
    let default = spec
        .default
        .map(|default| format!(" (default {default})"))
        .unwrap_or_default();
    format!("{}{words}{default}", spec.about)
}

/// A YAML file with its first line.
fn yaml_file(value: &Value) -> String {
    format!("# {GENERATED}\n{}", yaml::document(value))
}

/// A JSON file.
fn json_file(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The JSON type of an input, in the words that most manifests share.
const fn json_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Switch => "boolean",
        Kind::Number => "number",
        Kind::List => "array",
        _ => "string",
    }
}

/// A default in its own JSON type.
fn json_default(kind: Kind, default: &str) -> Value {
    match kind {
        Kind::Switch => (default == "true").into(),
        Kind::Number => default
            .parse::<u64>()
            .map_or_else(|_| default.into(), Value::from),
        Kind::List => default.split(',').map(str::trim).collect::<Vec<_>>().into(),
        _ => default.into(),
    }
}
