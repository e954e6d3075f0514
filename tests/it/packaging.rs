//! The files of the marketplaces: every input is in each of them, and what their platform makes of
//! them reaches the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use runbell::catalogue::inputs;
use runbell::input::InputSpec;
use serde_json::Value;

use crate::support::{Ended, Folder, Receivers, run, runbell, top};
use crate::yaml;

fn read(path: &str) -> String {
    fs::read_to_string(top().join(path)).unwrap_or_else(|fault| panic!("{path}: {fault}"))
}

/// The inputs that people write.
fn written() -> impl Iterator<Item = &'static InputSpec> {
    inputs().filter(|spec| spec.action_default.is_none())
}

fn names(names: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    names.into_iter().map(Into::into).collect()
}

fn keys(value: &Value) -> BTreeSet<String> {
    names(value.as_object().unwrap().keys())
}

fn fields(items: &Value, field: &str) -> BTreeSet<String> {
    let items = items.as_array().unwrap().iter();
    names(items.map(|item| item[field].as_str().unwrap()))
}

fn variable(spec: &InputSpec) -> String {
    format!("RUNBELL_{}", spec.name.to_uppercase())
}

/// The Task, wherever its version puts it.
fn tekton_task() -> Value {
    let files = runbell::manifest::generated_files();
    let file = files.iter().find(|file| file.path.contains("tekton"));
    yaml::document(&file.unwrap().content)
}

fn gitlab_documents() -> (Value, Value) {
    let mut all = yaml::documents(&read("packaging/gitlab/templates/runbell.yml")).unwrap();
    assert_eq!(all.len(), 2, "the inputs, then the jobs");
    let jobs = all.remove(1);
    (all.remove(0)["spec"]["inputs"].take(), jobs)
}

