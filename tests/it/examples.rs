//! No example rots. Every YAML, shell, Groovy and JSON block of every page is taken out; the step
//! in it gets what its CI system would make of it, and the real program reads that in a dry run. A
//! wrong input name, a wrong value and even a warning fail the test.
//!
//! The same blocks are written below `target/examples/`, whole pipelines each, where
//! `packaging/check` shows them to validators of others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use runbell::catalogue::inputs;
use runbell_receivers::Authority;
use serde_json::{Map, Value};

use crate::support::{CaFile, Ended, Folder, run, runbell, top};
use crate::yaml;

/// One fenced block of a page.
#[derive(Debug)]
struct Block {
    /// The page's path below the top of the repository.
    page: String,
    line: usize,
    language: String,
    text: String,
}

impl Block {
    fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }

    /// A name for its file below `target/examples/`.
    fn slug(&self) -> String {
        let page = self.page.replace(['/', '.'], "-");
        format!("{page}-{}", self.line)
    }
}

/// Every page of the repository.
pub(crate) fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    let mut folders = vec![top()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && name != ".git" && name != "node_modules" {
                    folders.push(path);
                }
            } else if name.ends_with(".md") {
                let path = path.strip_prefix(top()).unwrap();
                pages.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    pages.sort();
    pages
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(top().join(&page)).unwrap();
        let mut open: Option<Block> = None;
        for (at, line) in text.lines().enumerate() {
            let fence = line.trim_start().strip_prefix("```");
            match (open.take(), fence) {
                (None, Some(language)) => {
                    open = Some(Block {
                        page: page.clone(),
                        line: at + 1,
                        language: language.split(' ').next().unwrap().to_owned(),
                        text: String::new(),
                    });
                }
                (Some(block), Some(_)) => blocks.push(block),
                (Some(mut block), None) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                    open = Some(block);
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{page}: a fence is not closed");
    }
    blocks
}

/// A CI system, as far as examples differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ci {
    GitHub,
    Woodpecker,
    Drone,
    GitLab,
    Cnb,
    Harness,
    Tekton,
    Azure,
    Bitbucket,
    Buildkite,
    Circle,
    Gitee,
    /// A pipeline of Flow in YAML.
    Flow,
    /// Inputs and nothing around them.
    Inputs,
}

/// The inputs of a block that holds nothing else, bare or below `settings:` or `with:`.
fn inputs_alone(value: &Value) -> Option<&Map<String, Value>> {
    let fields = value.as_object()?;
    let inner = ["settings", "with"].iter().find_map(|key| fields.get(*key));
    let fields = inner.and_then(Value::as_object).unwrap_or(fields);
    let known = |name: &String| inputs().any(|spec| spec.name == name);
    (!fields.is_empty() && fields.keys().all(known)).then_some(fields)
}

impl Ci {
    /// Whose block it is, by what only that system has.
    fn of(block: &Block) -> Self {
        let has = |word: &str| block.text.contains(word);
        // A page of a platform has no examples but its own.
        let own = [
            ("docs/platforms/gitee.md", Self::Gitee),
            ("docs/platforms/flow.md", Self::Flow),
        ];
        if let Some((_, ci)) = own.iter().find(|(page, _)| block.page == *page) {
            return *ci;
        }
        let documents = yaml::documents(&block.text).unwrap_or_default();
        if !documents.is_empty() && documents.iter().all(|it| inputs_alone(it).is_some()) {
            return Self::Inputs;
        }
        match () {
            () if has("endStages:") => Self::Cnb,
            () if has("type: Plugin") => Self::Harness,
            () if has("finally:") || has("kind: Task") => Self::Tekton,
            () if has("jobs:") && has("<< pipeline") || has("when: on_fail\n") => Self::Circle,
            () if has("uses: ") || has("runs-on:") => Self::GitHub,
            () if has("after-script:") || has("pipe: ") => Self::Bitbucket,
            () if has("runbell#v") || has("buildkite-agent") => Self::Buildkite,
            () if has("condition: ") => Self::Azure,
            () if has("- component:") || has(".post") || has("after_script:") => Self::GitLab,
            () if has("status: [success, failure]") && has("settings:") => match () {
                () if has("- status: [") => Self::Woodpecker,
                () => Self::Drone,
            },
            () => panic!(
                "{}: nobody knows whose example this is; see Ci::of",
                block.place()
            ),
        }
    }

