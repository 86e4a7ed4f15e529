//! The budget of an attack: what it may change of a slice.

use super::ball::{Ball, Norm};
use super::corruption::severity::{self, Severity};
use super::replacement::Replacement;
use super::trial::Trial;
use crate::network::finite::NotFinite;
use std::fmt;
use std::num::NonZeroUsize;

/// What an attack may change of each slice. A further kind of budget is a further variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// So many scanned pixels.
    Pixels {
        /// How many.
        count: usize,
        /// What replaces them.
        with: Replacement,
    },
    /// Every scanned value, but all of them no further than a radius.
    Ball(Ball),
    /// What a corruption makes of the whole scan.
    Severity {
        /// How bad it may be.
        severity: Severity,
        /// The least and the largest intensity of images.
        range: [f32; 2],
    },
}

/// What tells one budget from another: equal budgets have equal keys.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BudgetKey(usize, [u32; 3]);

/// An attack that broke its budget or cannot be made, or a budget that a slice cannot hold.
#[derive(Debug, thiserror::Error)]
pub enum BudgetError {
    /// More pixels asked for than may be changed.
    #[error("a budget of {budget} pixels is more than the {area} scanned pixels of a slice")]
    TooLarge {
        /// Pixels asked for.
        budget: usize,
        /// Pixels scanned, those to ignore left out.
        area: usize,
    },
    /// An attack that is wrong.
    #[error("attack '{attack}' broke its budget of {budget}: {fault}")]
    Broken {
        /// The attack's name.
        attack: String,
        /// What it might change.
        budget: String,
        /// What it did.
        fault: String,
    },
    /// An attack that spends other budgets.
    #[error("attack '{attack}' cannot spend a budget of {budget}")]
    Unfit {
        /// The attack's name.
        attack: String,
        /// What it might change.
        budget: String,
    },
    /// An attack by the loss of a training that nothing tells.
    #[error(
        "attack '{0}' raises the loss of the training, which the weights do not say: name a loss, such as loss=bce"
    )]
    NoLoss(String),
    /// An attack to another slice's mask where there is none.
    #[error("attack '{0}' leads to another slice's mask, but there is no other slice with foreground")]
    NoOther(String),
    /// See [`NotFinite`].
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

impl Budget {
    /// Pixels that may change, where they are counted.
    pub fn pixels(&self) -> Option<usize> {
        match *self {
            Self::Pixels { count, .. } => Some(count),
            Self::Ball(_) | Self::Severity { .. } => None,
        }
    }

    /// The severity that it is.
    pub fn severity(&self) -> Option<Severity> {
        match *self {
            Self::Severity { severity, .. } => Some(severity),
            _ => None,
        }
    }

    /// The ball that it is.
    pub fn ball(&self) -> Option<Ball> {
        match *self {
            Self::Pixels { .. } | Self::Severity { .. } => None,
            Self::Ball(ball) => Some(ball),
        }
    }

    /// This budget on a slice of `scanned` pixels that may change. Where its number is meant for an `area` of pixels, it
    /// is the same share of the slice: rounded, halves up, but at least one pixel where it has any and never more
    /// than `scanned`. A ball is the same on every slice.
    pub fn on(self, scanned: usize, area: Option<NonZeroUsize>) -> Self {
        let (Self::Pixels { count, with }, Some(area)) = (self, area) else {
            return self;
        };
        // In u128, so that no product is too large.
        let [count, scanned, area] = [count, scanned, area.get()].map(|number| number as u128);
        let share = (2 * count * scanned + area) / (2 * area);
        let least = count.min(1).min(scanned);
        let count = usize::try_from(share.clamp(least, scanned)).unwrap_or(usize::MAX);
        Self::Pixels { count, with }
    }

    /// This budget for images of intensities of `range`, which a ball stays in. Pixels are replaced with any level.
    pub fn within(self, range: [f32; 2]) -> Self {
        match self {
            Self::Pixels { .. } => self,
            Self::Ball(ball) => Self::Ball(Ball { range, ..ball }),
            Self::Severity { severity, .. } => Self::Severity { severity, range },
        }
    }

    /// The value that replaces pixels; none where values are drawn or chosen or nothing is replaced.
    pub fn level(&self) -> Option<f32> {
        match self {
            Self::Pixels { with, .. } => with.level(),
            Self::Ball(_) | Self::Severity { .. } => None,
        }
    }

    /// Whether nothing may change, so that every attack is the same.
    pub fn is_nothing(&self) -> bool {
        match *self {
            Self::Pixels { count, .. } => count == 0,
            Self::Ball(ball) => ball.radius == 0.0,
            Self::Severity { severity, .. } => severity.is_none(),
        }
    }

    /// Whether values are drawn, so that trials differ.
    pub fn draws(&self) -> bool {
        match *self {
            Self::Pixels { count, with } => count > 0 && with.draws(),
            Self::Ball(_) | Self::Severity { .. } => false,
        }
    }

