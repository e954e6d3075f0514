//! Markdown: read once into a document, written for each target in its own dialect, and fitted to
//! the target's limit on the tree, never on the written text.

mod colour;
mod dialect;
mod dingtalk;
mod fit;
mod html;
mod lark;
mod lark_post;
mod neutral;
mod parse;
mod plain;
mod wecom;
mod wecom_v2;

pub(crate) use dialect::Walk;
pub use dialect::{Dialect, colon};
pub use dingtalk::DingTalkMarkdown;
pub use fit::{Fitted, fit, fit_line, split};
pub use html::{
    CLASSES as HTML_CLASSES, colour as html_colour, escaped as html_escaped,
    tone_class as html_tone_class, write as write_html,
};
pub use lark::{LarkMarkdown, escaped as lark_escaped};
pub use lark_post::{PostNode, write_post};
pub use neutral::{Place, neutralised, without_mentions};
pub use parse::parse;
pub use plain::{PlainText, chat_text};
pub use wecom::WeComMarkdown;
pub use wecom_v2::WeComMarkdownV2;
