//! The inputs in Chinese, for the marketplaces whose readers are Chinese.

use crate::input::{InputSpec, Kind};

/// What runbell is.
pub(super) const ABOUT: &str = "把流水线的运行结果发送到钉钉、企业微信、飞书、邮件或 Webhook。";

/// The headings of the groups.
const TITLES: &[(&str, &str)] = &[
    ("When to speak", "何时通知"),
    ("What to say", "通知内容"),
    ("DingTalk", "钉钉"),
    ("WeCom", "企业微信"),
    ("Lark", "飞书"),
    ("Email", "邮件"),
    ("Webhook", "Webhook"),
    ("Delivery", "发送"),
    ("Events", "事件"),
    ("Facts the platform does not give", "平台没有提供的信息"),
];

/// The heading of a group.
pub(super) fn title(english: &str) -> &str {
    TITLES
        .iter()
        .find(|(name, _)| *name == english)
        .map_or(english, |(_, title)| title)
}

/// The label in a form and the help of an input.
pub(super) fn label_and_help(name: &str) -> Option<(&'static str, &'static str)> {
    INPUTS
        .iter()
        .find(|(input, ..)| *input == name)
        .map(|(_, label, help)| (*label, *help))
}

/// The help of an input with its words and default.
pub(super) fn described(spec: &InputSpec, help: &str) -> String {
    let words = match spec.kind {
        Kind::Choice(words) => format!("：{}", words.join("、")),
        _ => String::new(),
    };
    let default = spec
        .default
        .map(|default| format!("（默认 {default}）"))
        .unwrap_or_default();
    format!("{help}{words}{default}")
}

/// What kind of text an input takes. A kind without its Chinese word yet has the English one.
pub(super) fn takes(kind: Kind) -> &'static str {
    let english = kind.word();
    KINDS
        .iter()
        .find(|(word, _)| *word == english)
        .map_or(english, |(_, chinese)| chinese)
}

/// The words for kinds of text.
const KINDS: &[(&str, &str)] = &[
    ("text", "文本"),
    ("template", "模板"),
    ("Markdown template", "Markdown 模板"),
    ("secret", "密钥"),
    ("secrets", "密钥，可多个"),
    ("secret addresses", "保密的地址，可多个"),
    ("secret headers, one a line", "保密的请求头，每行一个"),
    ("list", "列表"),
    ("true or false", "true 或 false"),
    ("duration", "时长"),
    ("number", "整数"),
    ("path", "路径"),
];