    /// What the system sets by itself, of a run that failed.
    const fn variables(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::GitHub => &[("GITHUB_ACTIONS", "true"), ("INPUT_JOB_STATUS", "failure")],
            Self::Woodpecker => &[
                ("CI", "woodpecker"),
                ("CI_PIPELINE_STATUS", "failure"),
                ("CI_PREV_PIPELINE_STATUS", "success"),
            ],
            Self::Drone => &[("DRONE", "true"), ("DRONE_BUILD_STATUS", "failure")],
            Self::GitLab => &[("GITLAB_CI", "true")],
            Self::Cnb => &[("CNB", "true")],
            Self::Harness => &[("HARNESS_BUILD_ID", "1"), ("DRONE_BUILD_STATUS", "failure")],
            Self::Tekton => &[],
            Self::Azure => &[("TF_BUILD", "True"), ("AGENT_JOBSTATUS", "Failed")],
            Self::Bitbucket => &[
                ("BITBUCKET_BUILD_NUMBER", "1"),
                ("BITBUCKET_EXIT_CODE", "1"),
            ],
            Self::Buildkite => &[("BUILDKITE", "true"), ("RUNBELL_JOB_STATUS", "failed")],
            Self::Circle => &[("CIRCLECI", "true")],
            Self::Gitee => &[("GITEE_PIPELINE_NAME", "build")],
            Self::Inputs => &[("RUNBELL_JOB_STATUS", "failure")],
            Self::Flow => &[
                ("PIPELINE_ID", "1"),
                ("PIPELINE_NAME", "build"),
                ("BUILD_NUMBER", "1"),
                ("BUILD_EXECUTOR", "ann"),
            ],
        }
    }

    /// The folder below `target/examples/`.
    const fn folder(self) -> &'static str {
        match self {
            Self::GitHub => "github/.github/workflows",
            Self::Woodpecker => "woodpecker",
            Self::Drone => "drone",
            Self::GitLab => "gitlab",
            Self::Azure => "azure",
            Self::Bitbucket => "bitbucket",
            Self::Buildkite => "buildkite",
            Self::Circle => "circleci",
            Self::Cnb | Self::Harness | Self::Tekton | Self::Gitee | Self::Flow | Self::Inputs => {
                "other"
            }
        }
    }

    /// The block as a whole pipeline, where it is a part of one.
    fn whole(self, block: &Block) -> String {
        // Gitea and Forgejo want the address in full, which GitHub does not know.
        let text = &block.text.replace("uses: https://github.com/", "uses: ");
        let is_list = text.starts_with("- ");
        match self {
            Self::GitHub if text.contains("\njobs:\n") => text.clone(),
            Self::GitHub if is_list => format!(
                "{GITHUB_HEAD}jobs:\n  example:\n    name: Example\n    runs-on: ubuntu-24.04\n    timeout-minutes: 10\n    environment: example\n    permissions: {{}}\n    steps:\n{}",
                indented(text, 6)
            ),
            // Jobs; the ones that they need are not shown.
            Self::GitHub => {
                let mut jobs = String::new();
                for name in needed(text) {
                    jobs.push_str(&format!(
                        "  {name}:\n    name: {name}\n    runs-on: ubuntu-24.04\n    timeout-minutes: 10\n    permissions: {{}}\n    steps: [{{ run: make }}]\n"
                    ));
                }
                format!("{GITHUB_HEAD}jobs:\n{jobs}{}", indented(text, 2))
            }
            Self::Drone => format!("kind: pipeline\ntype: docker\nname: example\n{text}"),
            Self::Azure if is_list => format!("steps:\n{}", indented(text, 2)),
            Self::Bitbucket if is_list => {
                format!("pipelines:\n  default:\n{}", indented(text, 4))
            }
            Self::Circle if is_list => format!(
                "version: 2.1\njobs:\n  build:\n    docker: [{{ image: cimg/base:current }}]\n    steps:\n{}workflows:\n  main:\n    jobs: [build]\n",
                indented(text, 6)
            ),
            _ => text.clone(),
        }
    }
}

