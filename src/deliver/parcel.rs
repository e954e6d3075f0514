//! Parcels: everything that is to be sent to a target, made before the first socket is opened
//! (rule D-1).

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::channel::Target;
use crate::model::exchange::Draft;
use crate::model::message::Message;

/// A target, and what is to be sent to it.
#[derive(Debug)]
pub struct Parcel {
    /// Whom it goes to.
    pub target: Target,
    /// What is sent, in this order; `None` when its making panicked.
    pub drafts: Option<Vec<Draft>>,
}

/// Makes the parcels of all targets, and lines for the log. A bug in one channel does not touch
/// the others (rule D-11).
pub fn pack(targets: Vec<Target>, message: &Message) -> (Vec<Parcel>, Vec<String>) {
    let mut lines = Vec::new();
    let parcels = targets.into_iter().enumerate().map(|(at, target)| {
        let message = message.for_target(at);
        let drafted = catch_unwind(AssertUnwindSafe(|| target.channel.drafts(&message))).ok();
        let drafts = drafted.map(|drafted| {
            let name = &target.name;
            let warnings = drafted.warnings.iter();
            lines.extend(warnings.map(|warning| format!("warning: {name}: {warning}")));
            lines.extend(drafted.notes.iter().map(|note| format!("{name}: {note}")));
            drafted.drafts
        });
        Parcel { target, drafts }
    });
    let parcels = parcels.collect();
    (parcels, lines)
}