/// Name, label and help. The order is that of the documentation.
pub(super) const INPUTS: &[(&str, &str, &str)] = &[
    ("enabled", "启用", "是否执行本步骤"),
    (
        "notify_on",
        "触发条件",
        "何时通知：状态、状态组（good、bad、stopped、open、unsure）、always、changed、fixed、broken、still_failing、after_success、after_failure",
    ),
    (
        "mention_on",
        "@ 人的条件",
        "何时 @ 人，写法同 notify_on；消息照常发送",
    ),
    ("status", "运行状态", "本次运行的状态，优先于平台给出的状态"),
    ("job_status", "任务状态", "由 action.yml 自动填写，请勿修改"),
    (
        "previous_status",
        "上次状态",
        "上一次运行的状态，供 changed、fixed、broken、still_failing 判断",
    ),
    (
        "needs",
        "前置任务结果",
        "前置任务的结果（JSON），在 GitHub、Gitea、Forgejo 上填 toJSON(needs)",
    ),
    (
        "on_missing_secret",
        "缺少密钥时",
        "地址或密码缺失时失败还是跳过；来自 fork 的合并请求在能识别的平台上总是跳过",
    ),
    (
        "state_file",
        "状态文件",
        "记录上次状态的文件，放在 CI 缓存里，供 changed、fixed、broken、still_failing 判断",
    ),
    ("platform", "CI 平台", "自动识别有误时手工指定"),
    (
        "events",
        "事件类型",
        "要通知的事件，用来代替本次运行：带点的类型、mr.* 这样的通配符，或 CodeArts 的事件编码和名称，见 docs/events.md",
    ),
    (
        "event_file",
        "事件文件",
        "事件的 JSON 文件，代替平台自带的事件文件；填 - 从标准输入读取",
    ),
    ("title", "标题", "消息标题，占位符写法同正文"),
    (
        "fields",
        "显示字段",
        "要显示的字段，按书写顺序；none 表示都不显示",
    ),
    (
        "message",
        "自定义内容",
        "显示在字段下方的 Markdown，可用 {{占位符}} 和 ${变量}",
    ),
    (
        "message_file",
        "内容文件",
        "代码库中存放消息内容的文件，代替 message",
    ),
    (
        "language",
        "语言",
        "标签和状态的语言；zh 时失败原因也用中文说明",
    ),
    ("timezone", "时区", "显示时间所用的时区，如 Asia/Shanghai"),
    (
        "on_too_long",
        "过长时",
        "消息超过对方长度限制时截断还是分条发送",
    ),
    (
        "env_allow",
        "放行的变量",
        "名称像密钥、但允许 ${...} 显示的变量",
    ),
    (
        "dingtalk_webhook",
        "钉钉机器人地址",
        "钉钉群机器人的 Webhook 地址；多个地址每行一个",
    ),
    (
        "dingtalk_secret",
        "钉钉加签密钥",
        "机器人启用加签时的密钥，以 SEC 开头",
    ),
    (
        "dingtalk_keyword",
        "钉钉关键词",
        "机器人的自定义关键词，消息中没有时自动补上，区分大小写",
    ),
    ("dingtalk_mobiles", "钉钉 @ 手机号", "要 @ 的手机号，或 all"),
    (
        "dingtalk_users",
        "钉钉 @ 用户",
        "要 @ 的员工 UserID，或 all",
    ),
    (
        "dingtalk_format",
        "钉钉消息类型",
        "消息类型；card 带有打开运行页面的按钮",
    ),
    (
        "wecom_webhook",
        "企业微信机器人地址",
        "企业微信群机器人的 Webhook 地址；多个地址每行一个",
    ),
    (
        "wecom_users",
        "企业微信 @ 成员",
        "要 @ 的成员账号（user_id），或 all",
    ),
    (
        "wecom_mobiles",
        "企业微信 @ 手机号",
        "要 @ 的手机号，或 all",
    ),
    (
        "wecom_format",
        "企业微信消息类型",
        "消息类型；markdown_v2 需要 4.1.36 及以上的客户端，text 在微信里也能看",
    ),
    (
        "lark_webhook",
        "飞书机器人地址",
        "飞书或 Lark 自定义机器人的 Webhook 地址；多个地址每行一个",
    ),
    ("lark_secret", "飞书签名密钥", "机器人启用签名校验时的密钥"),
    (
        "lark_keyword",
        "飞书关键词",
        "机器人的自定义关键词，消息中没有时自动补上，区分大小写",
    ),
    (
        "lark_users",
        "飞书 @ 用户",
        "要 @ 的 open_id 或 user_id，或 all",
    ),
    (
        "lark_format",
        "飞书消息类型",
        "消息类型；card 有彩色标题和按钮",
    ),
    ("email_to", "收件人", "收件人地址"),
    ("email_cc", "抄送", "抄送地址"),
    ("email_bcc", "密送", "密送地址，其他收件人看不到"),
    (
        "email_from",
        "发件人",
        "发件人；不填时用 smtp_username（须为邮件地址）",
    ),
    ("email_reply_to", "回复地址", "回复邮件寄往的地址"),
    ("email_subject", "邮件主题", "邮件主题，占位符写法同正文"),
    ("smtp_host", "邮件服务器", "SMTP 服务器"),
    (
        "smtp_port",
        "邮件端口",
        "SMTP 端口；不填时按 smtp_security 取 465、587 或 25",
    ),
    (
        "smtp_security",
        "邮件加密方式",
        "连接的加密方式；不填时为 tls，端口为 587 或 25 时为 starttls",
    ),
    ("smtp_username", "邮件账号", "SMTP 账号"),
    (
        "smtp_password",
        "邮件密码",
        "SMTP 密码；多数服务商要求填授权码",
    ),
    (
        "smtp_auth",
        "登录方式",
        "SMTP 登录方式；xoauth2 时 smtp_password 填访问令牌",
    ),
    (
        "webhook_url",
        "Webhook 地址",
        "Webhook 地址；多个地址每行一个",
    ),
    (
        "webhook_payload",
        "Webhook 内容格式",
        "请求体的格式；填了 webhook_body 时为 custom",
    ),
    (
        "webhook_body",
        "Webhook 自定义内容",
        "自定义请求体，可用 {{占位符}} 和 ${变量}，值按内容类型转义；填了它就不必再设 webhook_payload",
    ),
    (
        "webhook_content_type",
        "Webhook 内容类型",
        "自定义请求体的 Content-Type：JSON、表单、XML 或纯文本",
    ),
    (
        "webhook_headers",
        "Webhook 请求头",
        "附加的请求头，每行一个，写作 `名称: 值`，原样发送",
    ),
    (
        "webhook_secret",
        "Webhook 签名密钥",
        "为每次请求签名的密钥；更换密钥期间可在同一行写多个，多个地址时每个地址一行",
    ),
    ("timeout", "总时限", "整个步骤的最长时间"),
    (
        "target_timeout",
        "单个目标时限",
        "单个目标的最长时间，含等待",
    ),
    ("attempts", "尝试次数", "每个目标最多尝试几次"),
    (
        "retry_ambiguous",
        "不确定时重试",
        "消息可能已送达但未确认时，是否再试一次",
    ),
    (
        "dry_run",
        "试运行",
        "只打印将要发送的内容，不真正发送，也不需要地址",
    ),
    (
        "fail_on_error",
        "失败时让步骤失败",
        "消息发不出去时步骤是否失败",
    ),
    (
        "verbose",
        "详细日志",
        "日志是否列出每项信息的来源和每次往来",
    ),
    ("ca_file", "CA 证书文件", "额外信任的 CA 证书（PEM 文件）"),
    ("ca_only", "只信任该 CA", "是否只信任 ca_file 中的证书"),
    (
        "proxy",
        "代理",
        "HTTP 代理；不填时使用 HTTPS_PROXY、ALL_PROXY、NO_PROXY。邮件不走代理",
    ),
    (
        "allowed_hosts",
        "允许的主机",
        "允许访问的主机，如 qyapi.weixin.qq.com 或 *.example.com；不填则不限",
    ),
    ("deny_private", "禁止内网地址", "是否拒绝内网和本机地址"),
    (
        "allow_http",
        "允许 http",
        "webhook_url 是否可以是本机以外的 http 地址",
    ),
    ("pipeline_name", "流水线名称", "流水线或工作流的名称"),
    (
        "pipeline_id",
        "流水线 ID",
        "名称和 ID 不同的平台上的流水线 ID",
    ),
    ("run_id", "运行 ID", "本次运行的 ID，任意文本"),
    ("run_number", "运行编号", "本次运行的编号"),
    ("run_attempt", "运行次数", "第几次尝试，从 1 开始"),
    ("run_url", "运行页面", "本次运行的页面地址"),
    ("run_description", "运行描述", "启动者填写的运行说明"),
    ("stage", "阶段", "本步骤所在的阶段"),
    ("job", "任务", "本步骤所在的任务"),
    ("step", "步骤", "本步骤的名称"),
    ("project", "项目", "组织、命名空间或项目"),
    ("repo_slug", "代码库", "代码库，写作 owner/name"),
    ("repo_url", "代码库页面", "代码库的页面地址"),
    ("repo_default_branch", "默认分支", "代码库的默认分支"),
    ("ref", "Git 引用", "触发本次运行的 Git 引用"),
    ("branch", "分支", "本次运行的分支；标签运行没有分支"),
    ("tag", "标签", "本次运行的标签"),
    ("source_branch", "源分支", "合并请求的源分支"),
    ("target_branch", "目标分支", "合并请求的目标分支"),
    ("change_number", "合并请求编号", "合并请求的编号"),
    ("change_title", "合并请求标题", "合并请求的标题"),
    ("change_url", "合并请求页面", "合并请求的页面地址"),
    ("commit_sha", "提交", "提交 ID"),
    ("commit_before", "之前的提交", "变更之前的提交 ID"),
    ("commit_url", "提交页面", "提交的页面地址"),
    ("commit_title", "提交标题", "提交信息的第一行"),
    ("commit_message", "提交信息", "完整的提交信息"),
    ("author_name", "提交者", "提交的作者"),
    ("author_email", "提交者邮箱", "提交作者的邮件地址"),
    ("actor", "执行人", "启动本次运行的人或系统"),
    ("event", "触发方式", "触发本次运行的事件，用平台自己的词"),
    ("created_at", "创建时间", "本次运行的创建时间"),
    ("started_at", "开始时间", "本次运行的开始时间"),
    ("finished_at", "结束时间", "本次运行的结束时间"),
    ("failed_stages", "失败的阶段", "失败的阶段"),
    ("failed_steps", "失败的步骤", "失败的步骤或任务"),
    ("environment", "环境", "部署的目标环境"),
    (
        "sources",
        "代码源",
        "多代码源时，启动本次运行的代码库及分支",
    ),
    ("params", "运行参数", "运行参数，写作 NAME=value"),
    (
        "result",
        "执行结果",
        "检查、构建或部署的结果，用执行方自己的词",
    ),
    (
        "gate_result",
        "门禁结果",
        "质量门禁的结果：passed 或 failed",
    ),
    ("issue_count", "问题数", "检查发现的问题数"),
    ("task_name", "任务名称", "检查、构建或部署任务的名称"),
    ("application_name", "应用名称", "被部署的应用的名称"),
    ("execution_id", "执行 ID", "任务的执行 ID"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::inputs;

    #[test]
    fn nothing_stands_twice_and_help_is_one_line_without_a_stop() {
        for (at, (name, label, help)) in INPUTS.iter().enumerate() {
            assert!(
                INPUTS.iter().skip(at + 1).all(|(other, ..)| other != name),
                "{name} stands twice"
            );
            assert!(!label.is_empty() && !help.is_empty(), "{name}");
            assert!(!help.contains('\n') && !help.ends_with('。'), "{name}");
        }
    }

    #[test]
    fn every_input_that_people_write_is_translated() {
        let written = inputs().filter(|spec| spec.action_default.is_none());
        let missing: Vec<&str> = written
            .map(|spec| spec.name)
            .filter(|name| label_and_help(name).is_none())
            .collect();
        assert_eq!(missing, [""; 0]);
        for (name, ..) in INPUTS {
            assert!(
                inputs().any(|spec| spec.name == *name),
                "{name} is no input"
            );
        }
    }
}
