//! Maps that are known by hand, and what holds for every method.

use super::*;
use crate::image::region::Region;
use crate::loss::{LossFunction, LossParameters};
use crate::network::Slope;
use crate::network::chunked::Predictor;
use crate::network::device::{self, Device};
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::network::unet::{Normalisation, UNetConfig};
use crate::saliency::scalar::Holds;
use crate::saliency::{OUTPUTS, Output, Place, Scalar, find};
use anyhow::{Context, Result};
use approx::assert_relative_eq;
use std::sync::Mutex;

const SIZE: [usize; 2] = [16, 16];
const PIXELS: usize = SIZE[0] * SIZE[1];

/// Logits of a sum over channels: `factor * channel 0 + channel 1`, plain or squared.
struct ByHand {
    factor: f32,
    squared: bool,
    /// The images that it was shown.
    seen: Mutex<Vec<f32>>,
}

impl ByHand {
    fn new(squared: bool) -> Self {
        Self { factor: 3.0, squared, seen: Mutex::default() }
    }

    fn sums(&self, images: &[f32]) -> Vec<f32> {
        let pairs = images.chunks(2 * PIXELS).map(|image| image.split_at(PIXELS));
        pairs.flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| self.factor * a + b)).collect()
    }
}

impl Network for ByHand {
    fn channels(&self) -> usize {
        2
    }

    fn multiple(&self) -> usize {
        1
    }

    fn logits(&self, images: &[f32], _: [usize; 2]) -> Vec<f32> {
        self.seen.lock().expect("no panic").extend_from_slice(images);
        let sums = self.sums(images).into_iter();
        sums.map(|sum| if self.squared { sum * sum } else { sum }).collect()
    }

    fn gradient(&self, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        let slope = slope(self.logits(images, size));
        let inner = |sum: f32| if self.squared { 2.0 * sum } else { 1.0 };
        let slopes: Vec<f32> =
            self.sums(images).iter().zip(slope).map(|(&sum, slope)| slope * inner(sum)).collect();
        slopes
            .chunks(PIXELS)
            .flat_map(|slopes| [self.factor, 1.0].map(|by| slopes.iter().map(move |s| by * s)))
            .flatten()
            .collect()
    }

    fn first_not_finite(&self, _: &[f32], _: [usize; 2]) -> Option<String> {
        None
    }
}

/// Slices of two channels, or as many as are wanted, with padding, some foreground and places of their own.
struct Data {
    images: Vec<f32>,
    targets: Vec<f32>,
    places: Vec<Place>,
}

impl Data {
    fn new(slices: usize, channels: usize) -> Self {
        let place = |depth: usize| Place {
            region: Region { top: 2, left: 1, height: 12, width: 10 + depth % 4, row: SIZE[1] },
            seed: 5,
            volume: "volume".to_string(),
            depth,
        };
        let places: Vec<Place> = (0..slices).map(place).collect();
        let mut images = vec![0.0; slices * channels * PIXELS];
        for (plane, values) in images.chunks_mut(PIXELS).enumerate() {
            for pixel in places[plane / channels].region.pixels() {
                values[pixel] = 0.1 + 0.1 * ((pixel * 7 + plane * 31) as f32).sin();
            }
        }
        let targets =
            (0..slices * PIXELS).map(|pixel| f32::from(u8::from(pixel % PIXELS / 16 % 5 == 2))).collect();
        Self { images, targets, places }
    }

    fn maps(&self, text: &str, predictor: &Predictor, output: &Output) -> Result<Vec<f32>> {
        let loss = LossFunction::parse("bce", &LossParameters::default())?;
        Ok(explainer(text)?.maps(&self.question(predictor, output, &loss)?)?)
    }

    fn question<'a>(
        &'a self,
        predictor: &'a Predictor,
        output: &'a Output,
        loss: &'a LossFunction,
    ) -> Result<Question<'a>> {
        Ok(Question::new(predictor, Scalar { output, loss }, &self.images, &self.targets, &self.places)?)
    }
}

