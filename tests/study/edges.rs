//! Data and networks at the edge of what numbers allow: nothing turns NaN, nothing panics, and what cannot
//! be ranked is said.

use super::records::smoke;
use super::sweeps::with_bias;
use anyhow::{Context, Result};
use lossbench::attack::trial::Trial;
use lossbench::attack::{self, Attack};
use lossbench::data::given::Given;
use lossbench::data::hash::{Fingerprint, data_hash};
use lossbench::data::split::Split;
use lossbench::data::stored_slices::StoredSlices;
use lossbench::definition::study::Study;
use lossbench::definition::sweep::Sweep;
use lossbench::image::region::Region;
use lossbench::image::slice::Slice;
use lossbench::network::chunked::Predictor;
use lossbench::network::device::{self, Device};
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::records::run::Run;
use lossbench::report;
use lossbench::saliency::OUTPUTS;
use lossbench::study::maps::Maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::run;
use lossbench::study::setting::Setting;
use lossbench::study::sweep::Sweeper;
use rstest::rstest;

const SIZE: [usize; 2] = [16, 16];
/// 12 x 10 scanned pixels in the middle.
const REGION: Region = Region { top: 2, left: 3, height: 12, width: 10, row: 16 };
const AREA: usize = 120;

/// Three volumes of four slices, for training, validation and test, whose pixels `at` gives by slice and
/// place among the scanned ones: intensity and whether inside the mask.
fn prepared(at: impl Fn(usize, usize) -> (f32, bool)) -> Result<Prepared> {
    let slice = |number: usize| {
        let (mut image, mut mask) = (vec![0.0; 256], vec![false; 256]);
        for (place, pixel) in REGION.pixels().enumerate() {
            (image[pixel], mask[pixel]) = at(number, place);
        }
        Slice { volume: number / 4, depth: number % 4, region: REGION, image, mask, ignored: Vec::new() }
    };
    let slices: Vec<Slice> = (0..12).map(slice).collect();
    let part = |volume: usize| StoredSlices::at_hand(&slices[4 * volume..4 * volume + 4], SIZE);
    let volume = |id: &str| Fingerprint { id: id.into(), shape: [12, 10, 4], hash: id.into() };
    let volumes = ["a", "b", "c"].map(volume).to_vec();
    Ok(Prepared {
        hash: data_hash(&volumes),
        volumes,
        split: Split { train: vec![0], validation: vec![1], test: vec![2] },
        given: Given::default(),
        size: SIZE,
        range: [0.0, 0.2],
        channels: 1,
        selected: vec![0],
        offered: 1,
        clipped: vec![vec![0]; 3],
        notes: Vec::new(),
        all: StoredSlices::at_hand(&slices, SIZE)?,
        train: part(0)?,
        validation: part(1)?,
        test: part(2)?,
    })
}

fn study() -> Result<Study> {
    smoke(&[
        "losses=['bce', 'dice', 'bce+dice', 'bce+dice+focal']",
        "attack.methods=['signed', 'magnitude', 'random', 'random-foreground']",
        "train.epochs=3",
        "sweep.fig6.pixels=[0, 5, 120]",
    ])
}

fn device() -> Result<Device> {
    Ok(device::open(device::available()[0])?)
}

/// An intensity that differs from pixel to pixel.
fn bright(slice: usize, place: usize) -> f32 {
    ((slice * 31 + place * 7) % 11) as f32 * 0.02
}