const GITHUB_HEAD: &str = "name: Example\non: push\npermissions: {}\nconcurrency:\n  group: example-${{ github.ref }}\n  cancel-in-progress: false\n";

fn indented(text: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    text.lines()
        .map(|line| match line {
            "" => "\n".to_owned(),
            line => format!("{margin}{line}\n"),
        })
        .collect()
}

/// The jobs that `needs: [a, b]` names.
fn needed(text: &str) -> Vec<String> {
    let list = text.lines().find_map(|line| {
        let list = line.trim().strip_prefix("needs: [")?;
        list.strip_suffix(']')
    });
    let names = list.unwrap_or_default().split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A step of ours in an example: the variables it gets, and the script that starts it, if one does.
#[derive(Debug, Default)]
struct Step {
    variables: BTreeMap<String, String>,
    script: Option<String>,
}

/// What the inputs of an example may stand for.
struct Samples {
    ca_file: CaFile,
}

impl Samples {
    fn new() -> Self {
        Self {
            ca_file: CaFile::write(&Authority::new().unwrap()),
        }
    }

    /// A value of the kind that an input takes.
    fn of(&self, input: &str) -> String {
        let text = match input {
            "dingtalk_webhook" => {
                "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef"
            }
            "dingtalk_secret" => "SEC0123456789abcdef",
            "wecom_webhook" => {
                "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789abcdef"
            }
            "lark_webhook" => "https://open.feishu.cn/open-apis/bot/v2/hook/0123456789abcdef",
            "webhook_url" => "https://hooks.example.com/run/0123456789abcdef",
            "webhook_headers" => "Authorization: Bearer 0123456789abcdef",
            "ca_file" => return self.ca_file.path(),
            "proxy" => "http://user:password@proxy.example.com:3128",
            "status" | "job_status" => "failed",
            "previous_status" => "success",
            "needs" => {
                r#"{"build":{"result":"failure","outputs":{}},"test":{"result":"skipped","outputs":{}}}"#
            }
            "events" => "mr.*",
            "run_url" | "repo_url" | "commit_url" | "change_url" => "https://ci.example.com/42",
            "started_at" | "created_at" | "finished_at" => "1700000000",
            _ => "sample",
        };
        text.to_owned()
    }

    /// What the system would make of a value: a secret or an expression becomes a sample, a list
    /// is joined.
    fn resolve(&self, input: &str, value: &Value) -> String {
        match value {
            Value::String(text) if is_reference(text) => self.of(input),
            Value::String(text) if input == "ca_file" => {
                assert!(text.ends_with(".pem") || text.ends_with(".crt"), "{text}");
                self.of(input)
            }
            Value::String(text) => replace_expressions(text),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|it| self.resolve(input, it)).collect();
                items.join(",")
            }
            Value::Object(fields) if fields.contains_key("from_secret") => self.of(input),
            Value::Object(_) | Value::Null => value.to_string(),
            value => value.to_string(),
        }
    }
}

/// Whether the whole text is something that a CI system replaces.
fn is_reference(text: &str) -> bool {
    let text = text.trim();
    let wrapped = [
        ("${{", "}}"),
        ("$(", ")"),
        ("<+", ">"),
        ("<<", ">>"),
        ("${", "}"),
    ];
    let is_wrapped = wrapped.iter().any(|(open, close)| {
        text.strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(|inside| !inside.contains(open))
    });
    let is_name = text.strip_prefix('$').is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    is_wrapped || is_name
}

