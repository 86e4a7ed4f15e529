//! The U-Net (O. Ronneberger et al., MICCAI 2015) that every loss trains: its size, norm and head
//! ([`UNetConfig`]), its topology (`plan`), its [`weights`]. The output is logits, the sigmoid stays outside. [`UNet`] runs it
//! through burn; [`crate::network::cpu`] in our own kernels.

mod burn;
mod burn_layer;
mod config;
mod folded;
mod inferred;
mod learner;
mod plan;
mod ruled;
mod variation;
pub mod weights;

pub use self::burn::UNet;
pub use config::UNetConfig;
pub use folded::fold;
pub use learner::UNetLearner;
pub use variation::{Head, Normalisation};
