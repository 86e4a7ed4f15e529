//! Sparse attacks: a few pixels change, to values of a span that the attack chooses. Each is a file of this folder and a
//! line in [`SPARSE`]; [`text`] reads one as a study writes it.

mod greedy;
pub mod harm;
mod jsma;
mod one_pixel;
pub mod oracle;
mod pgd_l0;
mod random_pixels;
pub mod search;
mod sparse_rs;
pub mod text;

use super::budget::{Budget, BudgetError};
use super::dense::loss::Loss;
use super::replacement::Replacement;
use super::victim::{Queries, Victim};
use super::{Attack, Knows, Wanted};
use crate::network::finite::NotFinite;
use crate::rules::parameter::Parameter;
use oracle::Oracle;
use search::Search;
use text::Sparse;

/// Fills in the changes of each search, see [`Kind::run`].
pub type Run = fn(searches: &mut [Search], oracle: &Oracle, values: &[f64]) -> Result<(), NotFinite>;

/// A kind of sparse attack.
pub struct Kind {
    /// Name in study files.
    pub name: &'static str,
    /// Name in tables and figures.
    pub title: &'static str,
    /// Its numbers.
    pub parameters: &'static [Parameter],
    /// Whether it raises a loss by its gradient: that of the training where none is named.
    pub raises_loss: bool,
    /// Whether it draws random numbers, so that trials differ.
    pub draws: bool,
    /// Passes of an image, for a value per parameter.
    pub queries: fn(values: &[f64], spending: Spending) -> Queries,
    /// Looks for the changes of each search; takes a value per parameter. What it finds for one must not depend on the
    /// others.
    pub run: Run,
}

/// A budget on a slice, as a sparse attack sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spending {
    /// Pixels that may change, at least one.
    pub count: usize,
    /// Pixels that may be chosen, at least as many.
    pub area: usize,
    /// The least and the largest value that may replace them.
    pub span: [f32; 2],
}

/// Every sparse attack, its control last.
pub const SPARSE: &[&Kind] =
    &[&greedy::KIND, &jsma::KIND, &sparse_rs::KIND, &one_pixel::KIND, &pgd_l0::KIND, &random_pixels::KIND];

impl Spending {
    /// `budget` on a slice of `area` pixels that may change; none where it is of another kind.
    pub fn of(budget: &Budget, area: usize) -> Option<Self> {
        match *budget {
            Budget::Pixels { count, with: Replacement::Level(level) } => {
                Some(Self { count, area, span: [level; 2] })
            }
            Budget::Pixels { count, with: Replacement::Chosen(low, high) } => {
                Some(Self { count, area, span: [low, high] })
            }
            _ => None,
        }
    }
}

impl Attack for Sparse {
    fn name(&self) -> &str {
        self.written()
    }

    fn title(&self) -> &str {
        self.titled()
    }

    fn knows(&self) -> Knows {
        let spending = Spending { count: 1, area: 1, span: [0.0, 1.0] };
        match (self.kind().raises_loss, (self.kind().queries)(self.values(), spending).all()) {
            (true, _) => Knows::Gradients,
            (false, 0) => Knows::Nothing,
            (false, _) => Knows::Logits,
        }
    }

    fn draws(&self) -> bool {
        self.kind().draws
    }

    fn queries_of(&self, budget: &Budget, area: usize) -> Queries {
        let spending = Spending::of(budget, area).filter(|spending| spending.count > 0);
        spending.map_or_else(Queries::default, |spending| (self.kind().queries)(self.values(), spending))
    }

    fn perturb(&self, batch: &[Wanted], victim: &Victim, images: &mut Vec<f32>) -> Result<(), BudgetError> {
        let mut searches = Vec::new();
        for Wanted { trial, budgets } in batch {
            for budget in budgets {
                let unfit =
                    || BudgetError::Unfit { attack: self.written().to_string(), budget: budget.to_string() };
                let Spending { count, span, .. } = Spending::of(budget, trial.area()).ok_or_else(unfit)?;
                searches.push(Search::new(*trial, count, span));
            }
        }
        let missing = || BudgetError::NoLoss(self.written().to_string());
        let raised: Option<Loss> = match self.loss() {
            Some(loss) => Some(loss.of_victim(victim).ok_or_else(missing)?),
            None => None,
        };
        let oracle = Oracle { victim, loss: raised.as_ref() };
        // An image that nothing may change of is asked nothing about.
        let (mut spending, nothing): (Vec<_>, Vec<_>) =
            searches.into_iter().enumerate().partition(|(_, search)| search.count > 0);
        let places: Vec<usize> = spending.iter().map(|(place, _)| *place).collect();
        let mut going: Vec<Search> = spending.drain(..).map(|(_, search)| search).collect();
        if !going.is_empty() {
            (self.kind().run)(&mut going, &oracle, self.values())?;
        }
        let mut all: Vec<(usize, Search)> = places.into_iter().zip(going).chain(nothing).collect();
        all.sort_by_key(|(place, _)| *place);
        all.iter().for_each(|(_, search)| images.extend(search.image(&search.changes)));
        Ok(())
    }
}
