//! A quantity of one loss as sums over test volumes, so that volumes and seeds can count more than once
//! or not at all.

/// A quantity of one loss: a sum of ratios, each of sums over volumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured(Vec<Term>);

/// A ratio with its factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What the ratio is multiplied with.
    pub factor: f64,
    /// Numerator and denominator by seed and volume.
    pub cells: Vec<Vec<[f64; 2]>>,
}

impl Measured {
    /// The sum of `terms`.
    pub fn new(terms: Vec<Term>) -> Self {
        let mut merged: Vec<Term> = Vec::new();
        for term in terms {
            match merged.iter_mut().find(|other| other.shares_denominators(&term)) {
                Some(other) => other.add(&term),
                None => merged.push(term),
            }
        }
        Self(merged)
    }

    /// `minuend` less this.
    pub fn subtracted_from(self, minuend: Term) -> Self {
        let negative = self.0.into_iter().map(|term| Term { factor: -term.factor, ..term });
        Self::new(std::iter::once(minuend).chain(negative).collect())
    }

    /// The value of the seed at index `seed`, volumes counting as often as `volumes` says.
    pub fn of_seed(&self, seed: usize, volumes: &[f64]) -> f64 {
        let terms = self.0.iter().map(|term| {
            let [mut numerator, mut denominator] = [0.0; 2];
            for ([above, below], weight) in term.cells[seed].iter().zip(volumes) {
                numerator += weight * above;
                denominator += weight * below;
            }
            term.factor * numerator / denominator
        });
        terms.sum()
    }

    /// The mean over seeds, seeds and volumes counting as often as `seeds` and `volumes` say.
    pub fn mean(&self, seeds: &[f64], volumes: &[f64]) -> f64 {
        let counted = seeds.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
        let total: f64 = counted.map(|(seed, weight)| weight * self.of_seed(seed, volumes)).sum();
        total / seeds.iter().sum::<f64>()
    }
}

impl Term {
    fn shares_denominators(&self, other: &Self) -> bool {
        let mut pairs = self.cells.iter().flatten().zip(other.cells.iter().flatten());
        pairs.all(|([_, ours], [_, theirs])| ours == theirs)
    }

    /// Adds a term of the same denominators, so that a mean over many points costs no more than one.
    fn add(&mut self, other: &Self) {
        for (ours, theirs) in self.cells.iter_mut().flatten().zip(other.cells.iter().flatten()) {
            ours[0] = self.factor * ours[0] + other.factor * theirs[0];
        }
        self.factor = 1.0;
    }
}
