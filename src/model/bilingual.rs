//! A text in the two languages that failures are explained in.

use std::borrow::Cow;

use super::message::Language;

/// A fixed text in English and in Chinese, as the tables hold it.
pub type Both = [&'static str; 2];

/// An explanation in English and in Chinese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bilingual {
    /// For readers of English, and of every language but Chinese.
    pub english: Cow<'static, str>,
    /// For readers of Chinese.
    pub chinese: Cow<'static, str>,
}

impl Bilingual {
    /// A text that holds what only the run knows: a name, a figure, somebody else's words.
    pub const fn composed(english: String, chinese: String) -> Self {
        Self {
            english: Cow::Owned(english),
            chinese: Cow::Owned(chinese),
        }
    }

    /// The text for the reader.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.chinese,
            Language::English | Language::Russian => &self.english,
        }
    }
}

impl From<Both> for Bilingual {
    fn from([english, chinese]: Both) -> Self {
        Self {
            english: Cow::Borrowed(english),
            chinese: Cow::Borrowed(chinese),
        }
    }
}
