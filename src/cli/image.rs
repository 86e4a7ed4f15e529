//! `lossbench predict` and `lossbench saliency`: one image in, one of the same format, shape and place out.

use super::DeviceOption;
use super::output::{say, tell};
use super::preprocessing::Carried;
use super::progress::ProgressBars;
use anyhow::Context;
use lossbench::atomic::is_standard_output;
use lossbench::data::channels::Selection;
use lossbench::data::picture::Depth;
use lossbench::data::unlabelled::Unlabelled;
use lossbench::image::assemble::assemble;
use lossbench::image::cut::{cut, padded_size};
use lossbench::image::geometry::Geometry;
use lossbench::image::predicted::is_foreground;
use lossbench::image::region::Region;
use lossbench::image::scale::scale_channels;
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::network::chunked::Predictor;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::records::preprocessing::training_of;
use lossbench::rules::distinct;
use lossbench::saliency::method::{ExplainError, Explainer, METHODS};
use lossbench::saliency::positions::Positions;
use lossbench::saliency::{self, OUTPUTS, Place, Question, Scalar};
use lossbench::study::progress::{Event, Progress};
use std::error::Error;
use std::path::PathBuf;

/// Slices that are explained at a time.
const BATCH: usize = 32;

/// What both commands take.
#[derive(clap::Args)]
struct Common {
    /// Weights, as a study's cells hold them
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Image: NIfTI, PNG or TIFF, cut into slices as the weights say, else along z. Where its channels have files of their
    /// own, all of them in the order of the training
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    image: Vec<PathBuf>,
    /// File to write: .nii or .nii.gz for NIfTI, .png (masks) or .tif for pictures, or a pipe or device such as /dev/stdout
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What the image's smallest and largest voxel become, or whatever the weights were scaled by [default: as the weights say, else 0 0.2]
    // Numbers below zero look like options.
    #[arg(long, num_args = 2, value_names = ["LOW", "HIGH"], allow_hyphen_values = true)]
    intensity: Vec<f32>,
    /// Channels of a 4-D image, numbered from 0, in the order that the weights were trained with [default: as the weights
    /// say, else all]
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    channels: Vec<usize>,
    #[command(flatten)]
    device: DeviceOption,
}

/// Options of `lossbench predict`.
#[derive(clap::Args)]
pub struct PredictOptions {
    #[command(flatten)]
    common: Common,
    /// Write probabilities, not the mask of those above 0.5
    #[arg(long)]
    raw: bool,
}

/// Options of `lossbench saliency`.
#[derive(clap::Args)]
pub struct SaliencyOptions {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_name = "METHOD", default_value = "gradient", help = methods())]
    method: String,
    /// Output that is explained: probability, logit or predicted-mask
    #[arg(long, value_name = "NAME", default_value = "probability")]
    output: String,
}

/// An image ready for the network.
struct Opened {
    image: Unlabelled,
    geometry: Geometry,
    region: Region,
    slices: Vec<Vec<f32>>,
    predictor: Predictor,
    /// Seed that the weights were trained with.
    seed: u64,
    warnings: Vec<String>,
}