#[test]
fn every_input_is_in_every_file() {
    let all = names(inputs().map(|spec| spec.name));
    let written = names(written().map(|spec| spec.name));
    let prefixed: BTreeSet<String> = written
        .iter()
        .map(|name| format!("RUNBELL_{}", name.to_uppercase()))
        .collect();

    let action = yaml::document(&read("action.yml"));
    assert_eq!(keys(&action["inputs"]), all);

    let drone = yaml::document(&read("packaging/drone/content.yaml"));
    assert_eq!(keys(&drone["properties"]), written);
    let demanded = ["type", "defaultValue", "description", "secret", "required"];
    for (name, property) in drone["properties"].as_object().unwrap() {
        assert_eq!(keys(property), names(demanded), "{name}");
    }
    let example = yaml::document(drone["example"].as_str().unwrap());
    assert_eq!(example["kind"], "pipeline");

    let harness = yaml::document(&read("plugin.yaml"));
    assert_eq!(keys(&harness["spec"]["inputs"]), written);

    let buildkite = yaml::document(&read("packaging/buildkite/plugin.yml"));
    assert_eq!(keys(&buildkite["configuration"]["properties"]), written);

    let bitbucket = yaml::document(&read("packaging/bitbucket/pipe.yml"));
    assert_eq!(fields(&bitbucket["variables"], "name"), prefixed);

    let flow = yaml::document(&read("packaging/flow/step.yaml"));
    let mut items = fields(&flow["items"], "name");
    items.retain(|name| !name.starts_with("show_"));
    assert_eq!(items, written);

    let codearts: Value =
        serde_json::from_str(&read("packaging/codearts/codearts-extension.json")).unwrap();
    assert_eq!(fields(&codearts["inputs"], "name"), written);

    let (gitlab, _) = gitlab_documents();
    let mut own = keys(&gitlab);
    for name in &written {
        assert!(own.remove(name), "gitlab lacks {name}");
    }
    assert_eq!(own, names(["job_prefix", "job_stage", "image"]));

    let task = tekton_task();
    let variables = fields(&task["spec"]["steps"][0]["env"], "name");
    assert_eq!(variables, prefixed);

    let woodpecker = read("packaging/woodpecker/docs.md");
    for name in &written {
        assert!(woodpecker.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn the_files_say_what_their_readers_demand() {
    let action = yaml::document(&read("action.yml"));
    let about = action["description"].as_str().unwrap();
    assert!(about.chars().count() < 125, "the Marketplace takes no more");
    for (name, input) in action["inputs"].as_object().unwrap() {
        let about = input["description"].as_str().unwrap();
        assert!(!about.is_empty() && !about.contains('\n'), "{name}");
    }
    assert_eq!(
        action["inputs"]["job_status"]["default"],
        "${{ job.status }}"
    );
    assert_eq!(
        keys(&action["outputs"]),
        names(["status", "sent", "failed", "message_id"])
    );

    let woodpecker = read("packaging/woodpecker/docs.md");
    let front = woodpecker.split("---\n").nth(1).unwrap();
    let front = yaml::document(front);
    assert_eq!(
        keys(&front),
        names([
            "name",
            "icon",
            "description",
            "author",
            "tags",
            "containerImage",
            "containerImageUrl",
            "url"
        ])
    );

    let codearts: Value =
        serde_json::from_str(&read("packaging/codearts/codearts-extension.json")).unwrap();
    let parts: Vec<u8> = codearts["version"]
        .as_str()
        .unwrap()
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(parts.len() == 3 && parts.iter().all(|part| *part < 100));
    assert!(
        top()
            .join("packaging/codearts")
            .join(codearts["execution"]["target"].as_str().unwrap())
            .exists()
    );
    let chinese: Value =
        serde_json::from_str(&read("packaging/codearts/i18n/zh-cn/resources.json")).unwrap();
    let english: Value =
        serde_json::from_str(&read("packaging/codearts/i18n/en-us/resources.json")).unwrap();
    assert_eq!(keys(&chinese), keys(&english));

    let task = tekton_task();
    assert_eq!(
        task["metadata"]["labels"]["app.kubernetes.io/version"],
        env!("CARGO_PKG_VERSION")
    );
    // Kubernetes replaces `$(NAME)` in a value by a variable before it: secrets stand last.
    let variables = task["spec"]["steps"][0]["env"].as_array().unwrap();
    let first_secret = variables
        .iter()
        .position(|it| it.get("valueFrom").is_some());
    let last_open = variables.iter().rposition(|it| it.get("value").is_some());
    assert!(first_secret > last_open, "{first_secret:?} {last_open:?}");
    for spec in written().filter(|spec| spec.kind.is_secret()) {
        let entry = variables
            .iter()
            .find(|it| it["name"] == variable(spec).as_str());
        assert_eq!(
            entry.unwrap()["valueFrom"]["secretKeyRef"]["optional"],
            true
        );
    }

    let flow = yaml::document(&read("packaging/flow/step.yaml"));
    let main = flow["execution"]["main"].as_str().unwrap();
    assert!(top().join("packaging/flow").join(main).exists());
    for spec in written().filter(|spec| spec.kind.is_secret()) {
        let items = flow["items"].as_array().unwrap();
        let item = items.iter().find(|it| it["name"] == spec.name).unwrap();
        assert_eq!(item["type"], "password", "{}", spec.name);
    }
}

#[track_caller]
fn check_rings(receivers: &Receivers, ended: &Ended, word: &str) {
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(receivers.violations(), Vec::<String>::new());
    assert!(
        ended.stdout.contains(&format!("status {word}")),
        "{ended:#?}"
    );
    assert!(!ended.stdout.contains("warning"), "{ended:#?}");
}

#[test]
fn a_gitlab_job_of_the_component_rings() {
    let receivers = Receivers::start();
    let (inputs, jobs) = gitlab_documents();
    let address = receivers.wecom.url();
    let ca_file = receivers.inputs()[0].1.clone();
    let given = |name: &str| match name {
        "wecom_webhook" => "$WECOM_WEBHOOK".to_owned(),
        "ca_file" => ca_file.clone(),
        "wecom_users" => "zhangsan".to_owned(),
        name => inputs[name]["default"].as_str().unwrap().to_owned(),
    };
    let resolve = |text: &str| match text.strip_prefix("$[[ inputs.") {
        Some(rest) => given(rest.strip_suffix(" ]]").unwrap()),
        None => text.to_owned(),
    };
    let base = &jobs[".$[[ inputs.job_prefix ]]"];
    for (end, word) in [("success", "success"), ("failure", "failure")] {
        let job = &jobs[format!("$[[ inputs.job_prefix ]]-{end}")];
        assert_eq!(job["extends"], ".$[[ inputs.job_prefix ]]");
        assert_eq!(job["when"], format!("on_{end}"));
        let program = env!("CARGO_BIN_EXE_runbell");
        let folder = program.rsplit_once('/').unwrap().0;
        let mut command = Command::new("/bin/sh");
        command
            .env_clear()
            .env("PATH", folder)
            .env("GITLAB_CI", "true")
            .args(["-c", job["script"][0].as_str().unwrap()]);
        for (name, text) in base["variables"].as_object().unwrap() {
            // GitLab replaces variables in the values of others.
            let text = resolve(text.as_str().unwrap()).replace("$WECOM_WEBHOOK", &address);
            command.env(name, text);
        }
        check_rings(&receivers, &run(&mut command), word);
    }
    assert_eq!(receivers.wecom.posted(), 2);
}

#[test]
fn a_step_of_the_tekton_task_rings() {
    let receivers = Receivers::start();
    let task = tekton_task();
    let step = &task["spec"]["steps"][0];
    assert_eq!(step["command"][0], "/bin/runbell");
    let params = task["spec"]["params"].as_array().unwrap();
    let mut command = runbell();
    for entry in step["env"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        if let Some(reference) = entry["valueFrom"]["secretKeyRef"]["key"].as_str() {
            if reference == "lark_webhook" {
                command.env(name, receivers.lark.url());
            }
            if reference == "lark_secret" {
                command.env(name, crate::support::LARK_SECRET);
            }
            continue;
        }
        let text = entry["value"].as_str().unwrap();
        let param = text
            .strip_prefix("$(params.")
            .and_then(|it| it.strip_suffix(')'));
        let value = match param {
            None => text.to_owned(),
            Some("status") => "Failed".to_owned(),
            Some("ca_file") => receivers.inputs()[0].1.clone(),
            Some(param) => {
                let declared = params.iter().find(|it| it["name"] == param).unwrap();
                declared["default"].as_str().unwrap().to_owned()
            }
        };
        command.env(name, value);
    }
    check_rings(&receivers, &run(&mut command), "failure");
    assert_eq!(receivers.lark.posted(), 1);
}

#[test]
fn the_buildkite_hook_rings() {
    let receivers = Receivers::start();
    let program = env!("CARGO_BIN_EXE_runbell");
    let folder = program.rsplit_once('/').unwrap().0;
    let hook = |settings: &[(&str, &str)]| {
        let mut command = Command::new("bash");
        command
            .arg(top().join("packaging/buildkite/hooks/pre-exit"))
            .env_clear()
            .env("PATH", format!("{folder}:/usr/bin:/bin"))
            .env("BUILDKITE", "true")
            .env("RUNBELL_WECOM_WEBHOOK", receivers.wecom.url())
            .env("RUNBELL_CA_FILE", &receivers.inputs()[0].1)
            .envs(settings.iter().copied());
        run(&mut command)
    };
    let failed = hook(&[
        ("BUILDKITE_COMMAND_EXIT_STATUS", "2"),
        ("BUILDKITE_PLUGIN_RUNBELL_NOTIFY_ON_0", "failure"),
        ("BUILDKITE_PLUGIN_RUNBELL_NOTIFY_ON_1", "canceled"),
        ("BUILDKITE_PLUGIN_RUNBELL_WECOM_USERS", "zhangsan"),
        ("BUILDKITE_PLUGIN_RUNBELL_MESSAGE", "two\nlines $(x) `y`"),
    ]);
    check_rings(&receivers, &failed, "failure");
    let canceled = hook(&[
        ("BUILDKITE_COMMAND_EXIT_STATUS", "-1"),
        ("BUILDKITE_JOB_CANCELLED", "true"),
    ]);
    check_rings(&receivers, &canceled, "canceled");
    let quiet = hook(&[
        ("BUILDKITE_COMMAND_EXIT_STATUS", "0"),
        ("BUILDKITE_PLUGIN_RUNBELL_NOTIFY_ON_0", "failure"),
    ]);
    assert_eq!(quiet.code, Some(0), "{quiet:#?}");
    assert_eq!(receivers.wecom.posted(), 2, "{quiet:#?}");
    let wrong = hook(&[("BUILDKITE_PLUGIN_RUNBELL_ATTEMPTS", "many")]);
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
}

/// A program that stands in for the real one.
fn write_program(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    let mut rights = fs::metadata(path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o755);
    fs::set_permissions(path, rights).unwrap();
}

#[test]
fn the_buildkite_hook_tells_how_the_step_ended() {
    let folder = Folder::new();
    write_program(
        &folder.path("runbell"),
        "#!/bin/sh\necho \"${RUNBELL_STATUS-none}\"\n",
    );
    for (command, hook, cancelled, expected) in [
        ("0", "0", "", "passed"),
        ("0", "", "", "passed"),
        ("2", "0", "", "failed"),
        // A hook behind the command.
        ("0", "1", "", "failed"),
        // A hook before the command.
        ("", "1", "", "failed"),
        // A checkout is no hook.
        ("", "0", "", "none"),
        ("", "", "", "none"),
        ("-1", "0", "true", "canceled"),
        ("", "-1", "true", "canceled"),
    ] {
        let variables = [
            ("BUILDKITE_COMMAND_EXIT_STATUS", command),
            ("BUILDKITE_LAST_HOOK_EXIT_STATUS", hook),
            ("BUILDKITE_JOB_CANCELLED", cancelled),
        ];
        let ended = run(Command::new("bash")
            .arg(top().join("packaging/buildkite/hooks/pre-exit"))
            .env_clear()
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", folder.path("").display()),
            )
            .envs(variables.into_iter().filter(|(_, text)| !text.is_empty())));
        assert_eq!(ended.stdout.trim(), expected, "{variables:?}: {ended:#?}");
    }
}

#[test]
fn the_buildkite_hook_takes_the_image_where_there_is_no_program() {
    let folder = Folder::new();
    write_program(
        &folder.path("docker"),
        "#!/bin/sh\nfor argument; do printf '%s\\n' \"$argument\"; done\nenv | grep RUNBELL_STATUS\n",
    );
    let mut command = Command::new("bash");
    command
        .arg(top().join("packaging/buildkite/hooks/pre-exit"))
        .env_clear()
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", folder.path("").display()),
        )
        .env("BUILDKITE", "true")
        .env("BUILDKITE_BRANCH", "main")
        .env("AWS_SECRET_ACCESS_KEY", "no business of ours")
        .env("BUILDKITE_COMMAND_EXIT_STATUS", "0")
        .env("BUILDKITE_PLUGIN_RUNBELL_TITLE", "two words");
    let ended = run(&mut command);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let arguments: Vec<&str> = ended.stdout.lines().collect();
    for name in [
        "RUNBELL_TITLE",
        "RUNBELL_STATUS",
        "BUILDKITE",
        "BUILDKITE_BRANCH",
    ] {
        let handed = |pair: &[&str]| pair == ["--env", name];
        assert!(arguments.windows(2).any(handed), "{name}: {ended:#?}");
    }
    assert!(arguments.contains(&"RUNBELL_STATUS=passed"), "{ended:#?}");
    assert!(!ended.stdout.contains("AWS"), "{ended:#?}");
    let image = format!("ghcr.io/runbell/runbell:{}", env!("CARGO_PKG_VERSION"));
    assert!(arguments.contains(&image.as_str()), "{ended:#?}");
}

#[test]
fn the_codearts_extension_rings() {
    let receivers = Receivers::start();
    let folder = Folder::new();
    let scripts = folder.path("scripts");
    fs::create_dir_all(&scripts).unwrap();
    for name in ["runbell-linux-amd64", "runbell-linux-arm64"] {
        // What the script starts is this machine's, whatever that is.
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_runbell"), scripts.join(name)).unwrap();
    }
    let script = scripts.join("execution.sh");
    fs::copy(
        top().join("packaging/codearts/scripts/execution.sh"),
        &script,
    )
    .unwrap();
    let extension: Value =
        serde_json::from_str(&read("packaging/codearts/codearts-extension.json")).unwrap();
    let start = |parameter: fn(&str) -> Option<&'static str>| {
        let mut command = Command::new("/bin/sh");
        command
            .arg(&script)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("STEP_ID", "step-1")
            .env("PLUGIN_NAME", "runbell")
            .env("PIPELINE_RUN_ID", "run-1")
            .env("RESULT_MSG_PATH", folder.path(""));
        for input in extension["inputs"].as_array().unwrap() {
            let name = input["name"].as_str().unwrap();
            let default = input["defaultValue"].as_str().unwrap();
            let reference = default
                .strip_prefix("${")
                .and_then(|it| it.strip_suffix('}'));
            command.env(name, reference.and_then(parameter).unwrap_or(default));
        }
        command
            .env("wecom_webhook", receivers.wecom.url())
            .env("ca_file", &receivers.inputs()[0].1)
            .env("status", "FAILED");
        run(&mut command)
    };
    let replaced = start(|parameter| match parameter {
        "PASS_CONDITIONS_LINK" => Some("https://devcloud.example.com/pipeline/42"),
        "REPO_URL" => Some("https://codehub.example.com/acme/shop"),
        "COMMIT_ID" => Some("8f2c1d7a90b1c2d3e4f5061728394a5b6c7d8e9f"),
        "PIPELINE_NUMBER" => Some("42"),
        _ => Some("shop"),
    });
    check_rings(&receivers, &replaced, "failure");
    let outputs = fs::read_to_string(folder.path("step-1_result.json")).unwrap();
    let outputs: Value = serde_json::from_str(&outputs).unwrap();
    let declared = extension["outputs"].as_array().unwrap();
    assert_eq!(
        keys(&outputs),
        names(declared.iter().map(|it| it.as_str().unwrap()))
    );
    // Where the console leaves the references as they are, the message goes all the same.
    let left = start(|_| None);
    assert_eq!(left.code, Some(0), "{left:#?}");
    assert_eq!(receivers.wecom.posted(), 2);
}

