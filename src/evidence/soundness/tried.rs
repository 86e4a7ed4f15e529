//! What a run tried: every point of every attack that a sweep names, at which something may change.

use crate::attack::Knows;
use crate::attack::ball::Norm;
use crate::definition::study::Study;
use crate::definition::sweep::Sweep;
use crate::evidence::curve::Point;
use crate::evidence::summary::Summary;
use crate::rules::parameter::outside_brackets;
use std::fmt;

/// Parameters that say how much an attack tries, and where and how far apart.
const EFFORT: [&str; 7] = ["steps", "step", "restarts", "start", "queries", "generations", "candidates"];

/// One point of one attack on one loss, mean over seeds and volumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Loss of the attacked networks.
    pub loss: String,
    /// Name of the sweep.
    pub sweep: String,
    /// Name of the attack.
    pub attack: String,
    /// See [`family`].
    pub family: String,
    /// What the attack knows.
    pub knows: Knows,
    /// Its budget.
    pub place: Place,
    /// Passes that an image cost.
    pub queries: usize,
    /// What it leaves.
    pub dice: f64,
    /// Its 95% interval, where one is known.
    pub interval: Option<[f64; 2]>,
}

/// A budget: equal ones can be compared. Bits of numbers that are 0 or more, which order as they do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// Within a radius.
    Ball(Norm, u32),
    /// So many pixels, of which area where it is a share, to values of which span.
    Pixels(usize, Option<usize>, [u32; 2]),
}

impl Place {
    fn of(sweep: &Sweep, point: &Point) -> Option<Self> {
        match (sweep.norm, point.radius, sweep.span(), point.pixels) {
            (Some(norm), Some(radius), ..) => Some(Self::Ball(norm, radius.to_bits())),
            (None, None, Some(span), Some(count)) => {
                Some(Self::Pixels(count, sweep.area.map(Into::into), span.map(f32::to_bits)))
            }
            _ => None,
        }
    }

    /// How much it is.
    pub fn size(&self) -> f64 {
        match *self {
            Self::Ball(_, radius) => {
                // By way of the text, so that 0.2 is 0.2 and not its nearest f32.
                f32::from_bits(radius).to_string().parse().unwrap_or(f64::NAN)
            }
            Self::Pixels(count, ..) => count as f64,
        }
    }

    /// The norm of a radius.
    pub fn norm(&self) -> Option<Norm> {
        match *self {
            Self::Ball(norm, _) => Some(norm),
            Self::Pixels(..) => None,
        }
    }

    /// Whether it differs from `other` in size alone.
    pub fn is_like(&self, other: &Self) -> bool {
        self == other || self.is_wider(other) || other.is_wider(self)
    }

    /// Whether it is more than `other`, of the same kind.
    pub fn is_wider(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ball(norm, wide), Self::Ball(other, narrow)) => norm == other && wide > narrow,
            (Self::Pixels(many, area, span), Self::Pixels(few, of, other)) => {
                (area, span) == (of, other) && many > few
            }
            _ => false,
        }
    }
}

/// Every point of `summary` under an attack that a sweep of `study` names.
pub fn all(study: &Study, summary: &Summary) -> Vec<Tried> {
    let mut all = Vec::new();
    for (name, sweep) in study.sweeps.iter().filter(|(_, sweep)| sweep.has_own_attacks()) {
        for by in study.attacks_of(sweep) {
            let attack = by.name();
            for loss in &summary.losses {
                let curve = loss.curve(name, &attack, "");
                let points =
                    curve.iter().flat_map(|curve| &curve.points).filter(|point| point.dice.is_finite());
                let tried = points.filter_map(|point| {
                    let place = Place::of(sweep, point).filter(|place| place.size() > 0.0)?;
                    Some(Tried {
                        loss: loss.loss.clone(),
                        sweep: name.clone(),
                        attack: attack.clone(),
                        family: family(&attack),
                        knows: by.attack.knows(),
                        place,
                        queries: point.queries.unwrap_or(0),
                        dice: point.dice,
                        interval: point.interval,
                    })
                });
                all.extend(tried);
            }
        }
    }
    all
}

/// What an attack is but for its effort; FGSM is one step of PGD.
pub fn family(attack: &str) -> String {
    let (kind, behind) = attack.split_once('(').unwrap_or((attack, ""));
    let kind = if kind == "fgsm" { "pgd" } else { kind };
    let inner = behind.strip_suffix(')').unwrap_or(behind);
    let is_effort = |part: &str| part.split('=').next().is_some_and(|key| EFFORT.contains(&key));
    let parts: Vec<&str> = outside_brackets(inner, ',')
        .into_iter()
        .filter(|part| !part.is_empty() && !is_effort(part))
        .collect();
    format!("{kind}({})", parts.join(","))
}

/// Such as `radius 0.004 (linf)`, or `N = 5, values 0 to 0.2`.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            Self::Ball(norm, radius) => write!(formatter, "radius {} ({norm})", f32::from_bits(radius)),
            Self::Pixels(count, area, [low, high]) => {
                write!(formatter, "N = {count}")?;
                if let Some(area) = area {
                    write!(formatter, " of every {area}")?;
                }
                write!(formatter, ", values {}", f32::from_bits(low))?;
                if low == high { Ok(()) } else { write!(formatter, " to {}", f32::from_bits(high)) }
            }
        }
    }
}

/// Such as `pgd at radius 0.004 (linf)`.
impl fmt::Display for Tried {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{} at {}", self.attack, self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_of_a_family_differ_in_effort_alone() {
        assert_eq!(family("fgsm"), "pgd()");
        assert_eq!(family("pgd(steps=40,start=clean)"), "pgd()");
        assert_eq!(
            family("pgd(steps=40,loss=focal(alpha=0.5,gamma=1))"),
            "pgd(loss=focal(alpha=0.5,gamma=1))"
        );
        assert_eq!(family("greedy(candidates=9,values=3)"), "greedy(values=3)");
    }

    #[test]
    fn budgets_are_compared_with_their_own_kind() {
        let pixels = |count, span: f32| Place::Pixels(count, None, [0, span.to_bits()]);
        let ball = |norm, radius: f32| Place::Ball(norm, radius.to_bits());
        assert!(pixels(5, 0.2).is_wider(&pixels(2, 0.2)) && !pixels(2, 0.2).is_wider(&pixels(5, 0.2)));
        assert!(!pixels(5, 0.2).is_wider(&pixels(2, 0.6)));
        assert!(ball(Norm::L2, 0.2).is_wider(&ball(Norm::L2, 0.1)));
        assert!(!ball(Norm::L2, 0.2).is_wider(&ball(Norm::Linf, 0.1)));
        assert!(!pixels(5, 0.2).is_wider(&ball(Norm::L2, 0.1)));
    }
}
