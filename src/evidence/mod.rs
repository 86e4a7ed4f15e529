//! What a run measured, arranged for comparisons: for each loss a table of seeds by test volumes.

mod across;
pub mod checks;
pub mod comparison;
pub mod curve;
pub mod drops;
mod estimate;
mod learned;
pub mod measured;
mod of_cell;
mod points;
pub mod quality;
pub mod quantity;
pub mod ranking;
pub mod seed_effects;
pub mod soundness;
pub mod specification;
pub mod summary;
pub mod tested;

use crate::definition::study::Study;
use crate::evidence::measured::{Measured, Term};
use crate::evidence::quantity::Quantity;
use crate::records::cell::Cell;
use crate::records::rows::{AgreementRow, CurveRow};
use crate::records::run::Run;
use crate::records::saliency::SaliencyRow;
use crate::records::transfer::Transfer;
use crate::spread::MEASURES;
use std::collections::{BTreeMap, BTreeSet};

/// Which of a run's records to judge by.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The attack that ranks pixels by the network's own saliency map.
    pub attack: String,
    /// Dice of all a seed's test slices taken together, instead of the mean over slices and volumes.
    pub micro: bool,
}

impl Reading {
    /// The study's own: its first attack, slice by slice.
    pub fn of(study: &Study) -> Self {
        Self { attack: study.attack_names().into_iter().next().unwrap_or_default(), micro: false }
    }
}

