//! Hands one mail to a mail server, command by command. The only file that names the mail client.
//!
//! Only the server's codes and one-line texts come out; what is sent for a login is never shown.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use mail_send::{Credentials, Error, SmtpClient};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, EXT_START_TLS, EhloResponse, Response};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::resolve::{Refused, resolve};
use crate::model::exchange::{
    FaultKind, MailCredentials, MailReply, MailRequest, MailSecurity, MailStep, RefusedRecipient,
    SendFault,
};
use crate::network::Network;

/// Longest time for resolving, connecting and the TLS handshake (rule D-6).
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Longest time for the goodbye.
const GOODBYE_LIMIT: Duration = Duration::from_millis(100);

/// What we call ourselves in EHLO. Servers want a name; ours would tell them about the network
/// the runner stands in.
const OUR_NAME: &str = "[127.0.0.1]";

/// The mail client of a run.
#[derive(Debug)]
pub(super) struct MailSender {
    tls: Arc<ClientConfig>,
    network: Network,
}

/// Whether the server may have the whole mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not a byte of the mail was written.
    Before,
    /// The mail was written, in part or whole.
    Written,
}

/// How a conversation ends early.
enum Stop {
    /// The server said its last word.
    Reply(MailReply),
    /// There was none.
    Fault(SendFault),
}

impl MailSender {
    pub(super) fn new(tls: Arc<ClientConfig>, network: &Network) -> Self {
        Self {
            tls,
            network: network.clone(),
        }
    }

    /// Hands the mail over within `limit`.
    pub(super) async fn send(
        &self,
        request: &MailRequest,
        limit: Duration,
    ) -> Result<MailReply, SendFault> {
        let phase = Cell::new(Phase::Before);
        let last_word = RefCell::new(None);
        let conversation = Conversation {
            request,
            limit,
            tls: &self.tls,
            network: &self.network,
            phase: &phase,
            last_word: &last_word,
        };
        match tokio::time::timeout(limit, conversation.run()).await {
            Ok(Ok(reply) | Err(Stop::Reply(reply))) => Ok(reply),
            Ok(Err(Stop::Fault(fault))) => Err(fault),
            Err(_) => match last_word.take() {
                Some(reply) => Ok(reply),
                None => Err(silence(phase.get())),
            },
        }
    }
}

/// A conversation that took too long.
fn silence(phase: Phase) -> SendFault {
    SendFault {
        kind: match phase {
            Phase::Before => FaultKind::Interrupted,
            Phase::Written => FaultKind::ReplyTimeout,
        },
        detail: match phase {
            Phase::Before => "the server took too long".to_owned(),
            Phase::Written => String::new(),
        },
    }
}

struct Conversation<'a> {
    request: &'a MailRequest,
    limit: Duration,
    tls: &'a Arc<ClientConfig>,
    network: &'a Network,
    phase: &'a Cell<Phase>,
    last_word: &'a RefCell<Option<MailReply>>,
}

