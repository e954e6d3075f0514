//! What every robot answers with when it does not post: a code and a text of its own.

/// A refusal in the robot's own words. Almost every one comes with HTTP status 200.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}
