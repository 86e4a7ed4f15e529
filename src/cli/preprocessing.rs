//! How images are made for weights: as these say, as the user says, or by the documented defaults, and a line where the
//! last two differ from the first.

use anyhow::Context;
use lossbench::data::channels::Channel;
use lossbench::definition::study::Study;
use lossbench::image::scale::Scaling;
use lossbench::image::slicing::Slicing;
use lossbench::network::unet::weights::Weights;
use lossbench::records::preprocessing::Preprocessing;
use lossbench::rules::rising;
use lossbench::study::prepared::Prepared;
use lossbench::study::volumes::Fit;
use std::cell::RefCell;
use std::path::Path;

/// The scaling of weights that say none: that of the paper.
const INTENSITY: [f32; 2] = [0.0, 0.2];

/// What weights carry, with their name for messages.
pub struct Carried<'a> {
    path: &'a Path,
    said: Preprocessing,
    warnings: RefCell<Vec<String>>,
}

impl<'a> Carried<'a> {
    /// What the weights of the file `path` say.
    pub fn of(path: &'a Path, weights: &Weights) -> anyhow::Result<Self> {
        let said = Preprocessing::of(weights).map_err(anyhow::Error::msg);
        let said = said.with_context(|| path.display().to_string())?;
        Ok(Self { path, said, warnings: RefCell::new(Vec::new()) })
    }

    /// The scaling, where the user gives `given` with --intensity or nothing.
    pub fn scaling(&self, given: &[f32]) -> anyhow::Result<Scaling> {
        let given = match *given {
            [low, high] => {
                rising("--intensity", [low, high]).map_err(anyhow::Error::msg)?;
                Some([low, high])
            }
            _ => None,
        };
        if let (Some(given), Some(said)) = (given, self.said.intensity)
            && given != said
        {
            let (given, said) = (range(given), range(said));
            self.warn(format!(
                "{}: was trained at intensity {said}, but --intensity {given} is taken",
                self.path.display()
            ));
        }
        let range = given.or(self.said.intensity).unwrap_or(INTENSITY);
        Ok(Scaling { scale: self.said.scale.unwrap_or_default(), range })
    }

    /// The numbers of the channels, where the user gives `given` with --channels or nothing; empty for all.
    pub fn channels(&self, given: &[usize]) -> Vec<usize> {
        match &self.said.channels {
            Some(said) if given.is_empty() => said.clone(),
            Some(said) if given != said => {
                self.warn(format!(
                    "{}: was trained on channels {said:?}, but --channels {given:?} are taken",
                    self.path.display()
                ));
                given.to_vec()
            }
            _ => given.to_vec(),
        }
    }

    /// How the image becomes slices: as stored, along the third axis, where the weights do not say it.
    pub fn slicing(&self) -> Slicing {
        self.said.slicing.unwrap_or_default()
    }

    /// Height and width of the slices of `image`, which needs `needed`.
    pub fn size(&self, image: &Path, needed: [usize; 2]) -> [usize; 2] {
        let size = self.said.size_for(needed);
        self.warn_of_size(&image.display().to_string(), size);
        size
    }

    /// Says what is assumed where the weights do not say it; `explicit` tells that the user gave the scaling, `size` is
    /// that of the slices.
    pub fn say_assumed(&self, explicit: bool, size: [usize; 2]) {
        let mut assumed = Vec::new();
        if self.said.intensity.is_none() && !explicit {
            assumed.push(format!("intensity {} (--intensity)", range(INTENSITY)));
        }
        if self.said.size.is_none() {
            assumed.push(format!("slices of {}, the image's own size", sides(size)));
        }
        self.say(&assumed);
    }

    fn say(&self, assumed: &[String]) {
        if !assumed.is_empty() {
            let path = self.path.display();
            self.warn(format!(
                "{path}: does not say how it was trained; assumed are {}",
                assumed.join(" and ")
            ));
        }
    }

