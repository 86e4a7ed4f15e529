//! lossbench measures how robust segmentation networks are that differ only in the loss function they
//! were trained with: it trains one U-Net per loss and seed, attacks each where its gradient is
//! highest, and records how the Dice score falls.
//!
//! The rooms, in the order in which they use each other:
//!
//! - [`metrics`] and [`spread`] measure masks and saliency maps on plain slices;
//! - [`data`] reads Medical Segmentation Decathlon tasks, [`phantom`] makes one;
//! - [`unet`] and [`loss`] are what is trained, [`train`] trains it; [`cpu`] is the same network in our
//!   own kernels, and [`learner`] and [`predictor`] run either, at a [`device::Place`];
//! - [`saliency`] takes the gradient of output by input, [`attack`] spends a budget of pixels on it;
//! - [`study`] puts them together: a TOML file in, cells of records on disk out;
//! - [`report`] shows a run's records as tables, figures and a page.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod atomic;
pub mod attack;
pub mod claims;
pub mod cpu;
pub mod data;
pub mod device;
pub mod learner;
pub mod loss;
pub mod metrics;
pub mod phantom;
pub mod predictor;
pub mod report;
pub mod saliency;
pub mod spread;
pub mod stats;
pub mod study;
pub mod tensors;
pub mod train;
pub mod unet;
pub mod weights;
