//! A mail that the server took for some recipients and put off for others (rule S-5): those alone
//! are tried again, in a transaction of their own, with the same mail.

use std::borrow::Cow;

use crate::model::bilingual::Bilingual;
use crate::model::exchange::{Class, MailReply, RefusedRecipient, Reply, Request, Verdict};

/// What an attempt left open; by default nothing.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// Who has not got the mail and may get it later.
    put_off: Vec<String>,
    /// Who will not get it.
    refused: Vec<RefusedRecipient>,
    /// What the attempt came to.
    verdict: Option<Verdict>,
    /// Whether another attempt may bring a second copy.
    copies: Copies,
}

/// Whether another attempt may bring a second copy.
#[derive(Debug, Default, PartialEq, Eq)]
enum Copies {
    /// Perhaps; behind silence and a server error nobody knows (rule D-8).
    #[default]
    Perhaps,
    /// No: the receiver said that it did not take what is sent again.
    None,
}

impl Rest {
    /// What this reply leaves open.
    pub(super) fn of(reply: &Reply, verdict: &Verdict) -> Self {
        match reply {
            Reply::Http(reply) if reply.status >= 500 => Self::default(),
            Reply::Mail(reply) if reply.is_taken() => {
                let (put_off, refused): (Vec<_>, Vec<_>) = reply
                    .refused
                    .iter()
                    .cloned()
                    .partition(RefusedRecipient::is_put_off);
                match put_off.is_empty() {
                    true => Self::default(),
                    false => Self {
                        put_off: put_off.into_iter().map(|it| it.address).collect(),
                        refused,
                        verdict: Some(verdict.clone()),
                        copies: Copies::None,
                    },
                }
            }
            Reply::Mail(_) | Reply::Http(_) => Self {
                copies: match verdict.class {
                    Class::Transient => Copies::None,
                    _ => Copies::Perhaps,
                },
                ..Self::default()
            },
        }
    }

    /// This, or what was open before when this attempt left nothing open.
    pub(super) fn or(self, before: Self) -> Self {
        match self.verdict {
            Some(_) => self,
            None => before,
        }
    }

    /// The request for those who were put off alone.
    pub(super) fn narrow(&self, request: Request) -> Request {
        match request {
            Request::Mail(mut request) if !self.put_off.is_empty() => {
                request.recipients.clone_from(&self.put_off);
                Request::Mail(request)
            }
            request => request,
        }
    }

    /// The reply to a narrowed request, with those who were refused before.
    pub(super) fn complete(&self, reply: Reply) -> Reply {
        match reply {
            Reply::Mail(reply) if reply.is_taken() => Reply::Mail(MailReply {
                refused: self.refused.iter().chain(&reply.refused).cloned().collect(),
                ..reply
            }),
            reply => reply,
        }
    }

    /// What another attempt is worth: whoever was put off surely has no copy.
    pub(super) fn worth_of<'v>(&self, verdict: &'v Verdict) -> Cow<'v, Verdict> {
        match self.copies {
            Copies::None => Cow::Owned(Verdict {
                class: Class::Safe,
                ..verdict.clone()
            }),
            Copies::Perhaps => Cow::Borrowed(verdict),
        }
    }

    /// The verdict on all recipients, when the last attempt came to `verdict`.
    pub(super) fn together_with(&self, verdict: Verdict) -> Verdict {
        match &self.verdict {
            Some(before) if !matches!(verdict.class, Class::Accepted | Class::Partial) => {
                let (before, now) = (&before.meaning, &verdict.meaning);
                Verdict {
                    class: Class::Partial,
                    meaning: Bilingual::composed(
                        format!("{}; then: {}", before.english, now.english),
                        format!("{}；随后：{}", before.chinese, now.chinese),
                    ),
                    ..verdict
                }
            }
            _ => verdict,
        }
    }
}
