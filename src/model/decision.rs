//! Whether a run is worth a message.

/// The answer of the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Speak, because of this.
    Notify(String),
    /// Stay silent, because of this.
    Skip(String),
}
