//! A network that exists, opened: its process started, or its weights read.

use crate::definition::existing::{Existing, Source};
use crate::fault::Fault;
use crate::network::Network;
use crate::network::arrays::Metadata;
use crate::network::chunked::Predictor;
use crate::network::device::Device;
use crate::network::open;
use crate::network::process::Process;
use crate::network::unet::weights::Weights;
use crate::records::cell::{NETWORK, WEIGHTS};
use crate::records::files::{content, hash};
use crate::records::preprocessing::Preprocessing;
use crate::records::process_record;
use crate::study::StudyError;
use std::path::Path;
use std::sync::Arc;

/// A network that exists.
pub struct Opened {
    network: Opening,
    /// Which network it is; none where nothing is known.
    pub fingerprint: Option<String>,
    /// How the images were made that it was trained on, as far as it says.
    pub preprocessing: Preprocessing,
    /// All that it says of itself.
    pub said: Metadata,
}

enum Opening {
    Process(String, Arc<Process>),
    Weights(Box<Weights>),
}

impl Opened {
    /// Its weights, where they are at hand.
    pub fn own(&self) -> Option<&Weights> {
        match &self.network {
            Opening::Weights(weights) => Some(weights),
            Opening::Process(..) => None,
        }
    }

    /// Opens what the arm called `name` says.
    ///
    /// # Errors
    /// [`StudyError`] where it does not open, or is another than the fingerprint says.
    pub fn open(name: &str, existing: &Existing) -> Result<Self, StudyError> {
        let (opened, who) = match &existing.source {
            Source::Process(command) => (Self::process(name, command)?, format!("network {name}")),
            Source::Weights(path) => (Self::weights(Path::new(path))?, path.clone()),
        };
        match (&existing.fingerprint, &opened.fingerprint) {
            (Some(wanted), found) if Some(wanted) != found.as_ref() => Err(StudyError::Request(format!(
                "{who} is another network than the study names (its fingerprint starts with {:.8}, the study has {wanted:.8}): take the network of the study, or another run folder",
                found.as_deref().unwrap_or("nothing")
            ))),
            _ => Ok(opened),
        }
    }

    fn process(name: &str, command: &str) -> Result<Self, StudyError> {
        let process = Process::start(name, command)?;
        let greeting = process.greeting();
        let preprocessing = Preprocessing::read(&greeting.metadata, greeting.channels, greeting.multiple);
        let fault = |fault| StudyError::Request(format!("network {name}: {fault}"));
        Ok(Self {
            fingerprint: greeting.fingerprint().map(String::from),
            preprocessing: preprocessing.map_err(fault)?,
            said: greeting.metadata.clone(),
            network: Opening::Process(command.to_string(), Arc::new(process)),
        })
    }

    fn weights(path: &Path) -> Result<Self, StudyError> {
        let weights = Weights::read(path)?;
        let bytes = content(path).map_err(|error| Fault::new(path, error))?;
        Ok(Self {
            fingerprint: Some(hash(&bytes)),
            preprocessing: Preprocessing::of(&weights).map_err(|fault| Fault::new(path, fault))?,
            said: weights.metadata().clone(),
            network: Opening::Weights(Box::new(weights)),
        })
    }

    /// The network for `device`, where its weights are at hand.
    pub fn network(&self, device: &Device) -> Box<dyn Network> {
        match &self.network {
            Opening::Process(_, process) => Box::new(Arc::clone(process)),
            Opening::Weights(weights) => open::network(weights, device),
        }
    }

    /// What the sides of a slice must be multiples of.
    pub fn multiple(&self) -> usize {
        match &self.network {
            Opening::Process(_, process) => process.multiple(),
            Opening::Weights(weights) => weights.config().multiple(),
        }
    }

    /// Whether the finished cell in `cell` is of a network that said the same of itself, where another process computes it.
    ///
    /// # Errors
    /// [`StudyError`] that names what is otherwise.
    pub fn check_recorded(&self, cell: &Path) -> Result<(), StudyError> {
        if self.is_process() { Ok(process_record::check(cell, &self.said)?) } else { Ok(()) }
    }

    /// Whether another process computes it.
    pub fn is_process(&self) -> bool {
        matches!(self.network, Opening::Process(..))
    }

    /// The network ready for slices of `size`; what is left for this program runs on `device`.
    pub fn predictor(&self, device: &Device, size: [usize; 2]) -> Predictor {
        let device = match &self.network {
            Opening::Process(_, process) => {
                let name = format!("process on {}", process.greeting().device());
                Device { name, chunk: process.greeting().batch, ..device.clone() }
            }
            Opening::Weights(_) => device.clone(),
        };
        Predictor::new(self.network(&device), &device, size)
    }

    /// Writes the network into a cell's folder, or what is recorded of it in its place; gives the file's name.
    ///
    /// # Errors
    /// [`StudyError`] where it cannot be written.
    pub fn write(&self, cell: &Path) -> Result<&'static str, StudyError> {
        match &self.network {
            Opening::Process(command, _) => {
                process_record::write(cell, command, &self.said)?;
                Ok(NETWORK)
            }
            Opening::Weights(weights) => {
                weights.write(&cell.join(WEIGHTS))?;
                Ok(WEIGHTS)
            }
        }
    }
}
