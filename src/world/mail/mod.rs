//! Hands one mail to a mail server: connection and encryption are here, what is said is in [`line`].

mod line;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::line::Line;
use super::resolve::{Refused, resolve};
use super::system_words;
use crate::model::exchange::{
    FaultKind, MailReply, MailRequest, MailSecurity, MailServer, SendFault,
};
use crate::network::Network;

/// Longest time for resolving, connecting and the TLS handshake (rule D-6).
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The mail client of a run.
#[derive(Debug)]
pub(super) struct MailSender {
    tls: Arc<ClientConfig>,
    network: Network,
}

/// How far a conversation came, as it looks from outside when time runs out.
#[derive(Debug, Default)]
struct Progress {
    peer: Cell<Option<SocketAddr>>,
    tls: Cell<Option<&'static str>>,
    mail: Cell<Handover>,
    /// The server's last word, once it was said.
    last_word: RefCell<Option<MailReply>>,
}

/// Whether the server may have the whole mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Handover {
    /// It cannot: the final dot was not written.
    #[default]
    Open,
    /// It can.
    Written,
}

/// How a conversation ends early.
#[derive(Debug)]
enum Stop {
    /// The server said its last word.
    Reply(MailReply),
    /// There was none.
    Fault(SendFault),
}

impl Stop {
    fn fault(kind: FaultKind, detail: impl Into<String>) -> Self {
        Self::Fault(SendFault::new(kind, detail))
    }
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
        let progress = Progress::default();
        let conversation = self.converse(request, &progress);
        let reply = match tokio::time::timeout(limit, conversation).await {
            Ok(Ok(reply) | Err(Stop::Reply(reply))) => Ok(reply),
            Ok(Err(Stop::Fault(fault))) => Err(fault),
            Err(_) => progress.last_word.take().ok_or_else(|| silence(&progress)),
        };
        reply.map(|reply| MailReply {
            peer: progress.peer.get(),
            tls: progress.tls.get(),
            ..reply
        })
    }

    async fn converse(
        &self,
        request: &MailRequest,
        progress: &Progress,
    ) -> Result<MailReply, Stop> {
        let server = &request.server;
        let connected_by = Instant::now() + CONNECT_LIMIT;
        let connecting = async {
            let addresses = resolve(&self.network, &server.host, server.port).await?;
            connect(&addresses, connected_by).await
        };
        let mut stream = tokio::time::timeout_at(connected_by, connecting)
            .await
            .map_err(|_| Stop::fault(FaultKind::ConnectTimeout, ""))?
            .map_err(|fault| Stop::Fault(connect_fault(&fault)))?;
        // Else the system holds back what is written behind an unanswered piece until the server
        // acknowledges that, which may take it 40 ms. Where this cannot be asked for, mail is slow.
        drop(stream.set_nodelay(true));
        progress.peer.set(stream.peer_addr().ok());
        if server.security == MailSecurity::None {
            let mut line = Line::new(&mut stream, progress);
            line.greeting().await?;
            return line.hand_over(request).await;
        }
        let (encrypted_by, unspoken) = match server.security {
            MailSecurity::StartTls => {
                // What the server said in the clear is forgotten with this line (rule S-2).
                let mut line = Line::new(&mut stream, progress);
                line.greeting().await?;
                line.start_tls().await?;
                (Instant::now() + CONNECT_LIMIT, FaultKind::StartTls)
            }
            MailSecurity::Tls | MailSecurity::None => (connected_by, FaultKind::Handshake),
        };
        let mut stream = self
            .handshake(server, stream, encrypted_by, unspoken)
            .await?;
        progress.tls.set(version(&stream));
        let mut line = Line::new(&mut stream, progress);
        if server.security == MailSecurity::Tls {
            line.greeting().await?;
        }
        line.hand_over(request).await
    }

    /// The TLS handshake. Where the server says what is no TLS, that is an `unspoken`.
    async fn handshake(
        &self,
        server: &MailServer,
        stream: TcpStream,
        deadline: Instant,
        unspoken: FaultKind,
    ) -> Result<TlsStream<TcpStream>, Stop> {
        let name = ServerName::try_from(server.host.clone())
            .map_err(|_| Stop::fault(FaultKind::Protocol, "the host name cannot be verified"))?;
        let connecting = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream);
        let fault = match tokio::time::timeout_at(deadline, connecting).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(fault)) => fault,
            Err(_) => return Err(Stop::fault(FaultKind::ConnectTimeout, "")),
        };
        let tls = fault
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let kind = system_words(&fault);
        Err(match (tls, tls.and_then(super::tls::certificate_fault)) {
            (_, Some(detail)) => Stop::fault(FaultKind::Certificate, detail),
            (Some(_), None) => Stop::fault(unspoken, kind),
            // A connection that breaks says nothing about what the server speaks.
            (None, None) => Stop::fault(FaultKind::Handshake, kind),
        })
    }
}

/// The first address that answers. Each gets its share of the time that is left, so that a silent
/// one (a broken route, mostly of IPv6) does not take it all.
async fn connect(addresses: &[SocketAddr], deadline: Instant) -> std::io::Result<TcpStream> {
    let mut last = std::io::ErrorKind::NotFound.into();
    let mut rest = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        let left = deadline.saturating_duration_since(Instant::now());
        match tokio::time::timeout(left / rest.max(1), TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(fault)) => last = fault,
            Err(_) => last = std::io::ErrorKind::TimedOut.into(),
        }
        rest = rest.saturating_sub(1);
    }
    Err(last)
}

fn version(stream: &TlsStream<TcpStream>) -> Option<&'static str> {
    let (_, connection) = stream.get_ref();
    match connection.protocol_version()? {
        rustls::ProtocolVersion::TLSv1_3 => Some("TLS 1.3"),
        rustls::ProtocolVersion::TLSv1_2 => Some("TLS 1.2"),
        _ => None,
    }
}

/// A conversation that took too long.
fn silence(progress: &Progress) -> SendFault {
    match progress.mail.get() {
        Handover::Open => SendFault::new(FaultKind::Interrupted, "the server took too long"),
        Handover::Written => SendFault::new(FaultKind::ReplyTimeout, ""),
    }
}

fn connect_fault(fault: &std::io::Error) -> SendFault {
    // The resolver's errors are no system errors, so they have no number.
    let refused = fault
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Refused>());
    if let Some(refused) = refused {
        return SendFault::new(FaultKind::Forbidden, refused.to_string());
    }
    let kind = match fault.raw_os_error() {
        Some(_) => FaultKind::Connect,
        None if fault.kind() == std::io::ErrorKind::TimedOut => FaultKind::ConnectTimeout,
        None => FaultKind::Resolve,
    };
    let detail = match kind {
        FaultKind::Connect => system_words(fault),
        _ => String::new(),
    };
    SendFault::new(kind, detail)
}