/// The text with what GitHub would replace in it.
fn replace_expressions(text: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${{") {
        replaced.push_str(before);
        replaced.push_str("sample");
        rest = behind.split_once("}}").expect("an expression ends").1;
    }
    replaced + rest
}

/// Every step of ours in a block.
fn steps_of(value: &Value, samples: &Samples) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(given) = inputs_alone(value) {
        return vec![step(given.iter(), "RUNBELL_", samples)];
    }
    let mut bare = Step::default();
    let mut scripts = Vec::new();
    collect(value, samples, &mut steps, &mut bare, &mut scripts);
    if scripts.is_empty() && !bare.variables.is_empty() {
        steps.push(Step {
            variables: bare.variables,
            script: None,
        });
    } else {
        steps.extend(scripts.into_iter().map(|script| Step {
            variables: bare.variables.clone(),
            script: Some(script),
        }));
    }
    steps
}

fn collect(
    value: &Value,
    samples: &Samples,
    steps: &mut Vec<Step>,
    bare: &mut Step,
    scripts: &mut Vec<String>,
) {
    let fields = match value {
        Value::Array(items) => {
            for item in items {
                collect(item, samples, steps, bare, scripts);
            }
            return;
        }
        Value::Object(fields) => fields,
        _ => return,
    };
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    // Settings of a plugin, inputs of an action, of a component, of a plugin of Buildkite.
    let ours = [
        (
            text("image").contains("runbell/runbell:"),
            "settings",
            "PLUGIN_",
        ),
        (
            text("image").contains("runbell/runbell@"),
            "settings",
            "PLUGIN_",
        ),
        (text("uses").contains("runbell/runbell@"), "with", "INPUT_"),
        (
            text("component").contains("/runbell@"),
            "inputs",
            "RUNBELL_",
        ),
        (text("pipe").contains("runbell/runbell:"), "variables", ""),
    ];
    if let Some((_, key, prefix)) = ours.iter().find(|(is_ours, ..)| *is_ours)
        && let Some(given) = fields.get(*key).and_then(Value::as_object)
    {
        steps.push(step(given.iter(), prefix, samples));
        return;
    }
    if fields
        .get("taskRef")
        .is_some_and(|it| it["name"] == "runbell")
    {
        let params = fields["params"].as_array().unwrap().iter();
        let params: Vec<(String, &Value)> = params
            .map(|it| (it["name"].as_str().unwrap().to_owned(), &it["value"]))
            .filter(|(name, _)| name != "secret")
            .collect();
        let mut step = step(
            params.iter().map(|(name, it)| (name, *it)),
            "RUNBELL_",
            samples,
        );
        // The Task reads addresses from its Secret.
        let secret = ("RUNBELL_WECOM_WEBHOOK", samples.of("wecom_webhook"));
        step.variables.insert(secret.0.to_owned(), secret.1);
        steps.push(step);
        return;
    }
    // A variable of a list: `{ name: RUNBELL_X, value: y }`.
    if let Some(input) = text("name").strip_prefix("RUNBELL_") {
        let input = input.to_lowercase();
        let value = fields
            .get("value")
            .map_or_else(|| samples.of(&input), |it| samples.resolve(&input, it));
        bare.variables.insert(text("name").to_owned(), value);
        return;
    }
    for (key, field) in fields {
        if let Some(input) = key.strip_prefix("RUNBELL_") {
            let value = samples.resolve(&input.to_lowercase(), field);
            bare.variables.insert(key.clone(), value);
        } else if key.starts_with("runbell/runbell#") {
            steps.push(step(field.as_object().unwrap().iter(), "RUNBELL_", samples));
        } else if matches!(
            key.as_str(),
            "script" | "command" | "commands" | "run" | "after-script" | "after_script"
        ) && let Some(script) = script(field)
        {
            scripts.push(script);
        } else {
            collect(field, samples, steps, bare, scripts);
        }
    }
}

