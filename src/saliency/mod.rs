//! Saliency: what each position of an image has to do with a scalar of the network's output ([`output`]). The
//! [`gradient`](fn@gradient) of that scalar is the paper's map; [`method`] holds the others, each asked a [`Question`].

pub mod method;
mod moments;
pub mod output;
pub mod positions;
pub mod question;
mod scalar;

pub use output::{OUTPUTS, Output, find};
pub use question::{Place, Question};
pub use scalar::{Scalar, gradient};
