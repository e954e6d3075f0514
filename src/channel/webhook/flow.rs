//! The body that Alibaba Cloud Flow's webhook plug-in sends (rows S2-028 to S2-056), as strict
//! JSON, with the page's own misspellings.

use serde_json::{Map, Value};

use super::{first_text, texts};
use crate::model::facts::{Fact, RunFacts};
use crate::model::message::{Language, Message};
use crate::model::status::Status;

/// The body, its keys in the order of the page.
pub(super) fn body(message: &Message) -> Map<String, Value> {
    let facts = &message.facts;
    let text = |fact| facts.text(fact).unwrap_or_default();
    let (code, [english, chinese]) = flow_status(message.status, &message.status_word);
    let status_name = match message.language {
        Language::Chinese => chinese,
        Language::English | Language::Russian => english,
    };
    let (pipeline, stage) = (text(Fact::PipelineName), text(Fact::Stage));
    // The step fact is this very step, which is not what the message is about.
    let failed = facts.names(Fact::FailedSteps);
    let task = failed.first().copied().unwrap_or(text(Fact::Job));
    let summary = match message.language {
        Language::Chinese => format!("[{pipeline}]流水线阶段[{stage}]任务[{task}]{status_name}"),
        Language::English | Language::Russian => format!(
            "[{pipeline}]Pipeline stage[{stage}]job[{task}]{}",
            status_name.to_lowercase()
        ),
    };
    let parameters = facts.names(Fact::Params).into_iter().map(|parameter| {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        Value::from(texts(&[("key", key.trim()), ("value", value.trim())]))
    });
    let mut about = Map::new();
    let numbers = [Fact::PipelineId, Fact::RunId, Fact::RunNumber];
    about.insert("pipelineId".into(), number(facts, &numbers).into());
    about.extend(texts(&[
        ("pipelineName", pipeline),
        ("stageName", stage),
        ("taskName", task),
    ]));
    let numbers = [Fact::RunNumber, Fact::RunId];
    about.insert("buildNumber".into(), number(facts, &numbers).into());
    about.extend(texts(&[
        ("statusCode", code),
        ("statusName", status_name),
        ("pipelineUrl", text(Fact::RunUrl)),
        ("message", &summary),
    ]));
    let mut body = texts(&[("event", "task"), ("action", "status")]);
    body.insert("task".into(), about.into());
    body.insert("sources".into(), sources(facts).into());
    body.insert("globalParams".into(), parameters.collect());
    body
}

/// Every source that the run was started from. The commit is known of one alone: of the only one,
/// or of the one that is the run's own repository.
fn sources(facts: &RunFacts) -> Vec<Value> {
    let text = |fact| facts.text(fact).unwrap_or_default();
    let (slug, url) = (text(Fact::RepoSlug), text(Fact::RepoUrl));
    let listed = facts.names(Fact::Sources);
    let commits = [text(Fact::CommitSha), text(Fact::CommitBefore)];
    let source = |repo: &str, branch: &str, [commit, before]: [&str; 2]| {
        Value::from(texts(&[
            ("repo", repo),
            ("branch", branch),
            ("commitId", commit),
            // Misspelt by the page; receivers read this very key.
            ("privousCommitId", before),
        ]))
    };
    if listed.is_empty() {
        let repo = first_text(facts, &[Fact::RepoUrl, Fact::RepoSlug]);
        let branch = first_text(facts, &[Fact::Branch, Fact::Tag]);
        return vec![source(repo, branch, commits)];
    }
    let is_only_one = listed.len() == 1;
    let sources = listed.into_iter().map(|entry| {
        let (repo, branch) = entry.rsplit_once(' ').unwrap_or((entry, ""));
        let repo = repo.trim();
        let is_own = is_only_one || repo == slug || repo == url;
        source(repo, branch, if is_own { commits } else { [""; 2] })
    });
    sources.collect()
}

/// The first of these facts that is a number; 0 when none is, because the field is a number.
fn number(facts: &RunFacts, wanted: &[Fact]) -> u64 {
    wanted
        .iter()
        .find_map(|fact| facts.text(*fact)?.parse().ok())
        .unwrap_or(0)
}

/// What the page calls a task that ended, nobody says how.
const FINISHED: (&str, [&str; 2]) = ("FINISH", ["Finished", "已结束"]);