fn step<'v>(
    given: impl Iterator<Item = (&'v String, &'v Value)>,
    prefix: &str,
    samples: &Samples,
) -> Step {
    let variables = given.map(|(name, value)| {
        let input = name.to_lowercase();
        let input = input.strip_prefix("runbell_").unwrap_or(&input);
        let variable = format!("{prefix}{}", name.to_uppercase());
        (variable, samples.resolve(input, value))
    });
    Step {
        variables: variables.collect(),
        script: None,
    }
}

/// The lines of a script in which the program is started.
fn script(value: &Value) -> Option<String> {
    let lines = match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => {
            let lines: Option<Vec<&str>> = lines.iter().map(Value::as_str).collect();
            lines?.join("\n")
        }
        _ => return None,
    };
    starts_us(&lines).then_some(lines)
}

fn starts_us(script: &str) -> bool {
    script.lines().any(|line| {
        line.split([' ', ';', '\'', '(', '"'])
            .any(|word| matches!(word, "runbell" | "./runbell" | "./runbell-linux-amd64"))
    })
}

/// Runs a script as its author would, in a shell that finds the program, a build that fails, and
/// the secrets of the CI system.
fn run_script(script: &str, variables: &BTreeMap<String, String>, samples: &Samples) -> Ended {
    let folder = Folder::new();
    let at = folder.path("");
    for name in ["runbell", "runbell-linux-amd64"] {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_runbell"), at.join(name)).unwrap();
    }
    for (name, text) in [
        ("make", "exit 1"),
        ("buildkite-agent", "echo sample"),
        // What they fetch is there already.
        ("curl", "exit 0"),
        ("sha256sum", "exit 0"),
        ("grep", "exit 0"),
        ("chmod", "exit 0"),
    ] {
        let stub = at.join(name);
        let secret = samples.of("dingtalk_webhook");
        let text = match name {
            "buildkite-agent" => {
                format!("case $1 in secret) echo '{secret}' ;; *) echo hard_failed ;; esac")
            }
            _ => text.to_owned(),
        };
        fs::write(&stub, format!("#!/bin/sh\n{text}\n")).unwrap();
        let mut rights = fs::metadata(&stub).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o755);
        fs::set_permissions(&stub, rights).unwrap();
    }
    fs::copy(samples.ca_file.path(), at.join("ca.pem")).unwrap();
    let mut command = Command::new("bash");
    command
        .env_clear()
        .current_dir(&at)
        .env("PATH", format!("{}:/usr/bin:/bin", at.display()))
        .env("RUNBELL_DRY_RUN", "true")
        .args(["-c", script]);
    // Only what the script names: some systems hand inputs over under their bare names.
    for spec in inputs().filter(|spec| spec.kind.is_secret()) {
        for name in [spec.name.to_uppercase(), spec.name.to_owned()] {
            if script.contains(&format!("${name}")) {
                command.env(name, samples.of(spec.name));
            }
        }
    }
    run(command.envs(variables))
}

#[track_caller]
fn check_ended(block: &Block, ended: &Ended, step: &Step) {
    let said = format!("{}\n{step:#?}\n{ended:#?}", block.place());
    // A script in which the build failed fails as well, once the message is out.
    let build_failed = step.script.as_ref().is_some_and(|it| it.contains("trap"));
    let codes: &[i32] = if build_failed { &[0, 1, 2] } else { &[0] };
    assert!(ended.code.is_some_and(|it| codes.contains(&it)), "{said}");
    assert!(!ended.stdout.contains("warning:"), "{said}");
    assert!(!ended.stdout.contains("error:"), "{said}");
    assert_eq!(ended.stderr, "", "{said}");
    assert!(
        ended.stdout.contains("dry run:") || ended.stdout.contains("nothing to tell"),
        "{said}"
    );
}

