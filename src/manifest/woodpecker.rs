//! The page that Woodpecker's plugin index reads. Source: ci-platforms, section 7.4.

use serde_json::json;

use super::{ABOUT, AUTHOR, GENERATED, IMAGE, IMAGE_NAME, REPOSITORY, TAGS, pages, yaml};
use crate::catalogue::InputGroup;

/// The page: front matter, a pipeline, and every setting.
pub(super) fn docs(groups: &[InputGroup]) -> String {
    let front = yaml::document(&json!({
        "name": "runbell",
        "icon": format!("{REPOSITORY}/raw/main/packaging/bell.svg"),
        "description": ABOUT,
        "author": AUTHOR,
        "tags": TAGS,
        "containerImage": IMAGE_NAME,
        "containerImageUrl": format!("{REPOSITORY}/pkgs/container/runbell"),
        "url": REPOSITORY,
    }));
    let mut text = format!(
        "---\n{front}---\n\n<!-- {GENERATED} -->\n\n\
         runbell tells DingTalk, WeCom, Lark or Feishu, email and webhooks how a pipeline ended: several in one step, all at once. A robot that refuses in the body of its answer fails the step, and the log says why and what to do. A channel is on when its address is set.\n\n\
         ```yaml\nsteps:\n  - name: notify\n    image: {IMAGE}\n    settings:\n      dingtalk_webhook: {{ from_secret: dingtalk_webhook }}\n      dingtalk_secret: {{ from_secret: dingtalk_secret }}\n      dingtalk_mobiles: [13800000000]\n      notify_on: [failure, fixed]\n      message: \"**{{{{commit.title}}}}** by {{{{author.name}}}}\"\n    when:\n      - status: [success, failure]\n```\n\n\
         Woodpecker tells the status of the run before, so `fixed`, `broken` and `changed` work without more. A setting of its own for each fact overrides what Woodpecker says. The step needs no volume, no network but to its receivers, and no rights; `{IMAGE}-root` is the same image without `USER`, for a `state_file` in the workspace. Images are built for amd64 and arm64, and the release has the program alone, for the local backend.\n\n\
         ## Settings\n"
    );
    text.push_str(&pages::input_tables(groups, "###"));
    text.push_str(&format!("\nMore: [{REPOSITORY}]({REPOSITORY})\n"));
    text
}
