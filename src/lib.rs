//! lossbench measures how robust segmentation networks are that differ only in the loss function they
//! were trained with: it trains one U-Net per arm (a loss with its training) and seed, attacks each where its
//! gradient is highest, and records how the Dice score falls.
//!
//! The program does all of it from a study file; the library does each part alone. One network on phantoms,
//! trained, then attacked at its 5 pixels of highest gradient:
//!
//! ```
//! use lossbench::definition::study::Study;
//! use lossbench::network::{device, open};
//! use lossbench::study::{cell::saliency_maps, prepared::Prepared, sweep::Sweeper};
//! use lossbench::train::Training;
//!
//! # fn main() -> anyhow::Result<()> {
//! let text = r#"
//!     name = "example"
//!     losses = ["bce+dice"]
//!     seeds = [0]
//!     data = { source = "phantom", phantom = { volumes = 4 } }
//!     model = { levels = 2, base = 4 }
//!     train = { epochs = 2, batch = 16, learning_rate = 1e-2 }
//!     sweep.brighter = { title = "5 pixels", pixels = [0, 5], levels = [0.6] }
//! "#;
//! let study = Study::parse(text, &[]).map_err(anyhow::Error::msg)?;
//! let data = Prepared::load(&study, None)?;
//! let device = device::open("cpu")?;
//! let arm = &study.arms[0];
//!
//! let (model, config, size, range) = (data.model(&study)?, &arm.train, data.size, data.range);
//! let training = Training { model, config, loss: &arm.loss, seed: 0, size, range, device: &device };
//! let (weights, _epochs) = training.run(&data.train, &data.validation, |_, _| {})?;
//!
//! let network = open::predictor(&weights, &device, size);
//! let maps = saliency_maps(&network, &study, &data.test, &arm.loss)?;
//! let mut sweeper = Sweeper::new(&network, &data, &study.trials, &arm.name, 0);
//! for row in sweeper.sweep("brighter", &study.sweeps["brighter"], study.attacks[0], &arm.name, &maps)? {
//!     println!("{}, {:?} pixels at {:?}: Dice {:.3}", row.volume, row.pixels, row.level, row.dice);
//! #   assert!((0.0..=1.0).contains(&row.dice));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The rooms, from the bottom up; ARCHITECTURE.md says more:
//!
//! - [`fault`], [`rules`], [`atomic`], [`plain_text`], [`random`]: faults in one line, what a user may write, whole
//!   files, texts as editors save them, named random streams;
//! - [`stats`], [`spread`], [`draw`]: statistics, spread and drawing of plain numbers;
//! - [`image`], [`data`], [`phantom`]: slices and masks, volumes on disk, volumes made in memory;
//! - [`loss`], [`network`], [`saliency`], [`attack`], [`train`]: what is trained, what computes it, what explains it,
//!   what changes its input, and the training;
//! - [`definition`], [`records`], [`study`]: a study's file, what a run leaves on disk, and what runs it;
//! - [`evidence`], [`claims`], [`report`]: quantities from records, verdicts, and what is shown.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
// A print panics where its reader has gone, and with it the run.
#![deny(clippy::print_stdout, clippy::print_stderr)]

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
pub mod plain_text;
pub mod random;
pub mod records;
pub mod report;
pub mod rules;
pub mod saliency;
pub mod similarity;
pub mod spread;
pub mod stats;
pub mod study;
pub mod train;
