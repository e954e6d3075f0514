//! The real world: clock, chance, network, files, terminal. The only room that touches them.

pub mod disk;
mod http;
mod mail;
pub mod snapshot;
pub mod terminal;
mod tls;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::exchange::{Attempt, Reply, Request, SendFault};
use crate::model::time::UnixMillis;
use crate::outside::Outside;
use crate::report::attempt_line;
use crate::trust::Trust;
use terminal::Terminal;

/// The world of a run that delivers.
#[derive(Debug)]
pub struct World<'t> {
    http: http::HttpSender,
    mail: mail::MailSender,
    terminal: &'t Terminal,
}

impl<'t> World<'t> {
    /// Sets up what sending needs. Opens no connection.
    ///
    /// # Errors
    /// When the TLS library refuses its configuration, which no input can cause.
    pub fn new(trust: &Trust, terminal: &'t Terminal) -> anyhow::Result<Self> {
        let tls = tls::client_config(trust)?;
        Ok(Self {
            http: http::HttpSender::new(tls.clone())?,
            mail: mail::MailSender::new(tls),
            terminal,
        })
    }
}

/// The wall clock.
pub fn now() -> UnixMillis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Sixteen bytes from the system's random source; zeros where there is none, which costs the
/// message its unique id and nothing else.
pub fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        bytes = [0; 16];
    }
    bytes
}

impl Outside for World<'_> {
    fn now(&self) -> UnixMillis {
        now()
    }

    fn random(&self) -> [u8; 16] {
        random()
    }

    async fn send(&self, request: &Request, limit: Duration) -> Result<Reply, SendFault> {
        match request {
            Request::Http(request) => self.http.send(request).await.map(Reply::Http),
            Request::Mail(request) => self.mail.send(request, limit).await.map(Reply::Mail),
        }
    }

    fn tell(&self, attempt: &Attempt<'_>) {
        self.terminal.line(&attempt_line(attempt));
    }
}