fn explainer(text: &str) -> Result<Explainer> {
    Explainer::parse("--method", text).map_err(anyhow::Error::msg)
}

fn device() -> Result<Device> {
    Ok(device::open(device::available().first().context("no backend in this build")?)?)
}

fn by_hand(squared: bool) -> Result<Predictor> {
    Ok(Predictor::new(Box::new(ByHand::new(squared)), &Device { chunk: 2, ..device()? }, SIZE))
}

/// A small U-Net of random weights, `chunk` slices at a time, that calls about half of the pixels foreground.
fn unet(channels: usize, chunk: usize) -> Result<Predictor> {
    let config = UNetConfig::new(2, 4).and_then(|config| config.with_channels(channels));
    let config = config.map_err(anyhow::Error::msg)?;
    let device = Device { chunk, ..device()? };
    let weights = Weights::random(&config, 3);
    let predictor = open::predictor(&weights, &device, SIZE);
    let mut logits = predictor.logits(&Data::new(1, channels).images)?;
    logits.sort_by(f32::total_cmp);
    let mut arrays = weights.arrays().clone();
    arrays.get_mut("head.bias").context("a bias")?.values[0] -= logits[logits.len() / 2];
    let weights = Weights::from_arrays(&config, arrays).map_err(anyhow::Error::msg)?;
    Ok(open::predictor(&weights, &device, SIZE))
}

/// A text for each method that is quick.
fn quick() -> Vec<String> {
    let settings = |kind: &Kind| match kind.name {
        "smoothgrad" | "smoothgrad-squared" | "vargrad" => "(samples=3)",
        "integrated-gradients" => "(steps=3,baseline=blurred)",
        _ => "",
    };
    METHODS.iter().map(|kind| format!("{}{}", kind.name, settings(kind))).collect()
}

fn logit() -> Result<&'static Output> {
    find("logit").context("an output")
}

/// In single precision numbers about their sum lie further apart than these two.
#[test]
fn values_of_a_scalar_tell_differences_that_are_small_against_them() -> Result<()> {
    let predictor = by_hand(false)?;
    let loss = LossFunction::parse("bce", &LossParameters::default())?;
    let scalar = Scalar { output: logit()?, loss: &loss };
    let holds = Holds { targets: &[0.0; PIXELS], logits: None };
    let mut logits = vec![-15.0_f32; PIXELS];
    let before = scalar.value(&predictor, &logits, holds);
    logits[7] = -14.9999;
    let difference = scalar.value(&predictor, &logits, holds) - before;
    assert_eq!((before, difference), (-15.0 * PIXELS as f64, f64::from(logits[7]) + 15.0));
    Ok(())
}

#[test]
fn a_linear_network_has_the_maps_known_by_hand() -> Result<()> {
    let (predictor, data) = (by_hand(false)?, Data::new(3, 2));
    let slopes: Vec<f32> = (0..6).flat_map(|plane| vec![[3.0, 1.0][plane % 2]; PIXELS]).collect();
    let products: Vec<f32> = slopes.iter().zip(&data.images).map(|(slope, value)| slope * value).collect();
    let worth = |image: &[f32]| {
        let (a, b) = image.split_at(PIXELS);
        let sums: Vec<f32> = a.iter().zip(b).map(|(a, b)| (3.0 * a + b) / 2.0).collect();
        sums.repeat(2)
    };
    let shared: Vec<f32> = data.images.chunks(2 * PIXELS).flat_map(worth).collect();
    for (text, expected) in [
        ("gradient", slopes.clone()),
        ("gradient-x-input", products.clone()),
        ("smoothgrad(samples=4,noise=0.5)", slopes.clone()),
        ("smoothgrad-squared(samples=4,noise=0.5)", slopes.iter().map(|slope| slope * slope).collect()),
        ("vargrad(samples=4,noise=0.5)", vec![0.0; slopes.len()]),
        ("integrated-gradients(steps=1)", products),
        ("occlusion(window=1,stride=1)", shared),
    ] {
        let found = data.maps(text, &predictor, logit()?)?;
        assert_eq!(found.len(), expected.len(), "{text}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_relative_eq!(*found, *expected, max_relative = 1e-5, epsilon = 2e-5);
        }
    }
    Ok(())
}

