//! Looks names up, and leaves out the addresses that are not reached. Every address of every
//! attempt passes here, so a name that changes its mind gains nothing.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use crate::network::Network;

/// A name that leads only to addresses that are not reached.
#[derive(Debug)]
pub(super) struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it {}", self.0)
    }
}

impl std::error::Error for Refused {}

/// The addresses of a host that may be reached.
///
/// # Errors
/// The resolver's error; one that wraps [`Refused`] when there are addresses, but none of them may
/// be reached.
pub(super) async fn resolve(
    network: &Network,
    host: &str,
    port: u16,
) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    let allowed: Vec<SocketAddr> = found
        .iter()
        .filter(|address| network.refusal(address.ip()).is_none())
        .copied()
        .collect();
    let refusal = found
        .iter()
        .find_map(|address| network.refusal(address.ip()));
    match (allowed.is_empty(), refusal) {
        (true, Some(reason)) => Err(io::Error::other(Refused(reason))),
        _ => Ok(allowed),
    }
}