#[test]
fn every_file_names_the_present_version() {
    let version = env!("CARGO_PKG_VERSION");
    let mut seen = 0;
    let mut folders = vec![top().join("packaging"), top().join("docs")];
    let mut files = vec![
        top().join("README.md"),
        top().join("README.zh-CN.md"),
        top().join("README.ru.md"),
        top().join("action.yml"),
        top().join("plugin.yaml"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else {
            continue; // a picture, or a page that is not written yet
        };
        for mark in [
            "ghcr.io/runbell/runbell:",
            "runbell/runbell@v",
            "runbell/runbell@",
            "releases/download/v",
            "runbell#v",
        ] {
            for (at, _) in text.match_indices(mark) {
                let named = &text[at + mark.len()..];
                let begins = |c: char| named.starts_with(c);
                if !begins('0') && !named.starts_with(|c: char| c.is_ascii_digit()) {
                    continue; // a digest, a commit id or a placeholder
                }
                let is_commit = named.chars().take_while(char::is_ascii_hexdigit).count() >= 40;
                seen += 1;
                assert!(
                    is_commit || named.starts_with(version),
                    "{}: {mark}{}",
                    path.display(),
                    named.chars().take(12).collect::<String>()
                );
            }
        }
    }
    assert!(seen > 30, "only {seen} versions were seen");
}
