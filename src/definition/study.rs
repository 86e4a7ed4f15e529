//! A study: every choice that decides a number, with the defaults of METHODOLOGY.md, read once into a type
//! whose fields cannot be wrong.

use super::arm::Arm;
use super::data::DataConfig;
use super::identity::Identity;
use super::overrides;
use super::raw::RawStudy;
use super::saliency::Check;
use super::shipped::{self, SHIPPED};
use super::sweep::Sweep;
use super::trials::TrialsConfig;
use crate::attack::Attack;
use crate::data::split::SplitConfig;
use crate::fault::Fault;
use crate::loss::{LossFunction, LossParameters};
use crate::network::unet::UNetConfig;
use crate::plain_text;
use crate::rules::{distinct, should, table};
use crate::saliency::Output;
use crate::saliency::method::Explainer;
use crate::train::TrainConfig;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

/// A study, checked.
#[derive(Clone, Debug)]
pub struct Study {
    /// Name of the run folder.
    pub name: String,
    /// The set of claims that it is judged by, where it names one.
    pub claims: Option<String>,
    /// What is compared: one network is trained per arm and seed.
    pub arms: Vec<Arm>,
    /// Seeds of initial weights, batch order and random choices.
    pub seeds: Vec<u64>,
    /// Where volumes come from.
    pub data: DataConfig,
    /// Train, validation and test.
    pub split: SplitConfig,
    /// The network.
    pub model: UNetConfig,
    /// The training of arms that have none of their own.
    pub train: TrainConfig,
    /// Parameters that hold for every loss.
    pub loss: LossParameters,
    /// The output whose gradient ranks pixels.
    pub output: &'static Output,
    /// What is measured of the methods besides.
    pub checks: Vec<Check>,
    /// The methods whose maps rank pixels, the first of which is that of transfer and examples.
    pub explainers: Vec<Explainer>,
    /// Attacks and controls; the first is the one that tables and figures show.
    pub attacks: Vec<&'static dyn Attack>,
    /// How often random choices are repeated.
    pub trials: TrialsConfig,
    /// The sweeps by name.
    pub sweeps: BTreeMap<String, Sweep>,
    /// Names of the sweeps of the transfer.
    pub(super) transfer: Vec<String>,
    pub(super) raw: RawStudy,
}

impl Study {
    /// Reads the study called `name`: a file, or where there is none a shipped study. Each override is
    /// `key=value` with a dotted key and a TOML value; a value that is none counts as text.
    ///
    /// # Errors
    /// [`Fault`] that names the file and the key that is wrong.
    pub fn read(name: &str, overrides: &[String]) -> Result<Self, Fault> {
        let path = Path::new(name);
        let text = match (path.is_file(), shipped::text(name)) {
            (false, Some(text)) => Ok(text.to_string()),
            _ => plain_text::read(path),
        };
        let fault = |fault: String| Fault::new(path, fault);
        let text = text.map_err(|source| {
            let known: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
            fault(format!("{source}: give a study file or one of {}", known.join(", ")))
        })?;
        Self::parse(&text, overrides).map_err(fault)
    }

    /// Reads a study from its text. See [`Self::read`].
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn parse(text: &str, overrides: &[String]) -> Result<Self, String> {
        let mut table = table::parse(text)?;
        if let Some(sweeps) = table.remove("protocol") {
            table.insert("sweep".to_string(), sweeps);
        }
        for change in overrides {
            overrides::set(&mut table, change)?;
        }
        Self::of(table::read(&table, "")?)
    }