impl Common {
    /// Reads the image, for which voxels of this `depth` are to be written.
    fn open(&self, depth: Depth) -> anyhow::Result<Opened> {
        distinct("--channels", self.channels.iter().map(usize::to_string)).map_err(anyhow::Error::msg)?;
        self.spare_image()?;
        let weights = Weights::read(&self.weights)?;
        let carried = Carried::of(&self.weights, &weights)?;
        let (name, further) = self.image.split_first().context("--image names no file")?;
        let image = Unlabelled::read(name, further)?;
        image.check_result(&self.out, depth)?;
        let named = |fault: String| anyhow::anyhow!("{}: {fault}", name.display());
        let geometry = carried.slicing().of(&image.grid).map_err(named)?;
        let [rows, columns, _] = geometry.shape();
        let needed = padded_size(&[[rows, columns]], weights.config().multiple());
        let selection = match carried.channels(&self.channels) {
            all if all.is_empty() => Selection::All,
            numbers => Selection::Numbers(numbers),
        };
        let channels = selection
            .of(image.channels())
            .map_err(|fault| anyhow::anyhow!("{}: {fault} with --channels", name.display()))?;
        let wanted = weights.config().channels();
        anyhow::ensure!(
            channels.len() == wanted,
            "{}: the network takes {wanted} channels, but {} are selected: choose them with --channels, or name the files of all with --image",
            name.display(),
            channels.len()
        );
        let scaling = carried.scaling(&self.intensity)?;
        let size = carried.size(name, needed);
        carried.say_assumed(!self.intensity.is_empty(), size);
        let scaled = scale_channels(&image.voxels, image.shape.iter().product(), &channels, &scaling);
        let (region, slices) = cut(geometry.shape(), &geometry.image(&scaled.voxels), size);
        let predictor = open::predictor(&weights, &self.device.open()?, size);
        let seed = training_of(&weights).1.unwrap_or(0);
        let mut warnings = carried.into_warnings();
        warnings.extend(image.warning.iter().map(|warning| format!("warning: {warning}")));
        if self.channels.is_empty() && channels.len() < image.channels() {
            let (name, all) = (name.display(), image.channels());
            warnings.push(format!(
                "warning: {name}: of its {all} channels {channels:?} are taken, as of the training"
            ));
        }
        Ok(Opened { image, geometry, region, slices, predictor, seed, warnings })
    }

    /// What is written must not take the place of the scan.
    fn spare_image(&self) -> anyhow::Result<()> {
        let out = self.out.canonicalize().ok();
        let same = out.is_some_and(|out| {
            self.image.iter().any(|image| image.canonicalize().is_ok_and(|image| image == out))
        });
        anyhow::ensure!(!same, "{}: is the image itself: name another file with --out", self.out.display());
        Ok(())
    }

    /// An error of the network with the name of its weights.
    fn named<T, E: Error + Send + Sync + 'static>(&self, outcome: Result<T, E>) -> anyhow::Result<T> {
        outcome.with_context(|| self.weights.display().to_string())
    }

    /// Says what was taken for granted, and the name of what was written.
    fn say_written(&self, opened: &Opened) {
        opened.warnings.iter().for_each(|line| say(line));
        // Where the image itself is printed its name would get into it.
        if !is_standard_output(&self.out) {
            tell(&self.out.display().to_string());
        }
    }
}

impl Opened {
    /// Voxels of the image from one value per pixel of its slices, laid end to end; `outside` where no slice lies.
    fn assemble(&self, values: &[f32], outside: f32) -> Vec<f32> {
        let slices: Vec<Vec<f32>> = values.chunks(self.predictor.pixels()).map(<[f32]>::to_vec).collect();
        self.geometry.stored(assemble(self.geometry.shape(), &self.region, &slices), outside)
    }

    /// Where the slices come from: what is random draws as for a study's volume of this file's name.
    fn places(&self) -> Vec<Place> {
        let place =
            |depth| Place { region: self.region, seed: self.seed, volume: self.image.id.clone(), depth };
        (0..self.slices.len()).map(place).collect()
    }
}

impl PredictOptions {
    pub fn run(&self) -> anyhow::Result<()> {
        let opened = self.common.open(if self.raw { Depth::Floats } else { Depth::Bits8 })?;
        let logits = self.common.named(opened.predictor.logits(&opened.slices.concat()))?;
        // What no slice holds is background for sure.
        let logits = opened.assemble(&logits, f32::NEG_INFINITY);
        if self.raw {
            let probabilities: Vec<f32> = logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
            opened.image.write_values(&self.common.out, &probabilities)?;
        } else {
            let mask: Vec<bool> = logits.iter().map(|&logit| is_foreground(logit)).collect();
            opened.image.write_mask(&self.common.out, &mask)?;
        }
        self.common.say_written(&opened);
        Ok(())
    }
}

