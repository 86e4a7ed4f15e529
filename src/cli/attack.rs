//! `lossbench attack`: one sweep against any weights of our U-Net.

use super::DeviceOption;
use super::output::{print, say};
use super::preprocessing::Carried;
use anyhow::Context;
use lossbench::definition::data::Source;
use lossbench::definition::study::Study;
use lossbench::loss::LossFunction;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::records::preprocessing::training_of;
use lossbench::report::text::tables;
use lossbench::saliency;
use lossbench::study::maps::{MethodMaps, check_methods};
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;
use std::path::PathBuf;

/// What rows call a network whose weights do not say what it was trained with.
const UNNAMED: &str = "own";

/// Options of `lossbench attack`.
#[derive(clap::Args)]
pub struct Options {
    /// Weights, as a study's cells hold them
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Task folder in the Medical Segmentation Decathlon's layout; the study's test volumes are attacked
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Sweep of the study, such as fig3
    #[arg(long, alias = "protocol", value_name = "NAME")]
    sweep: String,
    /// Study that the sweep, the split and the scaling come from
    #[arg(long, value_name = "STUDY", default_value = "paper")]
    study: String,
    /// Change a field of the study, such as attack.methods=['magnitude']; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    #[command(flatten)]
    device: DeviceOption,
    /// Print rows per volume as JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    pub fn run(&self) -> anyhow::Result<()> {
        let mut study = Study::read(&self.study, &self.overrides)?;
        let weights = Weights::read(&self.weights)?;
        let carried = Carried::of(&self.weights, &weights)?;
        study.model = *weights.config();
        let known: Vec<_> = study.sweeps.keys().cloned().collect();
        let sweep = study.sweeps.get(&self.sweep).cloned().with_context(|| {
            format!("--sweep should be one of {}, but is '{}'", known.join(", "), self.sweep)
        })?;
        anyhow::ensure!(
            study.output.name != "loss",
            "saliency.output=loss needs the loss that trained the weights: use {} or {}",
            saliency::OUTPUTS[0].name,
            saliency::OUTPUTS[1].name
        );
        if self.data.is_none() && study.data.source == Source::Decathlon {
            anyhow::bail!("name the volumes to attack with --data DIR, or phantoms with --study quick");
        }
        let device = self.device.open()?;
        carried.apply(&mut study, &self.overrides);
        let prepared = Prepared::load_for(&study, self.data.as_deref(), carried.fit())?;
        prepared.notes.iter().for_each(|note| say(note));
        carried.say_prepared(&study, prepared.size, &prepared.selected);
        carried.into_warnings().iter().for_each(|line| say(line));
        let wanted = weights.config().channels();
        anyhow::ensure!(
            prepared.channels == wanted,
            "{}: takes {wanted} channels, but the study selects {}: choose them with --set data.channels=[..]",
            self.weights.display(),
            prepared.channels
        );
        let predictor = open::predictor(&weights, &device, prepared.size);
        let (loss, seed) = training_of(&weights);
        let (loss, seed) = (loss.unwrap_or(UNNAMED), seed.unwrap_or(0));
        let trained = (loss != UNNAMED).then(|| LossFunction::parse(loss, &study.loss)).transpose();
        let trained = trained.with_context(|| self.weights.display().to_string())?;
        let mut sweeper = Sweeper::new(&predictor, &prepared, &study.trials, loss, seed);
        if let Some(trained) = &trained {
            sweeper = sweeper.trained_with(trained);
        }
        check_methods(&study, &prepared, &device)?;
        let maps =
            MethodMaps::of_study(&predictor, (&study, &prepared), &study.arms[0].loss, seed, |_, _| {});
        let maps = maps.with_context(|| self.weights.display().to_string())?;
        let mut rows = Vec::new();
        for by in study.attacks_of(&sweep) {
            let MethodMaps { name: method, maps } = &maps[study.place_of(&by)];
            sweeper.take_maps_of(method.clone());
            rows.extend(sweeper.sweep(&self.sweep, &sweep, by.attack, loss, maps)?);
        }
        if self.json {
            print(&(serde_json::to_string_pretty(&rows)? + "\n"))
        } else {
            print(&tables::curve(&rows))
        }
    }
}
