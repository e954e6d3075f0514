//! A pipeline for Gitee Go, to be copied. There is no manifest for plug-ins of others, and no stage
//! that runs after a failure, so the step that works tells on its way out. Source: ci-platforms,
//! sections 3.2, 4.1 and 7.5.

use serde_json::json;

use super::{REPOSITORY, VERSION, yaml_file};

/// `.workflow/runbell.yml` of the user's repository.
pub(super) fn recipe() -> String {
    let script = format!(
        "set -eu\n\
         # The program, checked against the sum that stands in the release.\n\
         release={REPOSITORY}/releases/download/v{VERSION}\n\
         curl --fail --silent --show-error --location --remote-name \"$release/runbell-linux-amd64\"\n\
         curl --fail --silent --show-error --location --remote-name \"$release/SHA256SUMS\"\n\
         grep ' runbell-linux-amd64$' SHA256SUMS | sha256sum --check -\n\
         chmod +x runbell-linux-amd64\n\
         # WECOM_WEBHOOK is a secret parameter of the pipeline.\n\
         export RUNBELL_WECOM_WEBHOOK=\"$WECOM_WEBHOOK\" RUNBELL_NOTIFY_ON=failure RUNBELL_LANGUAGE=zh\n\
         trap 'test $? -eq 0 && word=success || word=failure; RUNBELL_STATUS=$word ./runbell-linux-amd64' EXIT\n\
         # Your own commands stand below.\n\
         make\n"
    );
    yaml_file(&json!({
        "version": "1.0",
        "name": "runbell",
        "displayName": "构建并通知",
        "triggers": { "trigger": "auto", "push": { "branches": { "prefix": [""] } } },
        "stages": [{
            "name": "build",
            "displayName": "构建",
            "strategy": "naturally",
            "trigger": "auto",
            "steps": [{
                "step": "shell@agent",
                "name": "build_and_notify",
                "displayName": "构建并通知",
                "script": script,
            }],
        }],
    }))
}