/// A run's records over the seeds for which every loss is done.
pub struct Evidence<'a> {
    /// Those seeds.
    pub seeds: Vec<u64>,
    /// Ids of the test volumes of any seed.
    pub volumes: Vec<String>,
    /// Losses, in the study's order.
    pub losses: Vec<String>,
    reading: Reading,
    /// The subject of each of `volumes`, counted from 0: volumes that a split keeps together are of one.
    subjects: Vec<usize>,
    cells: BTreeMap<(&'a str, u64), &'a Cell>,
    /// The volumes that each seed was tested on: all of them, unless each seed has a split of its own.
    tested: BTreeMap<u64, BTreeSet<&'a str>>,
    agreement: BTreeMap<u64, &'a [AgreementRow]>,
    /// Curves under the maps of another seed's networks, by seed and attacked loss.
    across: BTreeMap<(u64, &'a str), &'a [CurveRow]>,
    /// The pair of each of `seeds` in transfers between seeds, counted from 0.
    pairs: Vec<usize>,
    /// The attack that a sweep with attacks of its own is judged by.
    own: BTreeMap<&'a str, String>,
}

impl<'a> Evidence<'a> {
    /// The records of `run`, as `reading` says.
    pub fn of(run: &'a Run, reading: Reading) -> Self {
        let losses = run.study.names();
        let cells: BTreeMap<(&str, u64), &Cell> =
            run.cells.iter().map(|cell| ((cell.record.loss.as_str(), cell.record.seed), cell)).collect();
        let done = |seed: &u64| losses.iter().all(|loss| cells.contains_key(&(loss.as_str(), *seed)));
        let seeds: Vec<u64> = run.study.seeds.iter().copied().filter(done).collect();
        let mut volumes: Vec<String> = Vec::new();
        let mut tested: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
        for cell in &run.cells {
            let of_seed = tested.entry(cell.record.seed).or_default();
            for row in &cell.probabilities {
                if of_seed.insert(&row.volume) && !volumes.contains(&row.volume) {
                    volumes.push(row.volume.clone());
                }
            }
        }
        let (within, between): (Vec<&Transfer>, Vec<&Transfer>) =
            run.transfers.iter().partition(|transfer| transfer.seeds.is_one());
        let agreement =
            within.iter().map(|transfer| (transfer.seeds.attacked, transfer.agreement.as_slice())).collect();
        let curves = between.iter().flat_map(|transfer| {
            let curves = transfer.curves.iter();
            curves.map(|(loss, rows)| ((transfer.seeds.attacked, loss.as_str()), rows.as_slice()))
        });
        let across = curves.collect();
        let others = run.study.sweeps.iter().filter(|(_, sweep)| sweep.has_own_attacks());
        let own = others
            .filter_map(|(name, sweep)| Some((name.as_str(), run.study.attacks_of(sweep).first()?.name())));
        let own = own.collect();
        let pairs = across::pairs(&run.study.seeds, &seeds);
        let subjects = estimate::subjects(volumes.iter().map(String::as_str), |volume| run.subject(volume));
        Self { seeds, volumes, losses, reading, subjects, cells, tested, agreement, across, pairs, own }
    }

    /// How many test volumes there are, and the fewest and the most of a seed.
    pub fn test_volumes(&self) -> (usize, [usize; 2]) {
        let of_seeds = || self.seeds.iter().filter_map(|seed| Some(self.tested.get(seed)?.len()));
        let of_a_seed = [of_seeds().min(), of_seeds().max()].map(|count| count.unwrap_or(0));
        (self.volumes.len(), of_a_seed)
    }

    /// A quantity of the cells of `loss`; with [`Quantity::Agreement`] of its pair with `other`.
    ///
    /// # Errors
    /// A line that says what the run lacks.
    pub fn measure(&self, loss: &str, other: &str, quantity: &Quantity) -> Result<Measured, String> {
        if !self.losses.iter().any(|known| known == loss) {
            return Err(format!("the study has no loss {loss}"));
        }
        if self.seeds.is_empty() {
            return Err("no seed has all its cells".to_string());
        }
        self.learned(loss)?;
        if quantity.is_of_pairs() {
            self.learned(other)?;
        }
        match quantity {
            Quantity::Clean {} => Ok(Measured::new(vec![self.term(1.0, |seed| self.clean(loss, seed))?])),
            Quantity::Dice { sweep, pixels, level } => {
                self.points(loss, sweep, *pixels, *level, |row, _| self.dice(row))
            }
            Quantity::Drop { sweep, pixels, level } => {
                let dice = self.points(loss, sweep, *pixels, *level, |row, _| self.dice(row))?;
                let clean = self.term(1.0, |seed| self.clean(loss, seed))?;
                Ok(dice.subtracted_from(clean))
            }
            Quantity::Area { sweep, pixels, level } => {
                self.points(loss, sweep, *pixels, *level, |row, clean| [row.area, clean.area])
            }
            Quantity::Spread { measure, method } => {
                let column = column(measure)?;
                Ok(Measured::new(vec![self.slices(loss, method.as_deref(), |row| row.measures[column])?]))
            }
            Quantity::Sanity { method, measure } => {
                self.checked(loss, |cell| checks::sanity(&cell.checks, method, measure))
            }
            Quantity::Faithfulness { method, measure } => {
                self.checked(loss, |cell| checks::faithfulness(&cell.checks, method, measure))
            }
            Quantity::Sharpness {} => {
                let (peak, pixels) = (column("peak")?, column("effective_pixels")?);
                Ok(Measured::new(vec![
                    self.slices(loss, None, |row| row.measures[peak] / row.measures[pixels])?,
                ]))
            }
            Quantity::Softness {} => {
                Ok(Measured::new(vec![self.term(1.0, |seed| self.softness(loss, seed))?]))
            }
            Quantity::Accuracy {} => {
                Ok(Measured::new(vec![self.term(1.0, |seed| self.accuracy(loss, seed))?]))
            }
            Quantity::Agreement {} => {
                Ok(Measured::new(vec![self.term(1.0, |seed| self.agreement(loss, other, seed))?]))
            }
            Quantity::Transfer { sweep, pixels, level } => {
                self.transfer([loss, other], sweep, *pixels, *level)
            }
        }
    }

    /// One ratio over all seeds. `of` gives a seed's numerators and denominators by volume.
    fn term(&self, factor: f64, of: impl Fn(u64) -> Result<Vec<[f64; 2]>, String>) -> Result<Term, String> {
        let cells = self.seeds.iter().map(|&seed| of(seed)).collect::<Result<_, _>>()?;
        Ok(Term { factor, cells })
    }

    fn cell(&self, loss: &str, seed: u64) -> Result<&'a Cell, String> {
        self.cells
            .get(&(loss, seed))
            .copied()
            .ok_or_else(|| format!("cell {loss} of seed {seed} is not done"))
    }

    fn dice(&self, row: &CurveRow) -> [f64; 2] {
        of_cell::dice(row, self.reading.micro)
    }

    /// Numerator and denominator of every volume at `seed`; one that the seed was not tested on counts for
    /// nothing.
    fn each_volume(
        &self,
        seed: u64,
        of: impl Fn(&str) -> Result<[f64; 2], String>,
    ) -> Result<Vec<[f64; 2]>, String> {
        let tested = |volume: &str| self.tested.get(&seed).is_some_and(|tested| tested.contains(volume));
        let pair = |volume: &String| if tested(volume) { of(volume) } else { Ok([0.0; 2]) };
        self.volumes.iter().map(pair).collect()
    }

    /// The mean over volumes of a volume's mean over slices.
    fn slices(
        &self,
        loss: &str,
        method: Option<&str>,
        of: impl Fn(&SaliencyRow) -> f64,
    ) -> Result<Term, String> {
        self.term(1.0, |seed| {
            let cell = self.cell(loss, seed)?;
            let sums = match method {
                None => of_cell::slices(cell.spread_rows(), &of),
                Some(method) => of_cell::slices(cell.spread_rows_of(method), &of),
            };
            if let (true, Some(method)) = (sums.is_empty(), method) {
                return Err(format!("no saliency maps of {method}: attack.maps should name it"));
            }
            // A volume whose maps are all zero has no spread and counts for nothing.
            self.each_volume(seed, |volume| Ok(sums.get(volume).copied().unwrap_or_default()))
        })
    }

    /// What the checks of ways of explaining say of each volume. One whose value is not defined counts for nothing.
    fn checked(
        &self,
        loss: &str,
        of: impl Fn(&Cell) -> Result<of_cell::ByVolume<'_>, String>,
    ) -> Result<Measured, String> {
        let term = self.term(1.0, |seed| {
            let by_volume = of(self.cell(loss, seed)?)?;
            self.each_volume(seed, |volume| Ok(by_volume.get(volume).copied().unwrap_or_default()))
        });
        Ok(Measured::new(vec![term?]))
    }

    fn softness(&self, loss: &str, seed: u64) -> Result<Vec<[f64; 2]>, String> {
        let by_volume = of_cell::softness(self.cell(loss, seed)?);
        let missing = |volume: &str| format!("no probabilities of {volume}");
        self.each_volume(seed, |volume| by_volume.get(volume).copied().ok_or_else(|| missing(volume)))
    }

    fn accuracy(&self, loss: &str, seed: u64) -> Result<Vec<[f64; 2]>, String> {
        let by_volume = of_cell::accuracy(self.cell(loss, seed)?);
        let missing = |volume: &str| format!("no scores of {volume}, which tell right pixels");
        self.each_volume(seed, |volume| by_volume.get(volume).copied().ok_or_else(|| missing(volume)))
    }

    fn agreement(&self, first: &str, second: &str, seed: u64) -> Result<Vec<[f64; 2]>, String> {
        let rows = self.agreement.get(&seed).ok_or("the run has no transfer, which compares masks")?;
        let pair = |row: &&AgreementRow| {
            (row.first == first && row.second == second) || (row.first == second && row.second == first)
        };
        let by_volume: BTreeMap<&str, f64> =
            rows.iter().filter(pair).map(|row| (row.volume.as_str(), row.dice)).collect();
        let missing = |volume: &str| format!("no agreement of {first} and {second} on {volume}");
        self.each_volume(seed, |volume| {
            by_volume.get(volume).map(|&dice| [dice, 1.0]).ok_or_else(|| missing(volume))
        })
    }
}

fn column(measure: &str) -> Result<usize, String> {
    MEASURES.iter().position(|known| known.name == measure).ok_or_else(|| format!("no measure {measure}"))
}
