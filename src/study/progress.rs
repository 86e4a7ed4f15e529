//! What a run tells while it goes on.

use crate::fault::Fault;

/// How far a run is. `done` and `total` count steps of the stage.
pub struct Progress<'a> {
    /// What is being worked on, such as `bce+dice-s0`.
    pub cell: &'a str,
    /// `train`, `saliency`, `attack` or `transfer`.
    pub stage: &'a str,
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
    /// A detail of the last step.
    pub detail: String,
}

/// What a run has to say.
pub enum Event<'a> {
    /// How far it is.
    Progress(Progress<'a>),
    /// Something that the user should know, though the run goes on.
    Warning(Fault),
}

/// Hears of what a run has to say.
pub type Listener<'a> = &'a mut dyn FnMut(Event);
