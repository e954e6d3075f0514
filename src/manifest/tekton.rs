//! The Tekton Task with the catalogue's annotations. Source: ci-platforms, section 7.8.

use serde_json::{Value, json};

use super::{
    ABOUT, AUTHOR, IMAGE, REPOSITORY, TAGS, VERSION, described, variable, written, yaml_file,
};
use crate::catalogue::InputGroup;

/// Where it stands: the catalogue wants the version in the path, so a new one moves the file.
pub(super) const PATH: &str = concat!(
    "packaging/tekton/task/runbell/",
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR"),
    "/runbell.yaml"
);

/// The Task. Every input is a parameter; secrets come from the keys of one Secret, each of which
/// may be missing.
pub(super) fn task(groups: &[InputGroup]) -> String {
    let open = || written(groups).filter(|spec| !spec.kind.is_secret() && spec.name != "platform");
    let mut params = vec![json!({
        "name": "secret",
        "type": "string",
        "default": "runbell",
        "description": "Name of the Secret whose keys are the inputs that nobody may see",
    })];
    params.extend(open().map(|spec| {
        json!({
            "name": spec.name,
            "type": "string",
            "default": "",
            "description": described(spec),
        })
    }));
    let mut variables = vec![json!({ "name": "RUNBELL_PLATFORM", "value": "tekton" })];
    variables.extend(open().map(
        |spec| json!({ "name": variable(spec), "value": format!("$(params.{})", spec.name) }),
    ));
    // Kubernetes replaces `$(NAME)` in a value by a variable that stands before it, and a commit's
    // title is a value: so whatever is secret stands behind all of them.
    variables.extend(
        written(groups)
            .filter(|spec| spec.kind.is_secret())
            .map(|spec| {
                let key = json!({ "name": "$(params.secret)", "key": spec.name, "optional": true });
                json!({ "name": variable(spec), "valueFrom": { "secretKeyRef": key } })
            }),
    );
    let task: Value = json!({
        "apiVersion": "tekton.dev/v1",
        "kind": "Task",
        "metadata": {
            "name": "runbell",
            "labels": { "app.kubernetes.io/version": VERSION },
            "annotations": {
                "tekton.dev/pipelines.minVersion": "0.50.0",
                "tekton.dev/categories": "Messaging",
                "tekton.dev/tags": TAGS.join(", "),
                "tekton.dev/displayName": "runbell",
                "tekton.dev/platforms": "linux/amd64,linux/arm64",
                "artifacthub.io/category": "integration-delivery",
                "artifacthub.io/license": "MIT OR Apache-2.0",
                "artifacthub.io/links": format!("- name: source\n  url: {REPOSITORY}\n"),
                "artifacthub.io/provider": AUTHOR,
            },
        },
        "spec": {
            "description": format!("{ABOUT} It belongs into the finally section of a Pipeline."),
            "params": params,
            "steps": [{
                "name": "notify",
                "image": IMAGE,
                // Without it Tekton has to ask the registry what the image begins with.
                "command": ["/bin/runbell"],
                "env": variables,
                "securityContext": {
                    "runAsNonRoot": true,
                    "runAsUser": 65532,
                    "runAsGroup": 65532,
                    "allowPrivilegeEscalation": false,
                    "readOnlyRootFilesystem": true,
                    "capabilities": { "drop": ["ALL"] },
                    "seccompProfile": { "type": "RuntimeDefault" },
                },
                "computeResources": {
                    "requests": { "cpu": "10m", "memory": "16Mi" },
                    "limits": { "memory": "64Mi" },
                },
            }],
        },
    });
    yaml_file(&task)
}
