//! Bodies of CodeArts, rows S1-109 to S1-248 of the requirements.
//!
//! Repository, merge request, code check and deployment have a fixed body with a code. Builds,
//! pipelines and work items have none: their subscriber writes the body around the parameters, so
//! what is read is any object with the parameters under their names, nested or with dotted keys.
//! What happened stands there in a name (`eventName`, `operation`, `BUILD.EVENT`), and a work
//! item's name alone does not always tell which kind of item it is; `eventType` with one of our
//! dotted types settles both.

use serde_json::Value;

use super::catalogue::{FAMILIES, TYPES, cases_named, key};
use super::facts::{Told, check_case, told};
use super::{Found, row};
use crate::model::event::{EventCase, EventType, Family, at, str_at};
use crate::model::status::Status;
use crate::model::text::{clean_line, head_chars};

type Row = (&'static EventType, &'static EventCase);

/// Reads a body.
pub(super) fn find(tree: &Value) -> Found {
    let families = families_of(tree);
    let rows = rows_of(tree, &families);
    let Some((kind, case)) = rows.first().copied() else {
        return Found::Unknown(unknown(tree, &families));
    };
    let mut event = told(kind, case, tree.clone());
    let result = str_at(tree, "job.status");
    match kind.family {
        Family::Check => {
            let told = |path| Told::at(tree, path);
            let (word, status) = check_case(told("job.status"), told("job.gateResult"));
            event.case = row(kind.name, word).map_or(case, |(_, case)| case);
            event.status = Some(status);
            event.status_word = result.map(str::to_owned);
        }
        _ if event.status.is_some() => {
            event.status_word = named(tree)
                .next()
                .filter(|_| kind.family == Family::Pipeline)
                .map(str::to_owned);
        }
        _ => {}
    }
    event.others = rows.iter().skip(1).map(|(kind, _)| *kind).collect();
    Found::Event(Box::new(event))
}

