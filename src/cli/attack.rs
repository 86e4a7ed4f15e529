//! `lossbench attack`: one sweep against weights of our U-Net; or any networks, into a run folder
//! ([`attack_networks`](super::attack_networks)).

use super::DeviceOption;
use super::attack_networks::{Asked, Named};
use super::output::{print, say};
use super::preprocessing::Carried;
use anyhow::Context;
use lossbench::definition::data::Source;
use lossbench::definition::study::Study;
use lossbench::definition::sweep::Sweep;
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::records::preprocessing::training_of;
use lossbench::records::trained_on;
use lossbench::report::text::tables;
use lossbench::saliency;
use lossbench::study::maps::{MethodMaps, check_methods};
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;
use std::path::{Path, PathBuf};

/// What rows call a network whose weights do not say what it was trained with.
const UNNAMED: &str = "own";

/// Options of `lossbench attack`.
#[derive(clap::Args)]
pub struct Options {
    /// Weights, as a study's cells hold them; NAME=FILE with --out, may be repeated
    #[arg(long, value_name = "[NAME=]FILE")]
    weights: Vec<String>,
    /// A network that was trained elsewhere: the command that serves it, as NETWORKS.md says; may be repeated
    #[arg(long, value_name = "NAME=COMMAND")]
    network: Vec<String>,
    /// Write a run folder of these networks, with every sweep of the study
    #[arg(long, value_name = "RUN")]
    out: Option<PathBuf>,
    /// The volumes to attack, ids parted by commas or a file with an id a line, instead of the study's test volumes;
    /// with --out
    #[arg(long, value_name = "IDS-or-FILE", requires = "out")]
    test_volumes: Option<String>,
    /// Your data: a task folder of the Decathlon or of nnU-Net, a folder with images/ and masks/ or labels/, or a CSV file
    /// of images and labels; the study's test volumes are attacked
    #[arg(long, value_name = "DIR-or-CSV")]
    data: Option<PathBuf>,
    /// Sweep of the study, such as fig3; with --out it may be repeated [default there: all]
    #[arg(long, alias = "protocol", value_name = "NAME")]
    sweep: Vec<String>,
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
        if let Some(folder) = &self.out {
            let asked = Asked {
                networks: self
                    .network
                    .iter()
                    .map(|text| Named::parse("--network", text))
                    .collect::<Result<_, _>>()?,
                weights: self
                    .weights
                    .iter()
                    .map(|text| Named::parse("--weights", text))
                    .collect::<Result<_, _>>()?,
                data: self.data.as_deref(),
                sweeps: &self.sweep,
                study: &self.study,
                overrides: &self.overrides,
                test_volumes: self.test_volumes.as_deref(),
                json: self.json,
            };
            return asked.run(folder, &self.device);
        }
        anyhow::ensure!(self.network.is_empty(), "--network: name the folder of its run with --out RUN");
        let [weights] = self.weights.as_slice() else {
            anyhow::bail!(
                "name the network with --weights FILE, or several and --out RUN: NETWORKS.md says how"
            );
        };
        let [sweep] = self.sweep.as_slice() else {
            anyhow::bail!("name one sweep of the study with --sweep NAME, or write a run with --out RUN");
        };
        self.print_sweep(Path::new(weights), sweep)
    }

    /// Prints one sweep against the weights of the file `path`.
    fn print_sweep(&self, path: &Path, sweep_name: &str) -> anyhow::Result<()> {
        let mut study = Study::read(&self.study, &self.overrides)?;
        let weights = Weights::read(path)?;
        let carried = Carried::of(path, &weights)?;
        study.model = *weights.config();
        let known: Vec<_> = study.sweeps.keys().cloned().collect();
        let sweep = study.sweeps.get(sweep_name).cloned().with_context(|| {
            format!("--sweep should be one of {}, but is '{}'", known.join(", "), sweep_name)
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
        carried.say_prepared(&study, &prepared);
        carried.into_warnings().iter().for_each(|line| say(line));
        let wanted = weights.config().channels();
        anyhow::ensure!(
            prepared.channels == wanted,
            "{}: takes {wanted} channels, but the study selects {}: choose them with --set data.channels=[..]",
            path.display(),
            prepared.channels
        );
        let predictor = open::predictor(&weights, &device, prepared.size);
        let (loss, seed) = training_of(&weights);
        let (loss, seed) = (loss.unwrap_or(UNNAMED), seed.unwrap_or(0));
        let prepared = prepared.of_seed(&study, seed)?;
        let (who, labels) = (path.display().to_string(), study.data.labels());
        for line in trained_on::warnings(&who, weights.metadata(), &prepared.tested(), &labels) {
            say(&format!("warning: {line}"));
        }
        let trained =
            (loss != UNNAMED).then(|| LossFunction::parse(loss, &LossParameters::default())).transpose();
        let trained = trained.with_context(|| path.display().to_string())?;
        if trained.is_none() {
            needs_no_training_loss(path, sweep_name, &sweep)?;
        }
        let mut sweeper = Sweeper::new(&predictor, &prepared, &study.trials, loss, seed);
        if let Some(trained) = &trained {
            sweeper = sweeper.trained_with(trained);
        }
        check_methods(&study, &prepared, &device)?;
        let maps =
            MethodMaps::of_study(&predictor, (&study, &prepared), &study.arms[0].loss, seed, |_, _| {});
        let maps = maps.with_context(|| path.display().to_string())?;
        let mut rows = Vec::new();
        for by in study.attacks_of(&sweep) {
            let MethodMaps { name: method, maps } = &maps[study.place_of(&by)];
            sweeper.take_maps_of(method.clone());
            rows.extend(sweeper.sweep(sweep_name, &sweep, by.attack, loss, maps)?);
        }
        if self.json {
            print(&(serde_json::to_string_pretty(&rows)? + "\n"))
        } else {
            let nothing = Sweep { pixels: vec![0], levels: vec![0.0], ..Sweep::default() };
            let mut clean = Vec::new();
            if let Some(by) = study.attacks_of(&nothing).first() {
                let maps = &maps[study.place_of(by)].maps;
                clean.extend(sweeper.sweep(sweep_name, &nothing, by.attack, loss, maps)?);
            }
            print(&format!("{sweep_name}: {}\n{}", sweep.heading(), tables::attacked(&clean, &rows)))
        }
    }
}

/// Fails where an attack of the sweep called `name` raises the loss of the training, which the weights at `path` do not say, with
/// the attacks that do not.
fn needs_no_training_loss(path: &Path, name: &str, sweep: &Sweep) -> anyhow::Result<()> {
    let Some(attack) = sweep.attack.iter().find(|attack| attack.needs_training_loss()) else {
        return Ok(());
    };
    let named: Vec<String> =
        sweep.attack.iter().map(|attack| format!("'{}'", attack.raising("bce"))).collect();
    anyhow::bail!(
        "{}: does not say what it was trained with, which {attack} raises: name a loss, as in --set \"sweep.{name}.attack=[{}]\"",
        path.display(),
        named.join(", ")
    )
}