/// The gradient of a square is linear along the way: one Gauss-Legendre point is exact, and where black is the baseline
/// the map is `a x (a x + b y)`, which adds up to the logit.
#[test]
fn integrated_gradients_of_a_square_are_its_closed_form() -> Result<()> {
    let (predictor, data) = (by_hand(true)?, Data::new(2, 2));
    for steps in [1, 5] {
        let found = data.maps(&format!("integrated-gradients(steps={steps})"), &predictor, logit()?)?;
        for (map, image) in found.chunks(2 * PIXELS).zip(data.images.chunks(2 * PIXELS)) {
            for pixel in 0..PIXELS {
                let (a, b) = (3.0 * image[pixel], image[PIXELS + pixel]);
                assert_relative_eq!(map[pixel], a * (a + b), max_relative = 1e-5, epsilon = 1e-7);
                assert_relative_eq!(map[PIXELS + pixel], b * (a + b), max_relative = 1e-5, epsilon = 1e-7);
            }
        }
    }
    Ok(())
}

/// The maps of methods that promise a total add up to it, whatever the output; more steps come nearer.
#[test]
fn complete_maps_add_up_to_their_totals() -> Result<()> {
    let (predictor, data) = (unet(2, 8)?, Data::new(3, 2));
    let loss = LossFunction::parse("bce+dice", &LossParameters::default())?;
    let mut promised = 0;
    for (text, output) in quick().iter().flat_map(|text| OUTPUTS.iter().map(move |output| (text, output))) {
        let name = explainer(text)?.name();
        let gap = |text: &str| -> Result<Option<f64>> {
            let (explainer, question) = (explainer(text)?, data.question(&predictor, output, &loss)?);
            let Some(totals) = explainer.totals(&question)? else {
                return Ok(None);
            };
            let maps = explainer.maps(&question)?;
            let sums = maps
                .chunks(question.image())
                .map(|map| map.iter().map(|&value| f64::from(value)).sum::<f64>());
            let size: f64 = totals.iter().map(|total| total.abs()).sum();
            Ok(Some(sums.zip(&totals).map(|(sum, total)| (sum - total).abs()).sum::<f64>() / size))
        };
        let exact = if name == "integrated-gradients" { format!("{name}(steps=300)") } else { text.clone() };
        let Some(found) = gap(&exact)? else {
            continue;
        };
        promised += 1;
        assert!(found < 0.01, "{exact} of {}: {found}", output.name);
    }
    assert!(promised >= OUTPUTS.len());
    Ok(())
}

/// Neither the slices beside it, nor how many run at a time, nor the threads change a bit of a slice's map.
#[test]
fn a_map_depends_on_nothing_but_its_slice() -> Result<()> {
    let data = Data::new(5, 1);
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    for (text, output) in quick().iter().flat_map(|text| OUTPUTS.iter().map(move |output| (text, output))) {
        let together = bits(data.maps(text, &unet(1, 8)?, output)?);
        let mut alone = Vec::new();
        for slice in 0..5 {
            let part = slice * PIXELS..(slice + 1) * PIXELS;
            let one = Data {
                images: data.images[part.clone()].to_vec(),
                targets: data.targets[part].to_vec(),
                places: vec![data.places[slice].clone()],
            };
            alone.extend(bits(one.maps(text, &unet(1, 8)?, output)?));
        }
        assert!(together == alone, "{text} of {}", output.name);
        for (threads, chunk) in [(1, 2), (3, 3)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            let found = pool.install(|| data.maps(text, &unet(1, chunk)?, output))?;
            assert!(together == bits(found), "{text} of {} on {threads} threads", output.name);
        }
    }
    Ok(())
}