    /// What tells it from others. All that allow nothing are one. The range of a ball is that of the study.
    pub fn key(&self) -> BudgetKey {
        match *self {
            _ if self.is_nothing() => BudgetKey(0, [0; 3]),
            Self::Pixels { count, with: Replacement::Level(level) } => {
                BudgetKey(count, [0, level.to_bits(), 0])
            }
            Self::Pixels { count, with: Replacement::Uniform(low, high) } => {
                BudgetKey(count, [1, low.to_bits(), high.to_bits()])
            }
            Self::Pixels { count, with: Replacement::Chosen(low, high) } => {
                BudgetKey(count, [4, low.to_bits(), high.to_bits()])
            }
            Self::Ball(Ball { norm, radius, .. }) => {
                let kind = match norm {
                    Norm::Linf => 2,
                    Norm::L2 => 3,
                };
                BudgetKey(0, [kind, radius.to_bits(), 0])
            }
            Self::Severity { severity, .. } => BudgetKey(0, [4, severity.number().into(), 0]),
        }
    }

    /// Checks a changed image of a trial's slice: no more of it differs than may, and each value is one that it may be.
    ///
    /// # Errors
    /// A line that says what is wrong.
    pub fn check(&self, trial: &Trial, image: &[f32]) -> Result<(), String> {
        let clean = &trial.slice.image;
        if image.len() != clean.len() {
            return Err(format!("it made {} values of {}", image.len(), clean.len()));
        }
        match *self {
            Self::Pixels { count, with } => with.check(count, trial, image),
            Self::Ball(ball) => ball.check(trial, image),
            Self::Severity { range, .. } => severity::check_scan(range, trial, image),
        }
    }
}

/// Such as `5 pixels` or `radius 0.01 (linf)`.
impl fmt::Display for Budget {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Pixels { count, .. } => write!(formatter, "{count} pixels"),
            Self::Ball(Ball { norm, radius, .. }) => write!(formatter, "radius {radius} ({norm})"),
            Self::Severity { severity, .. } => write!(formatter, "severity {severity}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn pixels(count: usize, with: Replacement) -> Budget {
        Budget::Pixels { count, with }
    }

    #[rstest]
    // 5 of 1750 on an area twice as large, half as large, equal, tiny; halves round up; all of it; nothing.
    #[case(5, 1750, 3500, 10)]
    #[case(5, 1750, 875, 3)]
    #[case(5, 1750, 1750, 5)]
    #[case(5, 1750, 40, 1)]
    #[case(1, 1750, 16384, 9)]
    #[case(100, 1750, 9216, 527)]
    #[case(1750, 1750, 7, 7)]
    #[case(0, 1750, 9216, 0)]
    #[case(5, 1750, 0, 0)]
    #[case(usize::MAX, usize::MAX, 12, 12)]
    fn a_budget_meant_for_an_area_is_the_same_share_of_a_slice(
        #[case] count: usize,
        #[case] area: usize,
        #[case] scanned: usize,
        #[case] expected: usize,
    ) {
        let budget = pixels(count, Replacement::Level(0.2));
        assert_eq!(budget.on(scanned, NonZeroUsize::new(area)), pixels(expected, Replacement::Level(0.2)));
        assert_eq!(budget.on(scanned, None), budget);
    }

    #[test]
    fn shares_never_fall_as_the_budget_or_the_slice_grows() {
        let on = |count, scanned| {
            pixels(count, Replacement::Level(0.2)).on(scanned, NonZeroUsize::new(1750)).pixels().unwrap_or(0)
        };
        for count in 0..200 {
            for scanned in (1..4000).step_by(37) {
                assert!(on(count, scanned) <= on(count + 1, scanned));
                assert!(on(count, scanned) <= on(count, scanned + 1));
                assert!(on(count, scanned) <= scanned);
            }
        }
    }

    #[test]
    fn budgets_are_told_apart_and_those_of_nothing_are_one() {
        let key = |count, with| pixels(count, with).key();
        assert_eq!(key(0, Replacement::Level(0.2)), key(0, Replacement::Uniform(0.0, 1.0)));
        let keys = [
            key(5, Replacement::Level(0.2)),
            key(6, Replacement::Level(0.2)),
            key(5, Replacement::Level(0.3)),
            key(5, Replacement::Uniform(0.0, 0.2)),
            key(5, Replacement::Chosen(0.0, 0.2)),
        ];
        assert!((1..5).all(|index| !keys[..index].contains(&keys[index])));
        assert_eq!(key(5, Replacement::Level(0.2)), keys[0]);
        let ball = |norm, radius| Budget::Ball(Ball { norm, radius, range: Ball::ANYWHERE });
        assert_eq!(ball(Norm::L2, 0.0).key(), key(0, Replacement::Level(0.2)));
        let balls = [(Norm::L2, 0.1), (Norm::Linf, 0.1), (Norm::L2, 0.2)].map(|(n, r)| ball(n, r).key());
        assert!((1..3).all(|index| !balls[..index].contains(&balls[index]) && !keys.contains(&balls[index])));
        assert_eq!(ball(Norm::L2, 0.1).within([0.0, 1.0]).key(), balls[0]);
    }
}
