//! Sends POST requests. The only file that names the HTTP library.
//!
//! Redirects, retries, compression, cookies and the library's own search for proxies are off, and
//! connections are not reused. Its errors hold the whole address, so none of its texts ever leaves this file.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::tls::TlsInfo;
use reqwest::{Client, Method, NoProxy, Proxy, Response};
use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::resolve::Refused;
use super::system_words;
use super::tls::Versions;
use crate::model::exchange::{BodyEnd, FaultKind, HttpReply, HttpRequest, ReplyBody, SendFault};
use crate::model::retry_after::asked_wait;
use crate::model::time::UnixMillis;
use crate::network::Network;
use crate::secret::Scrubber;

/// Longest time for resolving, connecting and the TLS handshake (rule D-6).
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Most bytes of a response body that are read (rule R-1).
const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// Longest response head whose body is read, in bytes (rule R-1). The library has no such limit of
/// one's own: it reads up to 100 fields and 408 KiB, and then breaks off.
const HEAD_LIMIT_BYTES: usize = 64 * 1024;

/// By how much a connection must be there before the attempt is over: what ends the attempt must
/// not be mistaken for silence after a request that never went out.
const HEAD_START: Duration = Duration::from_millis(50);

/// Makes the HTTP client of each attempt. They share nothing, so that each can have the time that
/// is left for it.
#[derive(Debug)]
pub(super) struct HttpSender {
    tls: Arc<ClientConfig>,
    versions: Versions,
    network: Network,
}

impl HttpSender {
    pub(super) fn new(tls: Arc<ClientConfig>, versions: Versions, network: &Network) -> Self {
        Self {
            tls,
            versions,
            network: network.clone(),
        }
    }

    /// The way over the proxy, for the library. Plain http goes to this machine, or where its
    /// author allowed it; a proxy would read address and message.
    fn way_to(&self, receiver: &Url) -> reqwest::Result<Option<Proxy>> {
        let Some(way) = &self.network.way else {
            return Ok(None);
        };
        let proxy = Proxy::https(way.proxy.reveal().clone())?;
        let exceptions = way.exceptions_at(receiver.port_or_known_default().unwrap_or_default());
        Ok(Some(proxy.no_proxy(NoProxy::from_string(&exceptions))))
    }

