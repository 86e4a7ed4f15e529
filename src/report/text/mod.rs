//! A run as text: tables, verdicts, snapshots, in columns or as Markdown.

pub mod comparison;
pub mod corruptions;
pub mod grid;
pub mod markdown;
pub mod own_losses;
pub mod ranking;
pub mod snapshot;
pub mod soundness;
pub mod specification;
pub mod tables;
pub mod ties;
pub mod verdicts;