#[rstest]
#[case::all_zero_images(|_, place| (0.0, place < 30))]
#[case::masks_that_are_all_foreground(|slice, place| (bright(slice, place), true))]
#[case::masks_of_one_pixel(|slice, place| (bright(slice, place), place == 10 * slice))]
#[case::images_of_one_bright_pixel(|slice, place| (if place == slice { 0.2 } else { 0.0 }, place < 30))]
fn every_loss_goes_from_training_to_a_report(#[case] at: fn(usize, usize) -> (f32, bool)) -> Result<()> {
    let (study, prepared, device) = (study()?, prepared(at)?, device()?);
    let folder = tempfile::tempdir()?;
    let setting = Setting { study: &study, prepared: &prepared, device: &device, trained: None };
    run::run(folder.path(), &setting, &run::cells(&study, &[])?, &mut |_| {})?;
    let written = report::write(folder.path())?;
    let page = std::fs::read_to_string(written.page)?;
    let place = page.find("NaN").map(|place| &page[place.saturating_sub(80)..place + 20]);
    assert_eq!(place, None);
    let run = Run::read(folder.path())?;
    assert_eq!(run.cells.len(), 4);
    for cell in &run.cells {
        assert!(cell.training.iter().all(|epoch| epoch.train_loss.is_finite()));
        assert!(cell.curves.iter().all(|row| (0.0..=1.0).contains(&row.dice)), "{}", cell.record.loss);
        // Defined wherever the map is not zero throughout.
        for row in cell.saliency.iter().filter(|row| row.zero_pixels < AREA) {
            assert!(row.measures[0] >= 1.0 && row.measures[0] <= AREA as f64 + 1e-6, "{row:?}");
        }
    }
    Ok(())
}

/// The network of seed 1 with a bias that drives every probability to 0 or to 1.
fn saturated(study: &Study, bias: f32) -> Result<Predictor> {
    let weights = with_bias(&Weights::random(&study.model, 1), |_| bias)?;
    Ok(open::predictor(&weights, &device()?, SIZE))
}

#[rstest]
fn a_saturated_network_has_maps_of_zeros_that_rank_by_index(#[values(-1e4, 1e4)] bias: f32) -> Result<()> {
    let (study, prepared) = (study()?, prepared(|slice, place| (bright(slice, place), place < 30))?);
    let predictor = saturated(&study, bias)?;
    for arm in &study.arms {
        let loss = arm.loss.clone();
        for output in OUTPUTS {
            let maps = Maps::of(&predictor, &prepared.test, output, &loss)?;
            assert!(maps.read(0)?.iter().all(|value| value.is_finite()), "{loss}, {}", output.name);
        }
    }
    let loss = study.arms[0].loss.clone();
    let maps = Maps::of(&predictor, &prepared.test, &OUTPUTS[0], &loss)?;
    assert!(maps.read(0)?.iter().all(|&value| value == 0.0));
    let (slice, saliency) = (prepared.test.get(0)?, maps.read(0)?);
    let trial = Trial { slice: &slice, saliency: &saliency, volume: "c", seed: "0", number: 0 };
    let signed = attack::find("signed").and_then(Attack::ranked).context("an attack")?;
    let order = signed.choose(&trial, 15)?;
    assert!(order.into_iter().eq(REGION.pixels().take(15)));
    Ok(())
}

#[rstest]
#[case(AREA, None)]
#[case(AREA + 1, Some("a budget of 121 pixels is more than the 120 scanned pixels"))]
fn a_budget_may_take_the_whole_scan_and_no_more(
    #[case] budget: usize,
    #[case] refused: Option<&str>,
) -> Result<()> {
    let (study, prepared) = (study()?, prepared(|slice, place| (bright(slice, place), place < 30))?);
    let loss = study.arms[0].loss.clone();
    let predictor = open::predictor(&Weights::random(&study.model, 1), &device()?, SIZE);
    let maps = Maps::of(&predictor, &prepared.test, &OUTPUTS[0], &loss)?;
    let sweep = Sweep { title: String::new(), pixels: vec![budget], levels: vec![0.2], ..Sweep::default() };
    for attack in attack::attacks() {
        let mut sweeper = Sweeper::new(&predictor, &prepared, &study.trials, "own", 0);
        let outcome = sweeper.sweep("test", &sweep, attack, "own", &maps);
        match refused {
            Some(says) => assert!(outcome.unwrap_err().to_string().contains(says)),
            None => assert!(!outcome?.is_empty()),
        }
    }
    Ok(())
}
