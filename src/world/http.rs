//! Sends POST requests. The only file that names the HTTP library.
//!
//! Redirects, retries, compression, cookies and proxies of the library are off, and connections
//! are not reused. Its errors hold the whole address, so none of its texts ever leaves this file.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response};
use rustls::ClientConfig;

use crate::model::exchange::{FaultKind, HttpReply, HttpRequest, SendFault};

/// Longest time for resolving, connecting and the TLS handshake (rule D-6).
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Most bytes of a response body that are read (rule R-1).
const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// The HTTP client of a run.
#[derive(Debug)]
pub(super) struct HttpSender {
    client: Client,
}

impl HttpSender {
    pub(super) fn new(tls: Arc<ClientConfig>) -> anyhow::Result<Self> {
        let client = Client::builder()
            .tls_backend_preconfigured(Arc::unwrap_or_clone(tls))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .connect_timeout(CONNECT_LIMIT)
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|fault| anyhow::Error::new(fault.without_url()))?;
        Ok(Self { client })
    }

    /// Sends one request; the caller limits the time it takes.
    pub(super) async fn send(&self, request: &HttpRequest) -> Result<HttpReply, SendFault> {
        let mut post = self.client.post(request.endpoint.reveal().clone());
        for (name, value) in &request.headers {
            post = post.header(name, value.reveal());
        }
        let response = post
            .body(request.body.clone())
            .send()
            .await
            .map_err(|fault| explained(&fault))?;
        read(response).await
    }
}

async fn read(mut response: Response) -> Result<HttpReply, SendFault> {
    let mut reply = HttpReply {
        status: response.status().as_u16(),
        wait: wait(&response),
        redirect_host: redirect_host(&response),
        body: Vec::new(),
    };
    // We ask for no compression, so a compressed answer is one we cannot read.
    let is_encoded = response.headers().contains_key("content-encoding");
    while !is_encoded && reply.body.len() < BODY_LIMIT_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = BODY_LIMIT_BYTES - reply.body.len();
                reply.body.extend(chunk.iter().take(room));
            }
            Ok(None) => break,
            Err(fault) => {
                return Err(SendFault {
                    kind: FaultKind::Broken,
                    detail: system_reason(&fault),
                });
            }
        }
    }
    Ok(reply)
}

/// The longest wait that a header asks for, in whole seconds. A date is not read here.
fn wait(response: &Response) -> Option<Duration> {
    ["retry-after", "x-ogw-ratelimit-reset"]
        .iter()
        .flat_map(|name| response.headers().get_all(*name))
        .filter_map(|value| value.to_str().ok()?.trim().parse().ok())
        .max()
        .map(Duration::from_secs)
}

fn redirect_host(response: &Response) -> Option<String> {
    let location = response.headers().get("location")?.to_str().ok()?;
    let target = response.url().join(location).ok()?;
    target.host_str().map(str::to_owned)
}

/// Sorts a library error into the closed list. Its own text holds the address and is not used.
fn explained(fault: &reqwest::Error) -> SendFault {
    let tls = chain(fault).find_map(|fault| fault.downcast_ref::<rustls::Error>());
    let certificate = tls.and_then(super::tls::certificate_fault);
    let kind = if certificate.is_some() {
        FaultKind::Certificate
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
    SendFault {
        kind,
        detail: certificate.unwrap_or_else(|| system_reason(fault)),
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
        .map(|fault| fault.kind().to_string())
        .next()
        .unwrap_or_default()
}
