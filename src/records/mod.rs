//! What a run leaves on disk. The rows of its tables are in [`rows`] and [`saliency`]; a [`cell`], a
//! [`transfer`] and [`examples`] each end in a record that vouches for their files; [`run`] reads a whole
//! run folder back.
//!
//! A record that is missing is not there. One that was changed or broken since it was written is a fault
//! that names it: nothing is dropped, replaced or removed in silence.

pub mod cell;
pub mod changed;
pub mod checks;
pub mod example_maps;
pub mod examples;
pub mod files;
pub mod preprocessing;
pub mod process_record;
pub mod provenance;
pub mod rows;
pub mod run;
pub mod saliency;
pub mod sealed;
pub mod trained_on;
pub mod transfer;
pub mod unread;
pub mod volumes;
pub mod vouched;
