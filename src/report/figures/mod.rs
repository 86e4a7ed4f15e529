//! The kinds of figures, one a file.

pub mod gradients;
pub mod margins;
pub mod masks;
pub mod panel;
pub mod reported;
pub mod scatter;
pub mod sweeps;
pub mod training;
pub mod transfers;