/// The names of the inputs that a step gives must exist, also those that are far from every name.
#[track_caller]
fn check_names(block: &Block, step: &Step) {
    for variable in step.variables.keys() {
        let name = ["PLUGIN_", "INPUT_", "RUNBELL_"]
            .iter()
            .find_map(|prefix| variable.strip_prefix(prefix));
        let Some(name) = name.map(str::to_lowercase) else {
            panic!("{}: {variable} is no input's", block.place());
        };
        let secret = name.strip_suffix("_file");
        let known = inputs()
            .any(|spec| spec.name == name || (spec.kind.is_secret() && Some(spec.name) == secret));
        let component = block.text.contains("- component:")
            && matches!(name.as_str(), "job_prefix" | "job_stage" | "image");
        assert!(known || component, "{}: no input `{name}`", block.place());
    }
}

fn export(folder: &str, name: &str, text: &str) -> PathBuf {
    let place = top().join("target/examples").join(folder);
    fs::create_dir_all(&place).unwrap();
    let path = place.join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn every_yaml_example_reads() {
    let samples = Samples::new();
    let workspace = Folder::new();
    fs::copy(
        top().join("tests/events/codearts-merge-request-created.json"),
        workspace.path("event.json"),
    )
    .unwrap();
    let mut seen: BTreeMap<Ci, usize> = BTreeMap::new();
    let mut told = 0;
    // What an older page left there is nobody's example.
    drop(fs::remove_dir_all(top().join("target/examples/yaml")));
    for block in blocks().iter().filter(|it| it.language == "yaml") {
        let documents = yaml::documents(&block.text)
            .unwrap_or_else(|fault| panic!("{}: {fault}", block.place()));
        let ci = Ci::of(block);
        let folder = format!("yaml/{}", ci.folder());
        export(&folder, &format!("{}.yml", block.slug()), &ci.whole(block));
        let steps: Vec<Step> = documents
            .iter()
            .flat_map(|document| steps_of(document, &samples))
            .collect();
        assert!(!steps.is_empty(), "{}: no step of ours", block.place());
        for step in steps {
            check_names(block, &step);
            let mut variables = step.variables.clone();
            for (name, text) in ci.variables() {
                variables
                    .entry((*name).to_owned())
                    .or_insert_with(|| (*text).to_owned());
            }
            let ended = match &step.script {
                Some(script) => run_script(script, &variables, &samples),
                None => run(runbell()
                    .envs(&variables)
                    .envs(event_of(&step))
                    .envs(variables_of(&block.text))
                    .current_dir(workspace.path(""))
                    .env("RUNBELL_DRY_RUN", "true")),
            };
            check_ended(block, &ended, &step);
            told += usize::from(ended.stdout.contains("would get"));
            *seen.entry(ci).or_default() += 1;
        }
    }
    assert!(seen.len() >= 10, "only these were seen: {seen:?}");
    assert!(told >= 30, "only {told} examples tell of a failure");
}

/// The event that an example which tells of events has to have: a merge request was opened. A
/// relative `event_file` stands in the working folder.
fn event_of(step: &Step) -> Vec<(&'static str, String)> {
    let tells_of_events = step.variables.keys().any(|name| name.ends_with("_EVENTS"));
    let event = top().join("tests/events/github-pull-request-opened.json");
    match tells_of_events {
        true => vec![
            ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
            ("GITHUB_EVENT_PATH", event.display().to_string()),
        ],
        false => Vec::new(),
    }
}

/// The variables that the templates of an example name, with a sample each.
fn variables_of(text: &str) -> Vec<(&str, &'static str)> {
    let is_plain = |name: &&str| {
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        !name.is_empty() && name.chars().all(plain)
    };
    let names = text.split("${").skip(1);
    let names = names.filter_map(|rest| Some(rest.split_once('}')?.0));
    names
        .filter(is_plain)
        .map(|name| (name, "sample"))
        .collect()
}

#[test]
fn every_shell_example_runs_or_at_least_parses() {
    let samples = Samples::new();
    let mut ran = 0;
    drop(fs::remove_dir_all(top().join("target/examples/sh")));
    for block in blocks() {
        if !matches!(block.language.as_str(), "sh" | "bash" | "shell") {
            continue;
        }
        let text = format!("#!/usr/bin/env bash\n# {}\n{}", block.place(), block.text);
        let path = export("sh", &format!("{}.sh", block.slug()), &text);
        let parsed = run(Command::new("bash").arg("-n").arg(&path));
        assert_eq!(parsed.code, Some(0), "{}\n{parsed:#?}", block.place());
        for word in block
            .text
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        {
            if let Some(name) = word.strip_prefix("RUNBELL_") {
                let name = name.to_lowercase();
                let is_ours = inputs().any(|spec| spec.name == name)
                    || matches!(name.as_str(), "survival_seed" | "survival_count" | "bin");
                assert!(is_ours, "{}: no input `{name}`", block.place());
            }
        }
        // What else these start is not for a test: builds, images, clusters.
        let others = ["cargo ", "docker ", "kubectl "];
        if !starts_us(&block.text) || others.iter().any(|it| block.text.contains(it)) {
            continue;
        }
        let ended = run_script(&block.text, &BTreeMap::new(), &samples);
        let step = Step {
            variables: BTreeMap::new(),
            script: Some(block.text.clone()),
        };
        check_ended(&block, &ended, &step);
        ran += 1;
    }
    assert!(ran >= 6, "only {ran} shell examples ran");
}

#[test]
fn every_groovy_example_reads() {
    let samples = Samples::new();
    let mut seen = 0;
    for block in blocks().iter().filter(|it| it.language == "groovy") {
        let mut step = Step::default();
        // "NAME=value" in `withEnv`, and the variables that credentials become.
        for quoted in block.text.split(['"', '\'']).skip(1).step_by(2) {
            if let Some((name, text)) = quoted.split_once('=')
                && let Some(input) = name.strip_prefix("RUNBELL_")
            {
                let value = match text.starts_with("${") {
                    true => samples.of(&input.to_lowercase()),
                    false => text.to_owned(),
                };
                step.variables.insert(name.to_owned(), value);
            } else if let Some(input) = quoted.strip_prefix("RUNBELL_") {
                let value = samples.of(&input.to_lowercase());
                step.variables.insert(quoted.to_owned(), value);
            }
        }
        check_names(block, &step);
        assert!(block.text.contains("sh 'runbell'"), "{}", block.place());
        let mut command = runbell();
        command
            .envs(&step.variables)
            .env("RUNBELL_DRY_RUN", "true")
            .env("JENKINS_URL", "https://jenkins.example.com/")
            .env("BUILD_ID", "42");
        check_ended(block, &run(&mut command), &step);
        seen += 1;
    }
    assert!(seen >= 2, "only {seen} examples were seen");
}

#[test]
fn every_json_example_is_strict_json() {
    let mut seen = 0;
    for block in blocks().iter().filter(|it| it.language == "json") {
        let parsed: Result<Value, _> = serde_json::from_str(&block.text);
        assert!(parsed.is_ok(), "{}: {parsed:?}", block.place());
        seen += 1;
    }
    assert!(seen >= 1);
}

#[test]
fn blocks_name_a_language_that_these_tests_know() {
    let known = [
        "yaml",
        "sh",
        "groovy",
        // Receivers of our calls; the gate runs the one in Python.
        "python",
        "js",
        "go",
        "json",
        "text",
        "rust",
        "toml",
        "markdown",
        "dockerfile",
    ];
    for block in blocks() {
        assert!(
            known.contains(&block.language.as_str()),
            "{}: a block of {:?}",
            block.place(),
            block.language
        );
    }
    assert!(Path::new(env!("CARGO_BIN_EXE_runbell")).exists());
}
