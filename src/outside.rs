//! The wall between the core and the world: time, chance, sending, telling.

use std::time::Duration;

use crate::model::exchange::{Attempt, Reply, Request, SendFault};
use crate::model::time::UnixMillis;

/// The world, as the core sees it.
pub trait Outside {
    /// The wall clock.
    fn now(&self) -> UnixMillis;

    /// Sixteen bytes from the system's random source.
    fn random(&self) -> [u8; 16];

    /// Sends one request and waits for its reply, for at most `limit` from the first byte of the
    /// connection to the last of the reply.
    ///
    /// # Errors
    /// A [`SendFault`] when no reply came; its text holds no address.
    fn send(
        &self,
        request: &Request,
        limit: Duration,
    ) -> impl Future<Output = Result<Reply, SendFault>>;

    /// Waits until the run is asked to end, which usually never happens.
    fn stopped(&self) -> impl Future<Output = ()>;

    /// Tells of an attempt while the run goes on.
    fn tell(&self, attempt: &Attempt<'_>);
}