/// Whatever images of a slice a method shows the network, padding is black in all of them, and the map is as large as
/// the padded image, as the gradient's is.
#[test]
fn padding_stays_black_in_every_image_that_is_shown() -> Result<()> {
    let data = Data::new(2, 2);
    let inside: Vec<bool> =
        (0..2 * PIXELS).map(|place| data.places[0].region.contains(place % PIXELS)).collect();
    for text in quick().iter().chain(&["integrated-gradients(steps=3,baseline=mean)".to_string()]) {
        if explainer(text)?.needs() == Needs::Layers {
            continue;
        }
        let network = std::sync::Arc::new(ByHand::new(true));
        let predictor = Predictor::new(Box::new(Shown(network.clone())), &device()?, SIZE);
        let first = Data {
            images: data.images[..2 * PIXELS].to_vec(),
            targets: data.targets[..PIXELS].to_vec(),
            places: data.places[..1].to_vec(),
        };
        let maps = first.maps(text, &predictor, logit()?)?;
        assert_eq!(maps.len(), 2 * PIXELS, "{text}");
        assert!(maps.iter().any(|&value| value != 0.0), "{text}");
        let seen = network.seen.lock().expect("no panic");
        assert!(!seen.is_empty() && seen.len().is_multiple_of(2 * PIXELS));
        for image in seen.chunks(2 * PIXELS) {
            assert!(image.iter().zip(&inside).all(|(&value, &inside)| inside || value == 0.0), "{text}");
        }
    }
    Ok(())
}

/// A network that another holds too.
struct Shown(std::sync::Arc<ByHand>);

impl Network for Shown {
    fn channels(&self) -> usize {
        self.0.channels()
    }

    fn multiple(&self) -> usize {
        self.0.multiple()
    }

    fn logits(&self, images: &[f32], size: [usize; 2]) -> Vec<f32> {
        self.0.logits(images, size)
    }

    fn gradient(&self, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        self.0.gradient(images, size, slope)
    }

    fn first_not_finite(&self, images: &[f32], size: [usize; 2]) -> Option<String> {
        self.0.first_not_finite(images, size)
    }
}

#[test]
fn noise_is_named_by_its_slice_and_has_the_deviation_that_was_asked_for() -> Result<()> {
    let (predictor, mut data) = (by_hand(true)?, Data::new(1, 2));
    let one = data.maps("vargrad(samples=2)", &predictor, logit()?)?;
    assert_eq!(one, data.maps("vargrad(samples=2)", &predictor, logit()?)?);
    data.places[0].seed = 6;
    assert_ne!(one, data.maps("vargrad(samples=2)", &predictor, logit()?)?);
    // The gradient of (3 a + b)^2 by b is 2 (3 a + b): under noise of deviation d its variance is 4 (9 + 1) d^2.
    let scanned: Vec<f32> = (0..2 * PIXELS)
        .filter(|p| data.places[0].region.contains(p % PIXELS))
        .map(|p| data.images[p])
        .collect();
    let range =
        scanned.iter().copied().fold(f32::MIN, f32::max) - scanned.iter().copied().fold(f32::MAX, f32::min);
    let map = data.maps("vargrad(samples=400,noise=0.2)", &predictor, logit()?)?;
    let of_b: Vec<f64> = data.places[0].region.pixels().map(|pixel| f64::from(map[PIXELS + pixel])).collect();
    let mean = of_b.iter().sum::<f64>() / of_b.len() as f64;
    // Each variance has a relative error of sqrt(2 / 400); 120 pixels leave 0.0065, of which this is five.
    assert_relative_eq!(mean, 40.0 * (0.2 * f64::from(range)).powi(2), max_relative = 0.033);
    Ok(())
}

