//! A few test slices to look at: image, true mask, and for each network of a seed its gradient, the
//! pixels that an attack takes, and the predicted mask at every point of every sweep; and what the attacks that sweeps name
//! make of it ([`changed`](crate::study::changed)). They go to `examples.json` ([`crate::records::examples`]).

use crate::attack;
use crate::attack::budget::Budget;
use crate::attack::ranked::Ranked;
use crate::attack::trial::Trial;
use crate::image::gather::gather;
use crate::image::predicted::predicted_mask;
use crate::image::slice::Slice;
use crate::network::chunked::Predictor;
use crate::records::cell::{cell_folder, weights_of_seed};
use crate::records::examples::{Attacked, Example, Examples, Outcome, Seen, runs};
use crate::saliency::method::Explainer;
use crate::saliency::positions::Positions;
use crate::saliency::{Place, Question, Scalar};
use crate::study::StudyError;
use crate::study::changed::{self, Changing, Extent};
use crate::study::example_maps;
use crate::study::existing::predictor;
use crate::study::left_out;
use crate::study::prepared::Prepared;
use crate::study::setting::Setting;
use crate::study::trained::Trained;
use std::collections::BTreeMap;
use std::path::Path;

/// Slices that are kept, of as many volumes.
const SLICES: usize = 6;

/// Records examples under the networks of the first seed that has all its cells and their networks, unless that is done.
///
/// # Errors
/// [`StudyError`] where weights cannot be read or the record cannot be written.
pub fn run(run: &Path, setting: &Setting) -> Result<(), StudyError> {
    let study = setting.study;
    let recorded = Examples::read(run, study, |seed| weights_of_seed(run, study, seed))?;
    if recorded.is_some_and(|examples| changed::are_in(&examples, study)) {
        return Ok(());
    }
    for &seed in &study.seeds {
        if let Some(weights) = weights_of_seed(run, study, seed)?
            && left_out::networks(run, study, seed)?.is_empty()
        {
            let prepared = &setting.prepared.of_seed(study, seed)?;
            let slices = slices(run, &Setting { prepared, ..*setting }, seed)?;
            let study_hash = study.identity().map_err(StudyError::Request)?.hash;
            return Ok(Examples { seed, study_hash, weights, source: None, slices }.write(run)?);
        }
    }
    Ok(())
}

/// The slice with the largest true mask of each of a few volumes, evenly over the test volumes, so that
/// nothing about a network decides what is shown. With the number of each among the test slices.
fn chosen(prepared: &Prepared) -> Result<Vec<(usize, Slice)>, StudyError> {
    let volumes = prepared.test_volumes();
    let count = SLICES.min(volumes.len());
    let area = |(_, slice): &(usize, Slice)| slice.mask.iter().filter(|&&inside| inside).count();
    let mut chosen = Vec::with_capacity(count);
    for place in 0..count {
        let (_, range) = &volumes[place * volumes.len() / count];
        let slices = prepared.test.read(range.clone())?;
        chosen.extend(range.clone().zip(slices).max_by_key(area));
    }
    Ok(chosen)
}

