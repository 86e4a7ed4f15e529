//! Directional attacks: every scanned value moves, all of them within a ball. Each is a file of this folder and a line
//! in [`DENSE`]; [`text`] reads one as a study writes it. Where it has several losses or restarts, the image of the
//! lowest Dice counts.

mod apgd;
pub mod ascent;
pub mod climb;
mod cospgd;
mod fgsm;
pub mod loss;
mod mi_fgsm;
mod noise;
mod pgd;
mod segpgd;
pub mod target;
pub mod text;

use super::ball::Ball;
use super::budget::BudgetError;
use super::victim::{Queries, Victim};
use super::{Attack, Knows, Wanted};
use crate::network::finite::NotFinite;
use crate::rules::Range;
use crate::rules::parameter::Parameter;
use ascent::Ascent;
use climb::Climb;
use loss::{Loss, Pixelwise};
use target::Target;
use text::Dense;

/// One run of an attack, see [`Kind::run`].
pub type Run = fn(climbs: &mut [Climb], ascent: &Ascent, values: &[f64]) -> Result<(), NotFinite>;

/// A kind of directional attack.
pub struct Kind {
    /// Name in study files.
    pub name: &'static str,
    /// Name in tables and figures.
    pub title: &'static str,
    /// Its numbers.
    pub parameters: &'static [Parameter],
    /// What it raises.
    pub losses: Losses,
    /// Whether it may begin at a point drawn from the ball.
    pub starts: bool,
    /// Passes of one run, for a value per parameter.
    pub queries: fn(values: &[f64]) -> Queries,
    /// One run, which leaves each image where it ends; takes a value per parameter.
    pub run: Run,
}

/// What a kind of attack raises.
pub enum Losses {
    /// Nothing.
    None,
    /// A loss of its own.
    Own(&'static Pixelwise),
    /// Whichever is named, this where none is.
    Chosen(&'static str),
}

/// Every directional attack, its control last.
pub const DENSE: &[&Kind] =
    &[&fgsm::KIND, &mi_fgsm::KIND, &pgd::KIND, &segpgd::KIND, &cospgd::KIND, &apgd::KIND, &noise::KIND];

const STEPS: Parameter = Parameter {
    name: "steps",
    default: 20.0,
    range: Range::Whole(1, 100_000),
    meaning: "gradients that are taken",
};
const STEP: Parameter = Parameter {
    name: "step",
    default: 0.125,
    range: Range::Above(0.0),
    meaning: "length of a step over the radius",
};
const RESTARTS: Parameter = Parameter {
    name: "restarts",
    default: 1.0,
    range: Range::Whole(1, 1000),
    meaning: "runs from other points, of which the worst counts",
};

impl Attack for Dense {
    fn name(&self) -> &str {
        self.written()
    }

    fn title(&self) -> &str {
        self.titled()
    }

    fn knows(&self) -> Knows {
        match self.kind().losses {
            Losses::None => Knows::Nothing,
            _ => Knows::Gradients,
        }
    }

    fn draws(&self) -> bool {
        self.scatters()
    }

    fn needs_other_slices(&self) -> bool {
        self.target() == Some(Target::OtherSlice)
    }

    fn queries(&self) -> Queries {
        let one = (self.kind().queries)(self.values());
        match self.runs() {
            1 => one,
            runs => one.and(Queries::answers(1)).times(runs),
        }
    }

    fn perturb(&self, batch: &[Wanted], victim: &Victim, images: &mut Vec<f32>) -> Result<(), BudgetError> {
        let mut climbs = Vec::new();
        let mut spent = Vec::new();
        for Wanted { trial, budgets } in batch {
            for budget in budgets {
                let unfit =
                    || BudgetError::Unfit { attack: self.written().to_string(), budget: budget.to_string() };
                let ball: Ball = budget.ball().ok_or_else(unfit)?;
                if !budget.is_nothing() {
                    climbs.push(Climb::new(*trial, ball));
                }
                spent.push((trial, budget.is_nothing()));
            }
        }
        let mut changed = self.worst(climbs, victim)?.into_iter();
        for (trial, nothing) in spent {
            let image = if nothing { None } else { changed.next() };
            images.extend(image.as_deref().unwrap_or(&trial.slice.image));
        }
        Ok(())
    }
}

impl Dense {
    /// The image of each of `clean` under every loss and restart, of which that of the lowest Dice, the first of equals.
    fn worst(&self, clean: Vec<Climb>, victim: &Victim) -> Result<Vec<Vec<f32>>, BudgetError> {
        if clean.is_empty() {
            return Ok(Vec::new());
        }
        let known =
            |climb: &Climb| self.target().is_none_or(|to| to.mask(climb.trial.slice, victim).is_some());
        if !clean.iter().all(known) {
            return Err(BudgetError::NoOther(self.written().to_string()));
        }
        let missing = || BudgetError::NoLoss(self.written().to_string());
        let losses: Vec<Option<Loss>> = match self.losses() {
            [] => vec![None],
            losses => {
                let known = losses.iter().map(|loss| loss.of_victim(victim).ok_or_else(missing).map(Some));
                known.collect::<Result<_, _>>()?
            }
        };
        let mut worst: Vec<(f64, Vec<f32>)> = vec![(f64::INFINITY, Vec::new()); clean.len()];
        for loss in &losses {
            for restart in 0..self.restarts() {
                let images = self.one(&clean, loss.as_ref(), restart, victim)?;
                for (worst, found) in worst.iter_mut().zip(self.scored(&clean, images, victim)?) {
                    if found.0 < worst.0 {
                        *worst = found;
                    }
                }
            }
        }
        Ok(worst.into_iter().map(|(_, image)| image).collect())
    }

    /// The images of one run.
    fn one(
        &self,
        clean: &[Climb],
        loss: Option<&Loss>,
        restart: usize,
        victim: &Victim,
    ) -> Result<Vec<Vec<f32>>, NotFinite> {
        let mut climbs: Vec<Climb> = clean.to_vec();
        if self.scatters() {
            climbs.iter_mut().for_each(|climb| climb.scatter(restart));
        }
        if let Some(loss) = loss {
            let ascent = Ascent { victim, loss, target: self.target() };
            (self.kind().run)(&mut climbs, &ascent, self.values())?;
        }
        Ok(climbs.iter().map(Climb::image).collect())
    }

    /// Each image with its Dice, where there are several runs to choose from; otherwise 0, unasked.
    fn scored(
        &self,
        clean: &[Climb],
        images: Vec<Vec<f32>>,
        victim: &Victim,
    ) -> Result<Vec<(f64, Vec<f32>)>, NotFinite> {
        if self.runs() == 1 {
            return Ok(images.into_iter().map(|image| (0.0, image)).collect());
        }
        let logits = victim.logits(&images.concat())?;
        let scores = clean.iter().zip(logits.chunks(victim.pixels()));
        let scores = scores.map(|(climb, logits)| climb.trial.slice.score(logits).dice());
        Ok(scores.zip(images).collect())
    }
}