    /// The study that `raw` describes.
    ///
    /// # Errors
    /// A line that names the first key that is wrong, what it should be and what it is.
    pub fn of(mut raw: RawStudy) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let named = !raw.name.is_empty() && raw.name.chars().all(fits) && !raw.name.starts_with('.');
        should(named, "name", "letters, digits, -, _ and dots", format!("'{}'", raw.name))?;
        raw.loss = raw.loss.checked()?;
        raw.train.check()?;
        let arms = arms(&raw)?;
        if raw.seeds.is_empty() {
            return Err("seeds should name at least one seed".to_string());
        }
        distinct("seeds", raw.seeds.iter().map(u64::to_string))?;
        if let Some(arm) = arms.iter().find(|arm| arm.existing.is_some() && raw.seeds.len() > 1) {
            let seeds = raw.seeds.len();
            return Err(format!(
                "seeds should be one, since '{}' is one network that exists, but are {seeds}",
                arm.name
            ));
        }
        raw.data.check()?;
        raw.split.check()?;
        if !raw.split.test_volumes.is_empty() && arms.iter().any(|arm| arm.existing.is_none()) {
            return Err("split.test_volumes is for networks that exist: leave it out where one is trained"
                .to_string());
        }
        let output = raw.saliency.output()?;
        let checks = raw.saliency.checks()?;
        checks.iter().try_for_each(|check| arms.iter().try_for_each(|arm| check.fits(arm)))?;
        if let Some(arm) = arms.iter().find(|arm| output.name == "loss" && !arm.loss.is_known()) {
            return Err(format!(
                "saliency.output=loss needs the loss that each network was trained with, which '{}' does not have: give the arm its loss, or take another output",
                arm.name
            ));
        }
        let attacks = raw.attack.attacks()?;
        let explainers = raw.attack.explainers()?;
        // As plainly as can be, since the identity goes by the text.
        raw.attack.maps = explainers.iter().take(raw.attack.maps.len()).map(Explainer::to_string).collect();
        raw.trials.check()?;
        if raw.sweeps.is_empty() {
            return Err("a study should have at least one [sweep.NAME]".to_string());
        }
        raw.sweeps.iter().try_for_each(|(name, sweep)| sweep.check(name))?;
        let of_pixels = raw.sweeps.iter().filter(|(_, sweep)| !sweep.has_own_attacks()).map(|(name, _)| name);
        let transfer = raw.attack.transferred(of_pixels)?;
        Ok(Self {
            name: raw.name.clone(),
            claims: raw.claims.clone(),
            arms,
            seeds: raw.seeds.clone(),
            data: raw.data.clone(),
            split: raw.split.clone(),
            model: raw.model,
            train: raw.train.clone(),
            loss: raw.loss.clone(),
            output,
            checks,
            attacks,
            explainers,
            trials: raw.trials.clone(),
            sweeps: raw.sweeps.clone(),
            transfer,
            raw,
        })
    }

    /// The text of the study, as a value to be changed and read again with [`Self::of`].
    pub fn raw(&self) -> &RawStudy {
        &self.raw
    }

    /// Whether any of its networks is trained here.
    pub fn trains(&self) -> bool {
        self.arms.iter().any(|arm| arm.existing.is_none())
    }

    /// Names of the arms, in order.
    pub fn names(&self) -> Vec<String> {
        self.arms.iter().map(|arm| arm.name.clone()).collect()
    }

    /// The arm called `name`.
    pub fn arm(&self, name: &str) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.name == name)
    }

    /// The title of the arm called `name`; the name itself where there is none.
    pub fn title(&self, name: &str) -> String {
        self.arm(name).map_or(name.to_string(), Arm::title)
    }

    /// Slices of a test volume that are explained and attacked, where not all are.
    pub fn slices(&self) -> Option<NonZeroUsize> {
        self.raw.attack.slices
    }

    /// Whether `other` trains the same networks from the same data.
    pub fn trains_like(&self, other: &Self) -> bool {
        let same_data = self.data.slices_like(&other.data) && self.split == other.split;
        same_data && self.model == other.model && self.train == other.train && self.loss == other.loss
    }

    /// The largest budget of any sweep on a slice of `scanned` pixels.
    pub fn largest_budget(&self, scanned: usize) -> usize {
        self.sweeps.values().map(|sweep| sweep.largest_budget(scanned)).max().unwrap_or(0)
    }

    /// What tells this study's cells from those of another: everything that decides the numbers of any of
    /// them, see [`Identity`].
    ///
    /// # Errors
    /// A line where the study cannot be written as text.
    pub fn identity(&self) -> Result<Identity, String> {
        self.identity_of(&self.arms)
    }

    /// The same for one arm's cells, or some: what is only other arms' does not count, so that a study may
    /// grow.
    ///
    /// # Errors
    /// A line where the study cannot be written as text.
    pub fn identity_of<'a>(&self, arms: impl IntoIterator<Item = &'a Arm>) -> Result<Identity, String> {
        Identity::of(&self.raw, &arms.into_iter().collect::<Vec<_>>())
    }
}