fn slices(run: &Path, setting: &Setting, seed: u64) -> Result<Vec<Example>, StudyError> {
    let Setting { study, prepared, device, .. } = setting;
    let (numbers, slices): (Vec<usize>, Vec<Slice>) = chosen(prepared)?.into_iter().unzip();
    let areas: Vec<usize> = slices.iter().map(|slice| slice.region.area()).collect();
    let extent = Extent::of(study, &areas);
    let (images, targets) = gather(&slices);
    let mut examples: Vec<Example> = slices
        .iter()
        .map(|slice| Example {
            volume: prepared.volumes[slice.volume].id.clone(),
            depth: slice.depth,
            height: slice.region.height,
            width: slice.region.width,
            image: slice.region.crop(&slice.image),
            brightest: None,
            truth: runs(slice.region.crop(&slice.mask)),
            networks: Vec::new(),
        })
        .collect();
    let default = Explainer::default();
    let explainer = study.explainers.first().unwrap_or(&default);
    let place = |slice: &Slice| Place {
        region: slice.region,
        seed,
        volume: prepared.volumes[slice.volume].id.clone(),
        depth: slice.depth,
    };
    let places: Vec<Place> = slices.iter().map(place).collect();
    for arm in &study.arms {
        let opened = setting.trained.map(Trained::networks);
        let predictor = predictor(opened, arm, &cell_folder(run, arm, seed), device, prepared.size)?;
        let scalar = Scalar { output: study.output, loss: &arm.loss };
        let question = Question::new(&predictor, scalar, &images, &targets, &places)?;
        let maps = explainer.maps(&question)?;
        let mut by_method = example_maps::of(study, &question, &slices, &maps)?.into_iter();
        let clean = predictor.logits(&images)?;
        let pixels = predictor.pixels();
        let of_map = pixels * prepared.channels;
        let changing = Changing { study, prepared, extent, arm, predictor: &predictor };
        let seen = slices.iter().zip(&numbers).zip(maps.chunks(of_map)).zip(clean.chunks(pixels));
        for (place, (example, (((slice, &number), map), logits))) in examples.iter_mut().zip(seen).enumerate()
        {
            let positions = Positions::of(map, pixels);
            let (volume, named) = (prepared.volumes[slice.volume].id.as_str(), seed.to_string());
            let trial = Trial { slice, saliency: map, volume, seed: &named, number: 0 };
            let attacks = study.ranking().filter_map(|attack| attack.ranked());
            let attacks = attacks.map(|attack| {
                let method = if study.names_methods() { explainer.to_string() } else { String::new() };
                let of = attacked(setting, &predictor, &trial, attack)?;
                Ok::<_, StudyError>(Attacked { attack: attack::by(attack.name, &method), ..of })
            });
            let changed = match place < extent.slices {
                true => changing.all(&trial, number)?,
                false => Vec::new(),
            };
            example.networks.push(Seen {
                changed,
                loss: arm.name.clone(),
                gradient: slice.region.pixels().map(|pixel| positions.signed(pixel)).collect(),
                mask: predicted(slice, logits),
                dice: slice.score(logits).dice(),
                probability: slice.region.pixels().map(|pixel| in_255ths(logits[pixel])).collect(),
                attacks: attacks.collect::<Result<_, _>>()?,
                maps: by_method.next().unwrap_or_default(),
            });
        }
    }
    Ok(examples)
}

/// The probability of a logit.
fn in_255ths(logit: f32) -> u8 {
    (255.0 / (1.0 + (-logit).exp())).round() as u8
}

fn predicted(slice: &Slice, logits: &[f32]) -> Vec<usize> {
    runs(predicted_mask(logits, slice.region.pixels()))
}

/// Every sweep of the study's own attacks on one slice.
fn attacked(
    setting: &Setting,
    predictor: &Predictor,
    trial: &Trial,
    attack: &Ranked,
) -> Result<Attacked, StudyError> {
    let slice = trial.slice;
    let order = attack.choose(trial, setting.study.largest_budget(trial.area()))?;
    let mut sweeps = BTreeMap::new();
    for (name, sweep) in setting.study.sweeps.iter().filter(|(_, sweep)| !sweep.has_own_attacks()) {
        let nominal = sweep.budgets();
        let budgets: Vec<Budget> = nominal.iter().map(|budget| budget.on(trial.area(), sweep.area)).collect();
        let values: Vec<Vec<f32>> = budgets.iter().map(|budget| Ranked::values(trial, budget)).collect();
        let mut images = Vec::new();
        values.iter().for_each(|values| trial.replace(&order, values, &mut images));
        let logits = predictor.logits(&images)?;
        let outcomes = nominal.iter().zip(&budgets).zip(values).zip(logits.chunks(predictor.pixels()));
        let outcomes = outcomes.map(|(((nominal, budget), values), logits)| Outcome {
            pixels: nominal.pixels().unwrap_or(0),
            replaced: sweep.area.and_then(|_| budget.pixels()),
            level: budget.level(),
            values: if budget.draws() { values } else { Vec::new() },
            dice: slice.score(logits).dice(),
            mask: predicted(slice, logits),
        });
        sweeps.insert(name.clone(), outcomes.collect());
    }
    let place: BTreeMap<usize, usize> =
        slice.region.pixels().enumerate().map(|(place, pixel)| (pixel, place)).collect();
    let order = order.iter().filter_map(|pixel| place.get(pixel).copied()).collect();
    Ok(Attacked { attack: attack.name.to_string(), order, sweeps })
}