/// The page's word for a status, and its name in English and Chinese.
fn flow_status(status: Status, word: &str) -> (&'static str, [&'static str; 2]) {
    match status {
        Status::Success | Status::Warning => ("SUCCESS", ["Successfully run", "运行成功"]),
        Status::Failure | Status::Error | Status::TimedOut => {
            ("FAIL", ["Failed to run", "运行失败"])
        }
        Status::Canceled => ("CANCELED", ["Canceled", "已取消"]),
        Status::Skipped => ("SKIP", ["Skipped", "已跳过"]),
        Status::Ignored => FINISHED,
        Status::Unknown if word.eq_ignore_ascii_case(FINISHED.0) => FINISHED,
        Status::Running => ("RUNNING", ["Running", "运行中"]),
        Status::Waiting | Status::Paused => ("WAITING", ["Waiting", "等待中"]),
        Status::Canceling => ("CANCELLING", ["Being canceled", "取消中"]),
        Status::Unknown => ("UNKOWN", ["Unknown", "未知"]),
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::channel::tests::message;
    use crate::model::facts::Origin;

    fn body_with(facts: &[(Fact, &str)], status: Status) -> String {
        let mut message = message();
        message.status = status;
        for (fact, value) in facts {
            Rc::make_mut(&mut message.facts).offer(*fact, value, Origin::Input("x"));
        }
        Value::Object(body(&message)).to_string()
    }

    /// The sample of the page, repaired; its keys and their order.
    #[test]
    fn the_sample_of_the_page_comes_out_as_strict_json() {
        let mut message = message();
        message.facts = Rc::new(RunFacts::new("test"));
        message.status = Status::Success;
        for (fact, value) in [
            (Fact::PipelineId, "183"),
            (Fact::PipelineName, "test pipeline"),
            (Fact::Stage, "Build"),
            (Fact::Job, "Build Java"),
            (Fact::RunNumber, "19"),
            (Fact::RunUrl, "https://ci.example/pipelines/156539?build=19"),
            (Fact::Sources, "git@gitlab:test.git master"),
            (Fact::CommitSha, "xdfdfdff"),
            (Fact::CommitBefore, "ddddd"),
            (Fact::Params, "test=test1,test2=test2"),
        ] {
            Rc::make_mut(&mut message.facts).offer(fact, value, Origin::Input("x"));
        }
        assert_eq!(
            Value::Object(body(&message)).to_string(),
            concat!(
                r#"{"event":"task","action":"status","task":{"pipelineId":183,"#,
                r#""pipelineName":"test pipeline","stageName":"Build","taskName":"Build Java","#,
                r#""buildNumber":19,"statusCode":"SUCCESS","statusName":"Successfully run","#,
                r#""pipelineUrl":"https://ci.example/pipelines/156539?build=19","#,
                r#""message":"[test pipeline]Pipeline stage[Build]job[Build Java]successfully run"},"#,
                r#""sources":[{"repo":"git@gitlab:test.git","branch":"master","#,
                r#""commitId":"xdfdfdff","privousCommitId":"ddddd"}],"#,
                r#""globalParams":[{"key":"test","value":"test1"},{"key":"test2","value":"test2"}]}"#,
            )
        );
    }

    #[test]
    fn every_status_has_a_word_of_the_page() {
        for (status, word) in [
            (Status::Success, "SUCCESS"),
            (Status::Warning, "SUCCESS"),
            (Status::Failure, "FAIL"),
            (Status::Error, "FAIL"),
            (Status::TimedOut, "FAIL"),
            (Status::Canceled, "CANCELED"),
            (Status::Skipped, "SKIP"),
            (Status::Ignored, "FINISH"),
            (Status::Running, "RUNNING"),
            (Status::Waiting, "WAITING"),
            (Status::Paused, "WAITING"),
            (Status::Canceling, "CANCELLING"),
            (Status::Unknown, "UNKOWN"),
        ] {
            let body = body_with(&[], status);
            let expected = format!(r#""statusCode":"{word}""#);
            assert!(body.contains(&expected), "{status}: {body}");
        }
    }

    #[test]
    fn the_pages_word_for_an_end_without_verdict_comes_back() {
        for (status, word, expected) in [
            (Status::Unknown, "FINISH", "FINISH"),
            (Status::Unknown, "finish", "FINISH"),
            (Status::Unknown, "FINISHED", "UNKOWN"),
            (Status::Failure, "FINISH", "FAIL"),
        ] {
            assert_eq!(flow_status(status, word).0, expected, "{status} {word}");
        }
    }

    #[test]
    fn only_the_own_repository_has_the_commit() {
        let body = body_with(
            &[(Fact::Sources, "acme/shop main, acme/lib next")],
            Status::Failure,
        );
        assert!(
            body.contains(concat!(
                r#""sources":[{"repo":"acme/shop","branch":"main","#,
                r#""commitId":"0123456789abcdef0123456789abcdef01234567","privousCommitId":""},"#,
                r#"{"repo":"acme/lib","branch":"next","commitId":"","privousCommitId":""}]"#,
            )),
            "{body}"
        );
    }

    #[test]
    fn what_is_no_number_is_zero_where_the_page_has_a_number() {
        let mut message = message();
        message.facts = Rc::new(RunFacts::new("test"));
        for (fact, value) in [(Fact::RunNumber, "#7"), (Fact::RunId, "4f2a")] {
            Rc::make_mut(&mut message.facts).offer(fact, value, Origin::Input("x"));
        }
        let body = Value::Object(body(&message)).to_string();
        for expected in [r#""pipelineId":0"#, r#""buildNumber":0"#] {
            assert!(body.contains(expected), "{body}");
        }
    }
}
