//! Parcels: everything that is to be sent to a target, made before the first socket is opened
//! (rule D-1).

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::channel::Target;
use crate::model::exchange::{Draft, Verdict};
use crate::model::message::Message;

/// A target, and what is to be sent to it.
#[derive(Debug)]
pub struct Parcel {
    /// Whom it goes to.
    pub target: Target,
    /// What is sent, in this order, or why nothing can be.
    pub drafts: Result<Vec<Draft>, Box<Verdict>>,
}

/// Makes the parcels of all targets, and lines for the log. A bug in one channel does not touch
/// the others (rule D-11).
pub fn pack(targets: Vec<Target>, mut message: Message) -> (Vec<Parcel>, Vec<String>) {
    let mut lines = Vec::new();
    let id = message.id.clone();
    let parcels = targets.into_iter().enumerate().map(|(at, target)| {
        message.id = id.for_target(at);
        let drafted = catch_unwind(AssertUnwindSafe(|| target.channel.drafts(&message)));
        let drafted = drafted.map_err(|_| Box::new(super::broken()));
        let drafts = drafted.and_then(|drafted| {
            let name = &target.name;
            let warnings = drafted.warnings.iter();
            lines.extend(warnings.map(|warning| format!("warning: {name}: {warning}")));
            lines.extend(drafted.notes.iter().map(|note| format!("{name}: {note}")));
            match drafted.refusal {
                Some(refusal) => Err(refusal),
                None => Ok(drafted.drafts),
            }
        });
        Parcel { target, drafts }
    });
    let parcels = parcels.collect();
    (parcels, lines)
}