impl Conversation<'_> {
    async fn run(&self) -> Result<MailReply, Stop> {
        let server = &self.request.server;
        let connecting = async {
            let addresses = resolve(self.network, &server.host, server.port).await?;
            TcpStream::connect(addresses.as_slice()).await
        };
        let stream = match tokio::time::timeout(CONNECT_LIMIT, connecting).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(fault)) => return Err(Stop::Fault(connect_fault(&fault))),
            Err(_) => {
                return Err(Stop::Fault(SendFault {
                    kind: FaultKind::ConnectTimeout,
                    detail: String::new(),
                }));
            }
        };
        match server.security {
            MailSecurity::Tls => {
                let mut client = self.client(self.handshake(stream).await?);
                self.greeting(&mut client).await?;
                self.transact(client).await
            }
            MailSecurity::StartTls => {
                let mut client = self.client(stream);
                self.greeting(&mut client).await?;
                let offered = self.hello(&mut client).await?;
                if !offered.has_capability(EXT_START_TLS) {
                    return Err(Stop::Reply(reply_at(
                        MailStep::StartTls,
                        502,
                        "STARTTLS is not offered",
                    )));
                }
                self.expect(&mut client, MailStep::StartTls, b"STARTTLS\r\n", 220..=220)
                    .await?;
                // What the server said in the clear is forgotten with the plain client.
                let stream = self.handshake(client.stream).await?;
                self.transact(self.client(stream)).await
            }
            MailSecurity::None => {
                let mut client = self.client(stream);
                self.greeting(&mut client).await?;
                self.transact(client).await
            }
        }
    }

    const fn client<T: AsyncRead + AsyncWrite + Unpin>(&self, stream: T) -> SmtpClient<T> {
        SmtpClient {
            stream,
            timeout: self.limit,
        }
    }

    async fn handshake(
        &self,
        stream: TcpStream,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Stop> {
        let name = ServerName::try_from(self.request.server.host.clone()).map_err(|_| {
            Stop::Fault(SendFault {
                kind: FaultKind::Protocol,
                detail: "the host name cannot be verified".to_owned(),
            })
        })?;
        let connector = TlsConnector::from(Arc::clone(self.tls));
        match tokio::time::timeout(CONNECT_LIMIT, connector.connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(fault)) => {
                let tls = fault
                    .get_ref()
                    .and_then(|inner| inner.downcast_ref::<rustls::Error>());
                let certificate = tls.and_then(super::tls::certificate_fault);
                Err(Stop::Fault(match certificate {
                    Some(detail) => SendFault {
                        kind: FaultKind::Certificate,
                        detail,
                    },
                    None => SendFault {
                        kind: FaultKind::Handshake,
                        detail: fault.kind().to_string(),
                    },
                }))
            }
            Err(_) => Err(Stop::Fault(SendFault {
                kind: FaultKind::ConnectTimeout,
                detail: String::new(),
            })),
        }
    }

    async fn greeting<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        client: &mut SmtpClient<T>,
    ) -> Result<(), Stop> {
        let reply = client.read().await.map_err(|fault| self.stop(fault))?;
        accept(&reply, MailStep::Greeting, 220..=220)
    }

    async fn hello<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        client: &mut SmtpClient<T>,
    ) -> Result<EhloResponse<String>, Stop> {
        client
            .ehlo(OUR_NAME)
            .await
            .map_err(|fault| self.stop_at(fault, MailStep::Hello))
    }

    /// EHLO, login, envelope, mail, on a connection that is as safe as it will be.
    async fn transact<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut client: SmtpClient<T>,
    ) -> Result<MailReply, Stop> {
        let capabilities = self.hello(&mut client).await?;
        if let Some(credentials) = &self.request.server.credentials {
            self.login(&mut client, capabilities, credentials).await?;
        }
        let sender = format!("MAIL FROM:<{}>\r\n", self.request.sender);
        self.expect(&mut client, MailStep::Sender, sender.as_bytes(), 250..=250)
            .await?;
        let refused = self.recipients(&mut client).await?;
        self.expect(&mut client, MailStep::Data, b"DATA\r\n", 354..=354)
            .await?;
        self.phase.set(Phase::Written);
        client
            .write_message(&self.request.mail)
            .await
            .map_err(|fault| self.stop(Error::Io(fault)))?;
        let reply = client.read().await.map_err(|fault| self.stop(fault))?;
        let last_word = MailReply {
            refused,
            ..reply_at(MailStep::Message, reply.code, &reply.message)
        };
        // The verdict is in; how the goodbye goes, and how long it takes, changes nothing.
        *self.last_word.borrow_mut() = Some(last_word.clone());
        let goodbye = client.stream.write_all(b"QUIT\r\n");
        drop(tokio::time::timeout(GOODBYE_LIMIT, goodbye).await);
        Ok(last_word)
    }

    async fn login<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        client: &mut SmtpClient<T>,
        mut capabilities: EhloResponse<String>,
        credentials: &MailCredentials,
    ) -> Result<(), Stop> {
        let offered = capabilities.auth_mechanisms;
        capabilities.auth_mechanisms = match offered & AUTH_PLAIN {
            0 => offered & AUTH_LOGIN,
            plain => plain,
        };
        if capabilities.auth_mechanisms == 0 {
            return Err(Stop::Fault(SendFault {
                kind: FaultKind::Protocol,
                detail: "the server offers neither PLAIN nor LOGIN".to_owned(),
            }));
        }
        let credentials =
            Credentials::new(credentials.username.as_str(), credentials.password.reveal());
        client
            .authenticate(credentials, capabilities)
            .await
            .map(drop)
            .map_err(|fault| self.stop_at(fault, MailStep::Login))
    }

    /// Names every recipient. One that is refused does not stop the others; when all are, the
    /// mildest refusal is the server's last word.
    async fn recipients<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        client: &mut SmtpClient<T>,
    ) -> Result<Vec<RefusedRecipient>, Stop> {
        let mut refused = Vec::new();
        for address in &self.request.recipients {
            let command = format!("RCPT TO:<{address}>\r\n");
            match self
                .expect(client, MailStep::Recipients, command.as_bytes(), 250..=252)
                .await
            {
                Ok(()) => {}
                Err(Stop::Reply(reply)) if reply.code != 421 => refused.push(RefusedRecipient {
                    address: address.clone(),
                    code: reply.code,
                    text: reply.text,
                }),
                Err(stop) => return Err(stop),
            }
        }
        if refused.len() < self.request.recipients.len() {
            return Ok(refused);
        }
        let mildest = refused.iter().min_by_key(|it| it.code);
        let (code, text) = mildest.map_or((554, String::new()), |it| {
            (it.code, format!("{}: {}", it.address, it.text))
        });
        Err(Stop::Reply(reply_at(MailStep::Recipients, code, &text)))
    }

    async fn expect<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        client: &mut SmtpClient<T>,
        step: MailStep,
        command: &[u8],
        wanted: std::ops::RangeInclusive<u16>,
    ) -> Result<(), Stop> {
        let reply = client
            .cmd(command)
            .await
            .map_err(|fault| self.stop_at(fault, step))?;
        accept(&reply, step, wanted)
    }

    fn stop_at(&self, fault: Error, step: MailStep) -> Stop {
        match fault {
            Error::UnexpectedReply(reply) | Error::AuthenticationFailed(reply) => {
                Stop::Reply(reply_at(step, reply.code, &reply.message))
            }
            fault => self.stop(fault),
        }
    }

    /// An error without a reply. Before the mail was written, trying again cannot duplicate it.
    fn stop(&self, fault: Error) -> Stop {
        let kind = match self.phase.get() {
            Phase::Before => FaultKind::Interrupted,
            Phase::Written => FaultKind::Broken,
        };
        let (kind, detail) = match fault {
            Error::Timeout => return Stop::Fault(silence(self.phase.get())),
            Error::Io(fault) => (kind, fault.kind().to_string()),
            Error::UnparseableReply => (kind, "the server's reply cannot be read".to_owned()),
            Error::Auth(_) | Error::Base64(_) => (
                FaultKind::Protocol,
                "the server's login challenge cannot be read".to_owned(),
            ),
            _ => (FaultKind::Protocol, String::new()),
        };
        Stop::Fault(SendFault { kind, detail })
    }
}

fn accept(
    reply: &Response<String>,
    step: MailStep,
    wanted: std::ops::RangeInclusive<u16>,
) -> Result<(), Stop> {
    match wanted.contains(&reply.code) {
        true => Ok(()),
        false => Err(Stop::Reply(reply_at(step, reply.code, &reply.message))),
    }
}

fn reply_at(step: MailStep, code: u16, text: &str) -> MailReply {
    MailReply {
        step,
        code,
        text: text.to_owned(),
        refused: Vec::new(),
    }
}

fn connect_fault(fault: &std::io::Error) -> SendFault {
    // The resolver's errors are no system errors, so they have no number.
    let refused = fault
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Refused>());
    if let Some(refused) = refused {
        return SendFault {
            kind: FaultKind::Forbidden,
            detail: refused.to_string(),
        };
    }
    let kind = match fault.raw_os_error() {
        Some(_) => FaultKind::Connect,
        None => FaultKind::Resolve,
    };
    let detail = match kind {
        FaultKind::Connect => fault.kind().to_string(),
        _ => String::new(),
    };
    SendFault { kind, detail }
}