#[test]
fn every_method_is_read_back_from_its_text() -> Result<()> {
    for text in METHODS.iter().map(|kind| kind.name.to_string()).chain(quick()) {
        let found = explainer(&text)?;
        assert_eq!(found.to_string(), text);
        assert_eq!(explainer(&found.to_string())?, found);
    }
    assert_eq!(Explainer::default(), explainer(METHODS[0].name)?);
    let nested = explainer("smoothgrad(of=integrated-gradients( steps=8 ,baseline=black),samples=50)")?;
    assert_eq!(nested.to_string(), "smoothgrad(of=integrated-gradients(steps=8))");
    assert_eq!(nested.title(), "SmoothGrad (of=integrated-gradients(steps=8))");
    Ok(())
}

#[rstest::rstest]
#[case("saliency", "--method should be one of gradient, gradient-x-input, smoothgrad")]
#[case(
    "integrated-gradients(steps=0)",
    "--method: steps of integrated-gradients should be a whole number from 1 to 1000, but is '0'"
)]
#[case(
    "integrated-gradients(baseline=white)",
    "--method: baseline of integrated-gradients should be one of black, mean, blurred, but is 'white'"
)]
#[case(
    "vargrad(samples=1)",
    "--method: samples of vargrad should be a whole number from 2 to 10000, but is '1'"
)]
#[case("smoothgrad(noise=-1)", "--method: noise of smoothgrad should be 0 or more, but is '-1'")]
#[case(
    "smoothgrad(of=vargrad)",
    "--method: of of smoothgrad should be a method that draws no noise of its own, but is 'vargrad'"
)]
#[case("occlusion(window=2,stride=3)", "--method: stride of occlusion should be at most its window, 2")]
#[case("gradient(steps=1)", "--method: gradient has no setting 'steps'; it has none")]
fn texts_that_are_no_method_are_refused(#[case] text: &str, #[case] says: &str) {
    let message = Explainer::parse("--method", text).unwrap_err();
    assert!(message.starts_with(says), "{message}");
}

#[test]
fn what_a_network_cannot_serve_is_refused_with_the_reason() -> Result<()> {
    let (predictor, data) = (by_hand(false)?, Data::new(1, 2));
    let refused = data.maps("occlusion(window=17)", &predictor, logit()?).unwrap_err().to_string();
    assert_eq!(
        refused,
        "window of occlusion should be at most 16, the shorter side of a slice of 16 x 16, but is 17"
    );
    let refused =
        data.maps("vargrad(of=occlusion(window=17))", &predictor, logit()?).unwrap_err().to_string();
    assert!(refused.starts_with("window of occlusion should be at most 16"), "{refused}");
    let shown = unet(2, 8)?;
    let refused = data.maps("guided-grad-cam(layer=tail)", &shown, logit()?).unwrap_err().to_string();
    let start = "layer of guided-grad-cam should be one of encoder.0.conv1, encoder.0.conv2, ";
    assert!(refused.starts_with(start) && refused.ends_with(", but is 'tail'"), "{refused}");
    let last = data.maps("grad-cam(layer=bottleneck.conv2)", &shown, logit()?)?;
    assert_eq!(data.maps("grad-cam", &shown, logit()?)?, last);
    let group =
        UNetConfig::new(2, 4).and_then(|config| config.with_channels(2)?.with_norm(Normalisation::Group));
    let group = Weights::random(&group.map_err(anyhow::Error::msg)?, 3);
    let group = open::predictor(&group, &device()?, SIZE);
    let refused = data.maps("deeplift", &group, logit()?).unwrap_err().to_string();
    assert!(
        refused.starts_with("deeplift has no rule for the group norm of layer 'encoder.0.conv1'"),
        "{refused}"
    );
    assert!(data.maps("guided-grad-cam", &group, logit()?)?.iter().all(|value| value.is_finite()));
    for kind in METHODS.iter().filter(|kind| !kind.is_of_any_network()) {
        let refused = data.maps(kind.name, &predictor, logit()?).unwrap_err().to_string();
        assert!(
            refused.contains("looks into layers, which this network does not show: take one of gradient, "),
            "{refused}"
        );
    }
    Ok(())
}
