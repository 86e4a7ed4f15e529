//! How much it matters which loss drew the map, where networks of another seed drew it.

use super::Evidence;
use super::estimate::numbered;
use super::measured::{Measured, Term};
use super::points::{Place, place_of};
use super::quantity::Sweeps;
use crate::definition::pairing;
use crate::records::rows::CurveRow;
use std::collections::BTreeMap;

/// The pair of each of `seeds`, counted from 0, as a study that lists `all` pairs them: the first with the second and so on.
pub(super) fn pairs(all: &[u64], seeds: &[u64]) -> Vec<usize> {
    numbered(seeds.iter().map(|&seed| pairing::pair(all, seed)))
}

impl Evidence<'_> {
    /// Dice of each of `losses` under the map of the other's network of another seed, less that under the map of
    /// its own loss's, mean over both and over the chosen points.
    pub(super) fn transfer(
        &self,
        losses: [&str; 2],
        sweep: &Sweeps,
        pixels: Option<usize>,
        level: Option<f32>,
    ) -> Result<Measured, String> {
        let chosen = |row: &CurveRow| {
            sweep.contain(&row.sweep)
                && !row.is_clean()
                && pixels.is_none_or(|pixels| row.pixels == Some(pixels))
                && level.is_none_or(|level| row.level == Some(level))
        };
        let [first, second] = losses;
        let points = self.points_of(first, chosen)?;
        let mut terms = Vec::new();
        for (attacked, map, sign) in
            [(first, second, 0.5), (second, first, 0.5), (first, first, -0.5), (second, second, -0.5)]
        {
            for &place in &points {
                terms.push(self.term_across(sign / points.len() as f64, attacked, map, place)?);
            }
        }
        Ok(Measured::new(terms))
    }

    /// Dice of the networks of loss `attacked` at one point under the maps of another seed's networks of loss `map`, mean over
    /// seeds and volumes; none where the run lacks it.
    pub fn across_seeds(&self, attacked: &str, map: &str, place: Place) -> Option<f64> {
        let term = self.term_across(1.0, attacked, map, place).ok().filter(|_| !self.seeds.is_empty())?;
        let [seeds, volumes] = [self.seeds.len(), self.volumes.len()].map(|count| vec![1.0; count]);
        Some(Measured::new(vec![term]).mean(&seeds, &volumes)).filter(|dice| dice.is_finite())
    }

    /// Dice of the networks of loss `attacked` at one point under the maps of another seed's networks of loss `map`.
    fn term_across(&self, factor: f64, attacked: &str, map: &str, place: Place) -> Result<Term, String> {
        self.term(factor, |seed| {
            let rows = self.rows_across(attacked, map, seed, place)?;
            self.each_volume(seed, |volume| Ok(self.dice(self.row(&rows, volume)?)))
        })
    }

    /// The rows of a network at one point under the map of another seed's network of loss `map`, by volume.
    fn rows_across(
        &self,
        attacked: &str,
        map: &str,
        seed: u64,
        place: Place,
    ) -> Result<BTreeMap<&str, &CurveRow>, String> {
        let rows = self.across.get(&(seed, attacked));
        let rows = rows.ok_or_else(|| format!("seed {seed} was not attacked under maps of another seed"))?;
        let attack = self.attack_of(place.0);
        let at = |row: &&CurveRow| place_of(row) == place && row.map == map && row.ranking() == attack;
        Ok(rows.iter().filter(at).map(|row| (row.volume.as_str(), row)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn seeds_are_paired_as_the_study_lists_them_and_pairs_counted_as_they_come() {
        let all = [100, 101, 102, 103, 104];
        assert_eq!(pairs(&all, &all), [0, 0, 1, 1, 2]);
        assert_eq!(pairs(&all, &[102, 103]), [0, 0]);
        assert_eq!(pairs(&all, &[101, 103, 104]), [0, 1, 2]);
    }
}