/// Whether the body has a part of this name, nested or in dotted keys.
fn has_part(tree: &Value, part: &str) -> bool {
    let Some(entries) = tree.as_object() else {
        return false;
    };
    entries.iter().any(|(name, value)| {
        (name == part && value.is_object())
            || name
                .strip_prefix(part)
                .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// Whose body it is, by its parts; none when the parts do not say.
fn families_of(tree: &Value) -> Vec<Family> {
    const ITEMS: [Family; 5] = [
        Family::Requirement,
        Family::Feature,
        Family::Story,
        Family::Task,
        Family::Bug,
    ];
    let has = |part: &str| has_part(tree, part);
    if has("mergeRequest") {
        vec![Family::MergeRequest]
    } else if has("BUILD") {
        vec![Family::Build]
    } else if has("pipeline") {
        vec![Family::Pipeline]
    } else if has("job") {
        vec![Family::Check]
    } else if at(tree, "taskName").is_some() {
        vec![Family::Deployment]
    } else if has("repo") {
        vec![Family::Repository]
    } else if has("issue") {
        ITEMS.to_vec()
    } else if has("review") {
        vec![Family::Review]
    } else {
        Vec::new()
    }
}

/// The names by which a body says what happened, the most telling first.
fn named(tree: &Value) -> impl Iterator<Item = &str> {
    [
        "eventName",
        "operation",
        "BUILD.EVENT",
        "pipeline.status",
        "result",
        "BUILD.TITLE",
    ]
    .into_iter()
    .filter_map(|path| str_at(tree, path))
}

/// The rows that fit, the likeliest first.
fn rows_of(tree: &Value, families: &[Family]) -> Vec<Row> {
    if let Some(said) = str_at(tree, "eventType") {
        let (name, word) = said.split_once(':').unwrap_or((said, ""));
        let name = name.trim().to_lowercase();
        if let Some(row) = row(&name, word.trim()) {
            return vec![row];
        }
    }
    let kinds = || {
        TYPES
            .iter()
            .filter(|kind| families.is_empty() || families.contains(&kind.family))
    };
    if let Some(code) = str_at(tree, "eventCode") {
        let has_code =
            |case: &&EventCase| !case.code.is_empty() && case.code.eq_ignore_ascii_case(code);
        let rows = kinds().filter_map(|kind| Some((kind, kind.cases.iter().find(has_code)?)));
        let rows: Vec<Row> = rows.take(1).collect();
        if !rows.is_empty() {
            return rows;
        }
    }
    let by_name = named(tree)
        .map(|name| rows_named(name, &kinds().collect::<Vec<_>>()))
        .find(|rows| !rows.is_empty());
    by_name
        .or_else(|| by_words(tree, families))
        .or_else(|| by_part(tree, &kinds().collect::<Vec<_>>()))
        .unwrap_or_default()
}

/// The rows of a name. It may name the family too: 新建任务, 任务新建.
fn rows_named(name: &str, kinds: &[&'static EventType]) -> Vec<Row> {
    let wanted = key(name);
    let find = |wanted: &dyn Fn(&EventType) -> Option<String>| -> Vec<Row> {
        kinds
            .iter()
            .filter_map(|kind| {
                let wanted = wanted(kind)?;
                let case = cases_named(kind, &wanted).next()?;
                Some((*kind, case))
            })
            .collect()
    };
    let own = find(&|kind| {
        let family = FAMILIES.iter().find(|it| it.family == kind.family)?;
        let bare = wanted.replacen(&key(family.chinese), "", 1);
        let is_named = bare != wanted && !bare.is_empty();
        is_named.then_some(bare)
    });
    match own.is_empty() {
        true => find(&|_| Some(wanted.clone())),
        false => own,
    }
}

/// Where no name fits, the words in which a family's result is told.
fn by_words(tree: &Value, families: &[Family]) -> Option<Vec<Row>> {
    let words: Vec<&str> = named(tree).collect();
    let said = |parts: &[&str]| {
        words
            .iter()
            .any(|word| parts.iter().any(|part| word.contains(part)))
    };
    let status = || words.iter().find_map(|word| Status::from_word(word));
    let name = match families {
        [Family::Check] => "check.completed",
        [Family::Build] if said(&["成功"]) => "build.succeeded",
        [Family::Build] if said(&["失败"]) => "build.failed",
        [Family::Build] if said(&["禁用"]) => "build.disabled",
        [Family::Build] if said(&["删除"]) => "build.deleted",
        [Family::Build] if said(&["编辑", "更新", "修改", "配置"]) => "build.reconfigured",
        [Family::Pipeline] if said(&["失败"]) => "pipeline.failed",
        [Family::Pipeline] if said(&["挂起"]) => "pipeline.suspended",
        [Family::Pipeline] if said(&["暂停"]) => "pipeline.paused",
        [Family::Pipeline] if said(&["忽略"]) => "pipeline.ignored",
        [Family::Pipeline] if said(&["成功", "完成"]) => "pipeline.completed",
        [Family::Deployment] if said(&["失败"]) => "deploy.failed",
        [Family::Deployment] if said(&["中止", "停止"]) => "deploy.stopped",
        [Family::Deployment] if said(&["成功"]) => "deploy.succeeded",
        [Family::Build] => match status()? {
            Status::Success | Status::Warning => "build.succeeded",
            Status::Failure | Status::Error | Status::TimedOut => "build.failed",
            _ => return None,
        },
        [Family::Deployment] => match status()? {
            Status::Success | Status::Warning => "deploy.succeeded",
            Status::Failure | Status::Error | Status::TimedOut => "deploy.failed",
            Status::Canceled => "deploy.stopped",
            _ => return None,
        },
        [Family::Pipeline] => match status()? {
            Status::Success | Status::Warning => "pipeline.completed",
            Status::Failure | Status::Error | Status::TimedOut => "pipeline.failed",
            Status::Paused => "pipeline.paused",
            Status::Ignored | Status::Skipped => "pipeline.ignored",
            _ => return None,
        },
        _ => return None,
    };
    row(name, "").map(|row| vec![row])
}

/// The rows whose name is part of what a work item's body says, 新建 of 新建工作项; the longest name
/// says most.
fn by_part(tree: &Value, kinds: &[&'static EventType]) -> Option<Vec<Row>> {
    let words: Vec<&str> = named(tree).collect();
    let items = kinds.iter().filter(|kind| kind.family.is_work_item());
    let names = items.flat_map(|kind| kind.cases).map(|case| case.name);
    let said = names.filter(|name| words.iter().any(|word| word.contains(name)));
    let longest = said.max_by_key(|name| name.len())?;
    Some(rows_named(longest, kinds))
}

/// Why a body is no event: what it says, or that it says nothing.
fn unknown(tree: &Value, families: &[Family]) -> String {
    let said = [
        "eventType",
        "eventCode",
        "eventName",
        "operation",
        "BUILD.EVENT",
    ]
    .iter()
    .find_map(|path| Some((path, str_at(tree, path)?)));
    let about = match families {
        [] => "it has none of the parts of an event",
        _ => "it does not say what happened",
    };
    match said {
        Some((path, text)) => format!(
            "its `{path}` is `{}`, which is no event that runbell knows",
            head_chars(&clean_line(text), 80)
        ),
        None => format!("{about}; it needs an `eventCode`, an `eventName` or an `eventType`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: Value, expected: &str, others: &[&str]) {
        let Found::Event(event) = find(&body) else {
            panic!("{body}: {:?}", find(&body))
        };
        assert_eq!(event.name(), expected, "{body}");
        let found: Vec<&str> = event.others.iter().map(|kind| kind.name).collect();
        assert_eq!(found, others, "{body}");
    }

    #[test]
    fn bodies_that_people_write_are_read_by_their_parts_and_names() {
        let pipeline = |name: &str| json!({"eventName": name, "pipeline": {"name": "x"}});
        check(pipeline("Completed"), "pipeline.completed", &[]);
        check(pipeline("SUCCESS"), "pipeline.completed", &[]);
        check(pipeline("流水线执行失败"), "pipeline.failed", &[]);
        check(pipeline("流水线挂起"), "pipeline.suspended", &[]);
        check(
            json!({"pipeline.name": "x", "pipeline.status": "Paused"}),
            "pipeline.paused",
            &[],
        );
        let build = |event: &str| json!({"BUILD": {"EVENT": event, "TASK_NAME": "x"}});
        check(build("构建任务执行成功"), "build.succeeded", &[]);
        check(build("禁用了构建任务"), "build.disabled", &[]);
        check(build("FAILED"), "build.failed", &[]);
        let deploy = |result: &str| json!({"taskName": "shop", "result": result});
        check(deploy("成功"), "deploy.succeeded", &[]);
        check(deploy("部署已停止"), "deploy.stopped", &[]);
        check(
            json!({"eventName": "检查完成", "job": {"status": "成功"}, "task": {"name": "x"}}),
            "check.completed:passed",
            &[],
        );
        check(
            json!({"job": {"gateResult": "不通过"}}),
            "check.completed:failed",
            &[],
        );
    }

    #[test]
    fn a_work_item_is_told_as_far_as_its_body_tells_it() {
        let item = |operation: &str| json!({"operation": operation, "issue": {"id": "1"}});
        check(item("新建任务"), "task.created", &[]);
        check(item("缺陷提交"), "bug.created:submitted", &[]);
        check(item("迁移"), "story.moved", &["bug.moved"]);
        check(
            item("取消基线"),
            "feature.baselined:canceled",
            &["story.baselined"],
        );
        check(
            item("编辑了工作项"),
            "requirement.edited",
            &[
                "feature.edited",
                "story.edited",
                "task.edited",
                "bug.edited",
            ],
        );
        let review = |operation: &str| json!({"operation": operation, "review": {"id": "1"}});
        check(review("驳回"), "review.withdrawn:rejected", &[]);
        check(review("决策阶段完成"), "review.stage_done", &[]);
        let exact = json!({"eventType": "bug.created:submitted", "issue": {"id": "1"}, "operation": "新建"});
        check(exact, "bug.created:submitted", &[]);
    }

    #[test]
    fn a_code_counts_in_the_body_it_belongs_to() {
        check(
            json!({"eventCode": "success", "taskName": "x"}),
            "deploy.succeeded",
            &[],
        );
        check(
            json!({"eventCode": "SUCCESS", "pipeline": {"name": "x"}, "eventName": "失败"}),
            "pipeline.failed",
            &[],
        );
        check(
            json!({"eventCode": "codeartsrepo-mergerequest-merge"}),
            "mr.merged",
            &[],
        );
        for body in [
            json!({}),
            json!({"mergeRequest": {"iid": 1}}),
            json!({"eventCode": "success-ish", "taskName": "x"}),
            json!({"issue": {"id": 1}, "operation": "?"}),
        ] {
            assert!(matches!(find(&body), Found::Unknown(_)), "{body}");
        }
    }
}