    /// A client for one attempt at a receiver on `host`.
    fn client(
        &self,
        host: &str,
        connect_limit: Duration,
        way: Option<Proxy>,
    ) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(&self.tls))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .tls_info(true)
            .connect_timeout(connect_limit)
            // No connection outlives its attempt, which has a limit of its own.
            .tcp_keepalive(None)
            .pool_max_idle_per_host(0)
            .dns_resolver(Resolver {
                network: self.network.clone(),
                host: host.to_owned(),
            });
        match way {
            None => builder.no_proxy(),
            Some(way) => builder.proxy(way),
        }
        .build()
    }

    /// Sends one request and reads its reply within `limit`. A body that is cut by then is told as
    /// cut; the status is known all the same.
    pub(super) async fn send(
        &self,
        request: &HttpRequest,
        limit: Duration,
        scrubber: &Scrubber,
    ) -> Result<HttpReply, SendFault> {
        let started = Instant::now();
        let deadline = started + limit;
        let connect_limit = CONNECT_LIMIT.min(limit.saturating_sub(HEAD_START));
        let client = self
            .way_to(request.endpoint.reveal())
            .and_then(|way| self.client(&request.endpoint.host(), connect_limit, way))
            .map_err(|fault| explained(&fault))?;
        let mut post = client.post(request.endpoint.reveal().clone());
        for (name, value) in &request.headers {
            post = post.header(name, value.reveal());
        }
        let sending = post.body(request.body.clone()).send();
        let mut response = match timeout_at(deadline, sending).await {
            Ok(Ok(response)) => response,
            Ok(Err(fault)) => {
                let by_proxy = chain(&fault).any(|it| PROXY_REFUSED.contains(&&*it.to_string()));
                let refused = match by_proxy {
                    true => self.asked_why(request, started + connect_limit).await,
                    false => None,
                };
                return Err(refused.unwrap_or_else(|| explained(&fault)));
            }
            Err(_) => return Err(SendFault::new(FaultKind::ReplyTimeout, "")),
        };
        let now = super::now();
        let sent = date(&response);
        let shown = response.extensions().get::<TlsInfo>();
        let certificate = shown.and_then(TlsInfo::peer_certificate);
        let mut reply = HttpReply {
            status: response.status().as_u16(),
            peer: response.remote_addr(),
            tls: certificate.and_then(|certificate| self.versions.of(certificate)),
            wait: wait(&response, sent, now),
            clock_ahead: sent.map(|sent| now.0.saturating_sub(sent.0)),
            redirect_host: redirect_host(&response, scrubber),
            ..HttpReply::default()
        };
        // We ask for no compression, so a compressed answer is one we cannot read.
        let is_encoded = response
            .headers()
            .get("content-encoding")
            .is_some_and(|encoding| {
                let encoding = encoding.as_bytes();
                !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity")
            });
        if head_bytes(&response) > HEAD_LIMIT_BYTES {
            // What is complete is the status, and it alone decides.
            reply.end = BodyEnd::Cut;
        } else if request.reply_body == ReplyBody::Read && !is_encoded {
            reply.end = match timeout_at(deadline, read(&mut response, &mut reply.body)).await {
                Ok(Ok(())) => BodyEnd::Whole,
                Ok(Err(_)) | Err(_) => BodyEnd::Cut,
            };
        }
        Ok(reply)
    }

    /// Asks a proxy that refused once more, with what status. The library makes the tunnel and hides
    /// the answer; the same CONNECT as a request of its own shows it. Only the host of the receiver
    /// is told, as before. `None` when no status comes by the deadline, or the proxy is willing now.
    async fn asked_why(&self, request: &HttpRequest, deadline: Instant) -> Option<SendFault> {
        let proxy = self.network.way.as_ref()?.proxy.reveal();
        let (receiver, host) = (request.endpoint.reveal(), request.endpoint.host());
        // The library takes the target from the address of the request, and no port 80 stands there.
        let port = receiver
            .port_or_known_default()
            .filter(|port| *port != 80)?;
        let limit = deadline.saturating_duration_since(Instant::now());
        let way = Proxy::http(proxy.clone()).ok()?;
        let client = self.client(&host, limit, Some(way)).ok()?;
        let asking = client.request(Method::CONNECT, format!("http://{host}:{port}"));
        let response = timeout_at(deadline, asking.send()).await.ok()?.ok()?;
        let status = response.status().as_u16();
        if response.status().is_success() {
            return None;
        }
        let name = proxy.host_str().unwrap_or_default();
        let port = proxy.port_or_known_default().unwrap_or_default();
        let fault = SendFault::new(
            FaultKind::of_proxy(status),
            format!("{name}:{port} answered HTTP {status}"),
        );
        Some(SendFault {
            wait: wait(&response, date(&response), super::now()).unwrap_or_default(),
            ..fault
        })
    }
}

