//! lossbench measures how robust segmentation networks are that differ only in the loss function they
//! were trained with: it trains one U-Net per loss and seed, attacks each where its gradient is
//! highest, and records how the Dice score falls.
//!
//! The rooms, in the order in which they use each other:
//!
//! - [`stats`] and [`spread`] work on plain numbers;
//! - [`image`] holds slices and the overlap of masks, [`loss`] what is trained on;
//! - [`network`] computes logits and gradients, on our own kernels or through burn;
//! - [`saliency`] says of which output the gradient is taken, [`attack`] spends a budget of pixels on it;
//! - [`data`] reads Medical Segmentation Decathlon tasks, [`phantom`] makes one, [`train`] trains a network;
//! - [`definition`] is a study's file, [`records`] what a run leaves on disk, [`study`] what runs it;
//! - [`evidence`] turns records into quantities, [`claims`] judges by them, [`report`] shows them.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod atomic;
pub mod attack;
pub mod claims;
pub mod data;
pub mod definition;
pub mod draw;
pub mod evidence;
pub mod fault;
pub mod image;
pub mod loss;
pub mod network;
pub mod phantom;
pub mod random;
pub mod records;
pub mod report;
pub mod rules;
pub mod saliency;
pub mod spread;
pub mod stats;
pub mod study;
pub mod train;
