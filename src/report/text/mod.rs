//! A run as text: tables, verdicts, snapshots.

pub mod snapshot;
pub mod table;
pub mod ties;
pub mod verdicts;
