//! Sparse-RS and the one-pixel attack against their published update rules in plain NumPy and PyTorch
//! (`scripts/make_sparse_fixtures.py`), on shared weights and the same draws: the same pixels and values.
//!
//! The draws are those of our streams, written out with `LOSSBENCH_RECORD_DRAWS=1`.

use crate::support::{Inputs, path, read};
use anyhow::{Context, Result, ensure};
use lossbench::attack::Wanted;
use lossbench::attack::budget::Budget;
use lossbench::attack::configured::Configured;
use lossbench::attack::harness::perturbed;
use lossbench::attack::replacement::Replacement;
use lossbench::attack::trial::Trial;
use lossbench::attack::victim::Victim;
use lossbench::image::slice::Slice;
use lossbench::network::device;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use std::fs;

const SPAN: [f32; 2] = [0.0, 0.2];
/// Queries, pixels and share of Sparse-RS; members, generations and pixels of the one-pixel attack.
const SEARCHES: [(usize, usize, f64); 2] = [(300, 5, 0.3), (150, 12, 0.8)];
const EVOLUTIONS: [(usize, usize, usize); 2] = [(12, 20, 1), (8, 25, 4)];

/// What one attack draws for each slice.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Draws {
    attack: String,
    /// N.
    pixels: usize,
    slices: Vec<Drawn>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
enum Drawn {
    Search {
        /// By step: places of the pixels that go, places of those that come among the others, and which end each gets.
        steps: Vec<(Vec<usize>, Vec<usize>, Vec<usize>)>,
    },
    Evolution {
        /// Row, column and standard normal value, N times a member.
        members: Vec<Vec<f64>>,
        /// By generation and member: the three others that make its child.
        triples: Vec<Vec<[usize; 3]>>,
    },
}

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    attack: String,
    pixels: usize,
    /// By slice: which pixels and their values.
    at: Vec<Vec<usize>>,
    values: Vec<Vec<f32>>,
    dice: Vec<f64>,
}

/// The first `most` of `count` things in random order.
fn some(count: usize, most: usize, stream: &mut ChaCha8Rng) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    for place in 0..most {
        let other = stream.random_range(place..count);
        places.swap(place, other);
    }
    places.truncate(most);
    places
}

/// The authors' schedule: their first value, the last step of 10 000 for each, and what it is divided by.
fn exchanged(query: usize, queries: usize, share: f64, pixels: usize) -> usize {
    let step = query * 10_000 / queries;
    let last = [0, 50, 200, 500, 1000, 2000, 4000, 6000, 8000, usize::MAX];
    let divisors = [1.0, 2.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0];
    let place = last.iter().position(|&last| step <= last).unwrap_or(0);
    ((share / divisors[place] * pixels as f64) as usize).max(1)
}

fn search(trial: &Trial, queries: usize, pixels: usize, share: f64) -> Drawn {
    let mut stream = trial.stream("sparse-rs");
    let area = trial.area();
    let steps = (0..queries).map(|query| {
        let (goes, others) = match query {
            0 => (Vec::new(), area),
            _ => (some(pixels, exchanged(query, queries, share, pixels), &mut stream), area - pixels),
        };
        let count = if query == 0 { pixels } else { goes.len() };
        let comes = some(others, count, &mut stream);
        let ends = (0..count).map(|_| usize::from(stream.random::<bool>())).collect();
        (goes, comes, ends)
    });
    Drawn::Search { steps: steps.collect() }
}

fn evolution(trial: &Trial, size: usize, generations: usize, pixels: usize) -> Drawn {
    let mut stream = trial.stream("one-pixel");
    let region = trial.slice.region;
    let mut members = Vec::new();
    for _ in 0..size {
        let mut member = Vec::new();
        for _ in 0..pixels {
            member.push(stream.random_range(0.0..region.height as f64));
            member.push(stream.random_range(0.0..region.width as f64));
            member.push(StandardNormal.sample(&mut stream));
        }
        members.push(member);
    }
    let mut of_parent = |parent: usize| {
        let others: Vec<usize> = (0..size).filter(|&other| other != parent).collect();
        let three = some(others.len(), 3, &mut stream);
        [0, 1, 2].map(|one| others[three[one]])
    };
    let triples = (0..generations).map(|_| (0..size).map(&mut of_parent).collect()).collect();
    Drawn::Evolution { members, triples }
}

fn draws(slices: &[Slice]) -> Vec<Draws> {
    let trial = |slice| Trial { slice, saliency: &[], volume: "parity", seed: "0", number: 0 };
    let searches = SEARCHES.iter().map(|&(queries, pixels, share)| Draws {
        attack: format!("sparse-rs(queries={queries},share={share})"),
        pixels,
        slices: slices.iter().map(|slice| search(&trial(slice), queries, pixels, share)).collect(),
    });
    let evolutions = EVOLUTIONS.iter().map(|&(size, generations, pixels)| Draws {
        attack: format!("one-pixel(population={size},generations={generations})"),
        pixels,
        slices: slices.iter().map(|slice| evolution(&trial(slice), size, generations, pixels)).collect(),
    });
    searches.chain(evolutions).collect()
}

#[test]
fn searches_by_answers_alone_find_what_their_published_rules_find() -> Result<()> {
    let inputs: Inputs = read("parity/unet.json")?;
    let slices = inputs.slices();
    let drawn = draws(&slices);
    if std::env::var_os("LOSSBENCH_RECORD_DRAWS").is_some() {
        fs::write(path("parity/draws.json"), serde_json::to_string(&drawn)? + "\n")?;
        return Ok(());
    }
    let recorded: Vec<Draws> = read("parity/draws.json")?;
    assert!(recorded == drawn, "draws.json is not what our streams draw: record it, then make the fixtures");
    let fixture: Fixture = read("parity/sparse.json")?;
    assert_eq!(fixture.cases.len(), drawn.len());
    let weights = Weights::read(&path("parity/unet.safetensors"))?;
    let [_, _, height, width] = inputs.shape;
    let device = device::open(device::available()[0])?;
    let predictor = open::predictor(&weights, &device, [height, width]);
    for case in &fixture.cases {
        let attack = Configured::parse(&case.attack).map_err(anyhow::Error::msg)?;
        let with = Replacement::Chosen(SPAN[0], SPAN[1]);
        let wanted = slices.iter().map(|slice| {
            let trial = Trial { slice, saliency: &[], volume: "parity", seed: "0", number: 0 };
            Wanted { trial, budgets: vec![Budget::Pixels { count: case.pixels, with }] }
        });
        let victim = Victim::new(&predictor, None);
        let images = perturbed(attack.attack(), &wanted.collect::<Vec<_>>(), &victim)?;
        let logits = predictor.logits(&images)?;
        let pixels = height * width;
        for (number, slice) in slices.iter().enumerate() {
            let what = format!("{}, slice {number}", case.attack);
            let image = &images[number * pixels..][..pixels];
            let mut expected = slice.image.clone();
            for (&pixel, &value) in case.at[number].iter().zip(&case.values[number]) {
                *expected.get_mut(pixel).context("a pixel")? = value;
            }
            let off = image.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            ensure!(off <= 1e-6, "{what}: off by {off}");
            let dice = slice.score(&logits[number * pixels..][..pixels]).dice();
            ensure!((dice - case.dice[number]).abs() < 1e-9, "{what}: Dice {dice} for {}", case.dice[number]);
        }
    }
    Ok(())
}