impl SaliencyOptions {
    pub fn run(&self) -> anyhow::Result<()> {
        let explainer = Explainer::parse("--method", &self.method).map_err(anyhow::Error::msg)?;
        // The loss needs a true mask, which a single image does not come with.
        let usable = OUTPUTS.iter().filter(|output| output.name != "loss");
        let names: Vec<_> = usable.map(|output| output.name).collect();
        let output =
            saliency::find(&self.output).filter(|output| names.contains(&output.name)).with_context(
                || format!("--output should be one of {}, but is '{}'", names.join(", "), self.output),
            )?;
        let opened = self.common.open(Depth::Floats)?;
        let predictor = &opened.predictor;
        explainer.check(predictor.network(), predictor.size()).context("--method")?;
        let loss = &LossFunction::parse("bce", &LossParameters::default())?;
        let explained = self.common.named(explain(&explainer, &opened, Scalar { output, loss }))?;
        if !explained.totals.is_empty() {
            say(&completeness(&explained));
        }
        opened.image.write_values(&self.common.out, &opened.assemble(&explained.worth, 0.0))?;
        self.common.say_written(&opened);
        Ok(())
    }
}

/// What became of the slices of an image.
#[derive(Default)]
struct Explained {
    /// What each pixel is worth, slices laid end to end.
    worth: Vec<f32>,
    /// What the map of each slice adds up to.
    sums: Vec<f64>,
    /// What it would, were the method exact; none where it promises nothing.
    totals: Vec<f64>,
}

/// Explains every slice, some at a time.
fn explain(explainer: &Explainer, opened: &Opened, scalar: Scalar) -> Result<Explained, ExplainError> {
    let (predictor, places) = (&opened.predictor, opened.places());
    let (pixels, total) = (predictor.pixels(), opened.slices.len());
    let mut explained = Explained::default();
    let mut bars = ProgressBars::new();
    let name = explainer.to_string();
    let mut show = |done: usize| {
        let progress = Progress { cell: &name, stage: "slices", done, total, detail: String::new() };
        bars.hear(Event::Progress(progress));
    };
    for (slices, places) in opened.slices.chunks(BATCH).zip(places.chunks(BATCH)) {
        show(explained.sums.len());
        let (images, targets) = (slices.concat(), vec![0.0; slices.len() * pixels]);
        let question = Question::new(predictor, scalar, &images, &targets, places)?;
        let maps = explainer.maps(&question)?;
        explained.totals.extend(explainer.totals(&question)?.into_iter().flatten());
        for map in maps.chunks(question.image()) {
            let positions = Positions::of(map, pixels);
            explained.worth.extend((0..pixels).map(|pixel| positions.signed(pixel)));
            explained.sums.push(map.iter().map(|&value| f64::from(value)).sum());
        }
    }
    bars.finish();
    Ok(explained)
}

/// How near the maps of slices add up to what their method promises.
fn completeness(Explained { sums, totals, .. }: &Explained) -> String {
    let gap: f64 = sums.iter().zip(totals).map(|(sum, total)| (sum - total).abs()).sum();
    let size: f64 = totals.iter().map(|total| total.abs()).sum();
    let share = if size > 0.0 { format!(" ({:.2}%)", 100.0 * gap / size) } else { String::new() };
    let (sum, total) = (sums.iter().sum::<f64>(), totals.iter().sum::<f64>());
    format!(
        "completeness: the map adds up to {sum:.4}, the output changes by {total:.4} from baseline to image; slices are off by {gap:.4} in all{share}"
    )
}

fn methods() -> String {
    let names: Vec<&str> = METHODS.iter().map(|kind| kind.name).collect();
    format!(
        "Way of explaining, with its settings behind it, as in integrated-gradients(steps=16): {}",
        names.join(", ")
    )
}