/// As the study file was written, with its overrides.
impl Serialize for Study {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

fn arms(raw: &RawStudy) -> Result<Vec<Arm>, String> {
    let of_loss = |text: &String| {
        let loss = LossFunction::parse(text, &raw.loss).map_err(|error| error.to_string())?;
        Ok(Arm::of_loss(loss, &raw.train))
    };
    let of_losses: Vec<Arm> = raw.losses.iter().map(of_loss).collect::<Result<_, String>>()?;
    distinct("losses", of_losses.iter().map(Arm::slug))?;
    let named = raw.arms.iter().map(|config| Arm::of_config(config, &raw.train, &raw.loss));
    let arms: Vec<Arm> = of_losses.into_iter().map(Ok).chain(named).collect::<Result<_, _>>()?;
    if arms.is_empty() {
        return Err("losses should name at least one loss".to_string());
    }
    // By their folders, which a file system may not tell apart by case.
    distinct("arms", arms.iter().map(|arm| arm.slug().to_lowercase()))
        .map_err(|fault| fault.replace("arms names", "arms name"))?;
    Ok(arms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::budget::Budget;
    use crate::attack::replacement::Replacement;
    use rstest::rstest;

    fn smoke(changes: &[&str]) -> Result<Study, String> {
        let overrides: Vec<String> = changes.iter().map(ToString::to_string).collect();
        Study::parse(shipped::text("smoke").expect("smoke"), &overrides)
    }

    #[test]
    fn shipped_studies_are_valid_and_named_as_they_are_asked_for() {
        for (name, text) in SHIPPED {
            assert_eq!(Study::parse(text, &[]).expect(name).name, *name);
        }
    }

    #[test]
    fn the_paper_study_spells_out_the_papers_sweeps() {
        let study = Study::parse(shipped::text("paper").expect("paper"), &[]).expect("the paper study");
        assert_eq!(study.names(), ["bce", "dice", "bce+dice", "bce+dice+focal"]);
        assert_eq!(study.sweeps["fig2"].levels, [0.0, 0.05, 0.1, 0.15, 0.2]);
        assert_eq!(study.sweeps["fig3"].levels, [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(study.sweeps["fig5"].pixels, [0, 1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100]);
        let fourth = Budget::Pixels { count: 5, with: Replacement::Uniform(0.0, 1.0) };
        assert_eq!(study.sweeps["fig6"].budgets()[3], fourth);
        assert_eq!(study.model, UNetConfig::default());
        assert!(study.seeds.len() >= 6);
    }

    #[test]
    fn overrides_reach_into_tables() {
        let study =
            smoke(&["train.epochs=7", "seeds=[4, 5]", "sweep.fig2.levels=[0.1]", "saliency.output=logit"])
                .expect("a study");
        assert_eq!((study.train.epochs, study.seeds.as_slice()), (7, [4, 5].as_slice()));
        assert_eq!(study.sweeps["fig2"].levels, [0.1]);
        assert_eq!(study.output.name, "logit");
    }

    #[test]
    fn an_earlier_word_for_sweeps_is_read_too() {
        let earlier = shipped::text("smoke").expect("smoke").replace("[sweep.", "[protocol.");
        let study = Study::parse(&earlier, &["protocol.fig2.levels=[0.1]".to_string()]).expect("a study");
        assert_eq!(study.sweeps["fig2"].levels, [0.1]);
        let now = smoke(&["sweep.fig2.levels=[0.1]"]).expect("a study");
        assert_eq!(study.identity(), now.identity());
    }

    #[rstest]
    #[case("train.epoch=2", "epoch")]
    #[case("nonsense=2", "nonsense")]
    #[case("train.epochs=0", "train.epochs should be 1 or more")]
    #[case("train.epochs=nine", "train.epochs should be a whole number, but is \"nine\"")]
    #[case("train={epochs=1, batch=2.5}", "train.batch should be a whole number, but is 2.5")]
    #[case("train=3", "train should be a table, but is 3")]
    #[case("seeds=3", "seeds should be a list, but is 3")]
    #[case(
        "seeds=[0, -1]",
        "seeds should be a list in which each is a whole number, 0 or more, but one is -1"
    )]
    #[case("losses=[dice]", "--set losses=[dice]: is no TOML (")]
    #[case("seeds=[18446744073709551615]", "--set seeds=[18446744073709551615]: is no TOML (")]
    #[case("losses=bce", "losses should be a list, but is \"bce\"")]
    #[case("data.intensity=[0]", "data.intensity should be a list of 2 values, but has 1")]
    #[case("data.source=dicom", "data.source should be one of decathlon, phantom, but is 'dicom'")]
    #[case("sweep.fig2.pixels=few", "sweep.fig2.pixels should be a list, but is \"few\"")]
    #[case("model.base=wide", "model.base should be a whole number, but is \"wide\"")]
    #[case("loss.focal_gamma=high", "loss.focal_gamma should be a number, but is \"high\"")]
    #[case("split.each_seed=1", "split.each_seed should be true or false, but is 1")]
    #[case("arms=[{name='a', loss=3}]", "arms")]
    #[case(
        "arms=[{name='a', loss='dice', train={epochs='x'}}]",
        "arm 'a': train.epochs should be a whole number, but is \"x\""
    )]
    #[case(
        "train.feed=noise",
        "train.feed should be one of plain, augment, hide, hide-salient, focus, shuffled-labels, but is 'noise'"
    )]
    #[case("train.feed=augment(flip=2)", "train.feed: flip of augment should be 0 to 1, but is '2'")]
    #[case("train.feed=1", "train.feed should be a text, but is 1")]
    #[case("train.learning_rate=nan", "train.learning_rate should be above 0")]
    #[case("losses=['bce', 'crossentropy']", "'crossentropy' should be one of")]
    #[case("losses=['bce', 'bce']", "losses names bce twice")]
    #[case("seeds=[]", "at least one seed")]
    #[case("model.levels=9", "model.levels should be 1 to 6")]
    #[case("saliency.output=grad-cam", "saliency.output should be one of probability")]
    #[case("attack.methods=['fgsm']", "attack.methods should be one of signed")]
    #[case("attack.transfer=['fig9']", "attack.transfer should be one of fig2, fig6, but is 'fig9'")]
    #[case("attack.transfer=3", "attack.transfer")]
    #[case("sweep.fig2.levels=[1.5]", "sweep.fig2.levels should be 0 to 1")]
    #[case("sweep.fig2.uniform=[0, 1]", "either levels or uniform")]
    #[case("trials.most=1", "trials.most should be 2 or more")]
    #[case("name='../up'", "name should be letters")]
    #[case("data.intensity=[0.2, 0.0]", "two rising numbers")]
    #[case("train.steps=5", "train.epochs (8) and train.steps (5) are both given: set one of them to 0")]
    #[case("sweep.fig2.area=0", "sweep.fig2.area should be a whole number, 1 or more, but is 0")]
    #[case("sweep.fig2.area=2.5", "sweep.fig2.area should be a whole number, 1 or more, but is 2.5")]
    #[case(
        "sweep.fig2={title='', pixels=[3, 9], levels=[0.1], area=8}",
        "sweep.fig2.area should be 9, the largest of sweep.fig2.pixels, or more, but is 8"
    )]
    #[case("data.scale=3", "data.scale should be a text, but is 3")]
    #[case(
        "data.scale=window(2,1)",
        "data.scale should be window(LOW,HIGH) with two rising finite numbers, but is 'window(2,1)'"
    )]
    #[case("epochs", "key=value")]
    fn wrong_studies_are_refused_with_the_key(#[case] change: &str, #[case] says: &str) {
        let message = smoke(&[change]).unwrap_err();
        assert!(message.contains(says), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
}