    /// Lets `study` make the images that the weights were trained on; a field that is among the user's `overrides`
    /// stays.
    pub fn apply(&self, study: &mut Study, overrides: &[String]) {
        let given = |key: &str| {
            let keys =
                overrides.iter().filter_map(|change| change.split_once('=')).map(|(key, _)| key.trim());
            keys.into_iter().any(|given| given == key || given == "data")
        };
        let path = self.path.display();
        if let Some(said) = self.said.intensity.filter(|said| *said != study.data.intensity) {
            let (own, trained) = (range(study.data.intensity), range(said));
            if given("data.intensity") {
                self.warn(format!(
                    "{path}: was trained at intensity {trained}, but data.intensity, {own}, is taken"
                ));
            } else {
                self.warn(format!(
                    "{path}: was trained at intensity {trained}, which is taken, not the study's {own}"
                ));
                study.data.intensity = said;
            }
        }
        if let Some(said) = self.said.scale.filter(|said| *said != study.data.scale) {
            let own = study.data.scale;
            if given("data.scale") {
                self.warn(format!("{path}: was trained at scale {said}, but data.scale, {own}, is taken"));
            } else {
                self.warn(format!(
                    "{path}: was trained at scale {said}, which is taken, not the study's {own}"
                ));
                study.data.scale = said;
            }
        }
        if let Some(said) = self.said.slicing {
            let own = study.data.slicing();
            study.data.take_slicing(said, given);
            if let Some(note) = slicing_note(&format!("{path}: was"), said, own, study.data.slicing()) {
                self.warn(note);
            }
        }
        let Some(said) = &self.said.channels else {
            return;
        };
        let trained: Vec<Channel> = said.iter().copied().map(Channel::Number).collect();
        if study.data.channels.is_empty() || study.data.channels == trained {
            study.data.channels = trained;
        } else if !given("data.channels") {
            self.warn(format!(
                "{path}: was trained on channels {said:?}, which are taken, not those of the study"
            ));
            study.data.channels = trained;
        }
    }

    /// What slices have to be.
    pub fn fit(&self) -> Fit {
        Fit { least: self.said.size.unwrap_or([1, 1]), multiple: None }
    }

    /// Says what is assumed of the slices of a study and how they differ from those of the training.
    pub fn say_prepared(&self, study: &Study, prepared: &Prepared) {
        let (size, channels, offered) = (prepared.size, prepared.selected.as_slice(), prepared.offered);
        let mut assumed = Vec::new();
        if self.said.intensity.is_none() {
            assumed.push(format!("intensity {} (data.intensity)", range(study.data.intensity)));
        }
        if self.said.size.is_none() {
            assumed.push(format!("slices of {}, what the largest volume needs", sides(size)));
        }
        self.say(&assumed);
        if let Some(said) = self.said.channels.as_ref().filter(|said| *said != channels) {
            let path = self.path.display();
            self.warn(format!(
                "{path}: was trained on channels {said:?}, but data.channels, {channels:?}, are taken"
            ));
        }
        if self.said.channels.as_deref() == Some(channels) && channels.len() < offered {
            let path = self.path.display();
            self.warn(format!("{path}: of {offered} channels {channels:?} are taken, as of the training"));
        }
        self.warn_of_size("the largest volume", size);
    }

    fn warn(&self, line: String) {
        self.warnings.borrow_mut().push(format!("warning: {line}"));
    }

    /// The lines so far, for whoever knows whether the work is done: a command that fails says one line alone.
    pub fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner()
    }

    fn warn_of_size(&self, whose: &str, size: [usize; 2]) {
        if let Some(said) = self.said.size.filter(|said| *said != size) {
            let (said, size) = (sides(said), sides(size));
            self.warn(format!(
                "{whose}: does not fit the slices of {said} that {} was trained on; padded to {size}",
                self.path.display()
            ));
        }
    }
}

/// What to say where slices are not those of the training, or not the study's: `whose` ("W was") was trained on `said`, the
/// study had its `own`, and `taken` is what is done.
pub(super) fn slicing_note(whose: &str, said: Slicing, own: Slicing, taken: Slicing) -> Option<String> {
    if taken != said {
        Some(format!("{whose} trained on slices {said}, but {taken} is taken"))
    } else if own != said {
        Some(format!("{whose} trained on slices {said}, which is taken, not the study's {own}"))
    } else {
        None
    }
}

fn range([low, high]: [f32; 2]) -> String {
    format!("{low} to {high}")
}

fn sides([height, width]: [usize; 2]) -> String {
    format!("{height} x {width}")
}
