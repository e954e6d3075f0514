//! The real world: clock, chance, network, files, terminal. The only room that touches them.

mod carriers;
pub mod disk;
mod http;
mod mail;
mod resolve;
pub mod signals;
pub mod snapshot;
mod standard_input;
pub mod terminal;
mod tls;
pub mod watch;

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::exchange::{Attempt, Reply, Request, SendFault};
use crate::model::time::UnixMillis;
use crate::network::Network;
use crate::outside::Outside;
use crate::report::{Verbosity, attempt_line, exchange_line, mail_exchange_line};
use crate::secret::Scrubber;
use crate::trust::Trust;
use carriers::Carriers;
use signals::Stop;
use terminal::Terminal;

/// The world of a run that delivers.
#[derive(Debug)]
pub struct World<'t> {
    carriers: Carriers,
    http: Arc<http::HttpSender>,
    mail: mail::MailSender,
    terminal: &'t Terminal,
    verbosity: Verbosity,
    stop: Stop,
}

impl<'t> World<'t> {
    /// Sets up what sending needs. Opens no connection.
    ///
    /// # Errors
    /// When the TLS library refuses its configuration, which no input can cause.
    pub fn new(
        trust: &Trust,
        network: &Network,
        verbosity: Verbosity,
        terminal: &'t Terminal,
        stop: &Stop,
        targets: usize,
    ) -> anyhow::Result<Self> {
        let versions = tls::Versions::default();
        let tls = tls::client_config(trust, &versions)?;
        Ok(Self {
            carriers: Carriers::begin(targets),
            http: Arc::new(http::HttpSender::new(tls.clone(), versions, network)),
            mail: mail::MailSender::new(tls, network),
            terminal,
            verbosity,
            stop: stop.clone(),
        })
    }
}

/// A scrubber that knows what this very request makes of the secrets, too.
fn scrubber_for(known: &Scrubber, request: &Request) -> Scrubber {
    let mut scrubber = known.clone();
    match request {
        Request::Http(request) => {
            scrubber.add_address(request.endpoint.reveal());
            for secret in &request.derived {
                scrubber.add(secret);
            }
        }
        Request::Mail(request) => {
            if let Some(login) = &request.server.credentials {
                let (name, password) = (&login.username, login.password.reveal());
                scrubber.add_encoded(&format!("\0{name}\0{password}"));
                scrubber.add_encoded(&format!("user={name}\x01auth=Bearer {password}\x01\x01"));
                scrubber.add_encoded(password);
            }
        }
    }
    scrubber
}

/// How the language calls a system error that it has no kind for.
const NO_KIND: &str = "uncategorized error";

/// What the system had against something, in words that hold no path and no address.
fn system_words(fault: &io::Error) -> String {
    let kind = fault.kind().to_string();
    match fault.raw_os_error() {
        // The system's own words, such as "too many open files".
        Some(number) if kind == NO_KIND => io::Error::from_raw_os_error(number).to_string(),
        _ => kind,
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

    /// What comes back is scrubbed before anybody cuts or shows a part of it: a receiver may say
    /// our secrets back, the signature and login of this very request among them.
    async fn send(&self, request: &Request, limit: Duration) -> Result<Reply, SendFault> {
        let scrubber = scrubber_for(self.terminal.scrubber(), request);
        match request {
            Request::Http(request) => {
                let sent = match self.carriers.turn() {
                    None => None,
                    Some(carrier) => {
                        let (http, known) = (Arc::clone(&self.http), scrubber.clone());
                        let request = request.clone();
                        let sending = async move { http.send(&request, limit, &known).await };
                        carrier.carry(sending).await
                    }
                };
                let sent = match sent {
                    Some(sent) => sent,
                    None => Box::pin(self.http.send(request, limit, &scrubber)).await,
                };
                let mut reply = sent?;
                let text = String::from_utf8_lossy(&reply.body);
                reply.body = scrubber.scrub(&text).into_bytes();
                reply.redirect_host = reply.redirect_host.map(|host| scrubber.scrub(&host));
                if self.verbosity == Verbosity::Verbose {
                    self.terminal.line(&exchange_line(request, &reply));
                }
                Ok(Reply::Http(reply))
            }
            Request::Mail(request) => {
                // Kept where mail is sent: else every target would carry room for it along.
                let mut reply = Box::pin(self.mail.send(request, limit)).await?;
                reply.text = scrubber.scrub(&reply.text);
                for refused in &mut reply.refused {
                    refused.text = scrubber.scrub(&refused.text);
                }
                if self.verbosity == Verbosity::Verbose {
                    self.terminal.line(&mail_exchange_line(request, &reply));
                }
                Ok(Reply::Mail(reply))
            }
        }
    }

    async fn stopped(&self) {
        self.stop.came().await;
    }

    fn tell(&self, attempt: &Attempt<'_>) {
        self.terminal.line(&attempt_line(attempt));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_error_has_words() {
        assert_eq!(
            system_words(&io::ErrorKind::ConnectionRefused.into()),
            "connection refused"
        );
        for number in 1..=133 {
            let words = system_words(&io::Error::from_raw_os_error(number));
            assert!(!words.contains("uncategorized"), "{number}: {words}");
        }
    }
}