/// Looks names up for the client. The proxy's own name is the operator's, and is not judged, unless
/// the receiver has the same one.
struct Resolver {
    network: Network,
    host: String,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let way = self.network.way.as_ref();
        let is_proxy = way.is_some_and(|way| way.proxy.reveal().host_str() == Some(name.as_str()));
        let network = match is_proxy && name.as_str() != self.host {
            true => Network::default(),
            false => self.network.clone(),
        };
        Box::pin(async move {
            let found = super::resolve::resolve(&network, name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// What the fields of the head take, in bytes: name, colon, space, value and end of the line.
fn head_bytes(response: &Response) -> usize {
    let fields = response.headers().iter();
    fields
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}

/// Reads as much of the body as is ever read.
async fn read(response: &mut Response, body: &mut Vec<u8>) -> reqwest::Result<()> {
    while body.len() < BODY_LIMIT_BYTES {
        match response.chunk().await? {
            Some(chunk) => {
                let room = BODY_LIMIT_BYTES - body.len();
                body.extend(chunk.iter().take(room));
            }
            None => break,
        }
    }
    Ok(())
}

/// The response's own clock.
fn date(response: &Response) -> Option<UnixMillis> {
    UnixMillis::parse_http_date(response.headers().get("date")?.to_str().ok()?)
}

/// The longest wait that a header asks for.
fn wait(response: &Response, sent: Option<UnixMillis>, now: UnixMillis) -> Option<Duration> {
    let values = ["retry-after", "x-ogw-ratelimit-reset"]
        .iter()
        .flat_map(|name| response.headers().get_all(*name))
        .filter_map(|value| value.to_str().ok());
    asked_wait(values, sent, now)
}

/// The host as the receiver wrote it: an address that was read has it in small letters, and the
/// scrubber would not know a token in them.
fn redirect_host(response: &Response, scrubber: &Scrubber) -> Option<String> {
    let location = response.headers().get("location")?.to_str().ok()?;
    let target = response.url().join(location).ok()?;
    let host = target.host_str()?;
    let written = location
        .to_ascii_lowercase()
        .find(host)
        .and_then(|at| location.get(at..at + host.len()));
    match written {
        Some(written) => Some(scrubber.scrub(written)),
        None if response.url().host_str() == Some(host) => Some(host.to_owned()),
        None => None,
    }
}

/// Sorts a library error into the closed list. Its own text holds the address and is not used.
fn explained(fault: &reqwest::Error) -> SendFault {
    let tls = chain(fault).find_map(|fault| fault.downcast_ref::<rustls::Error>());
    let certificate = tls.and_then(super::tls::certificate_fault);
    let refused = chain(fault).find_map(|fault| fault.downcast_ref::<Refused>());
    if let Some(refused) = refused {
        return SendFault::new(FaultKind::Forbidden, refused.to_string());
    }
    let kind = if certificate.is_some() {
        FaultKind::Certificate
    } else if let Some(kind) = chain(fault).find_map(tunnel_fault) {
        kind
    } else if fault.is_connect() && fault.is_timeout() {
        FaultKind::ConnectTimeout
    } else if fault.is_dns() {
        FaultKind::Resolve
    } else if fault.is_connect() && tls.is_some() {
        FaultKind::Handshake
    } else if fault.is_connect() {
        FaultKind::Connect
    } else if fault.is_timeout() {
        FaultKind::ReplyTimeout
    } else {
        FaultKind::Broken
    };
    let reason = match chain(fault).any(|fault| fault.to_string() == HEAD_TOO_LONG) {
        true => "its head is longer than is read".to_owned(),
        false => certificate.unwrap_or_else(|| system_reason(fault)),
    };
    let is_proxy = chain(fault).any(|fault| fault.to_string() == PROXY_NOT_REACHED);
    let detail = match (is_proxy, reason.as_str()) {
        (true, "") => "the proxy".to_owned(),
        (true, reason) => format!("the proxy: {reason}"),
        (false, _) => reason,
    };
    SendFault::new(kind, detail)
}

/// How the library says that it gave up on a response head: too many fields, or too many bytes.
const HEAD_TOO_LONG: &str = "message head is too large";

/// How the library says that it did not even reach the proxy.
const PROXY_NOT_REACHED: &str = "tunnel error: failed to create underlying connection";

/// How the library says that the proxy answered, but not with 200 or 407 in up to 8 KiB.
const PROXY_REFUSED: [&str; 2] = [
    "tunnel error: unsuccessful",
    "tunnel error: proxy response headers too long",
];

/// What a proxy had against us. The library's type is private, so its words must do.
fn tunnel_fault(fault: &(dyn Error + 'static)) -> Option<FaultKind> {
    let words = fault.to_string();
    if words == PROXY_NOT_REACHED {
        // The reason stands further down the chain.
        return None;
    }
    match words.strip_prefix("tunnel error: ")? {
        "proxy authorization required" => Some(FaultKind::ProxyLogin),
        _ => Some(FaultKind::Proxy),
    }
}

/// An error and everything that caused it. What an I/O error wraps counts as its cause; its own
/// `source` would skip it, and the TLS library's errors are wrapped twice.
fn chain<'a>(fault: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(fault);
    std::iter::from_fn(move || {
        let fault = next?;
        let wrapped = fault
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| inner as &(dyn Error + 'static));
        next = wrapped.or_else(|| fault.source());
        Some(fault)
    })
}

/// The operating system's word for it, such as "connection refused"; empty when it has none.
fn system_reason(fault: &(dyn Error + 'static)) -> String {
    chain(fault)
        .filter_map(|fault| fault.downcast_ref::<io::Error>())
        .filter(|fault| fault.raw_os_error().is_some())
        .map(system_words)
        .next()
        .unwrap_or_default()
}
