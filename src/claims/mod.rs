//! The paper's claims and what a run says of them.
//!
//! [`registry`] has the claims ([`claim`]), [`evidence`](crate::evidence) arranges a run's records into what is
//! [measured](crate::evidence::measured), [`compare`] does what a predicate asks for, [`verdict`] decides, [`readings`] decides again
//! under the other choices of a run.

pub mod claim;
pub mod compare;
pub mod finding;
pub mod predicate;
pub mod readings;
pub mod registry;
pub mod verdict;
