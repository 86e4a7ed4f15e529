//! What an attack of a sweep's own spent on an example slice, in words, and which budgets can be compared.

use crate::attack::ball::Norm;
use crate::definition::study::Study;
use crate::definition::sweep::Sweep;
use crate::records::changed::Changed;

/// The paper's number of pixels.
const PAPERS: f64 = 5.0;

/// A kind of budget: those of one kind differ in size alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Within a radius.
    Ball(Norm),
    /// So many pixels, of which area where it is a share, to values of which span.
    Pixels(Option<usize>, [f32; 2]),
    /// What a scanner does.
    Severity,
}

impl Kind {
    fn of(sweep: &Sweep) -> Option<Self> {
        match (sweep.norm, sweep.span()) {
            _ if sweep.is_of_severities() => Some(Self::Severity),
            (Some(norm), _) => Some(Self::Ball(norm)),
            (None, Some(span)) => Some(Self::Pixels(sweep.area.map(Into::into), span)),
            (None, None) => None,
        }
    }
}

/// What was spent: a kind of budget and its size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spent {
    /// The kind.
    pub kind: Kind,
    /// Radius, number of pixels or severity.
    pub size: f64,
}

impl Spent {
    /// What `changed` spent; none where `study` has no such sweep.
    pub fn of(study: &Study, changed: &Changed) -> Option<Self> {
        let kind = Kind::of(study.sweeps.get(&changed.sweep)?)?;
        let size = match kind {
            // By way of the text, so that 0.2 is 0.2 and not its nearest f32.
            Kind::Ball(_) => changed.radius?.to_string().parse().ok()?,
            Kind::Pixels(..) => changed.pixels? as f64,
            Kind::Severity => changed.severity?.into(),
        };
        Some(Self { kind, size })
    }
}

/// Such as `radius 0.004 (linf)`, `N = 5, values 0 to 0.2` or `severity 3`.
impl std::fmt::Display for Spent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        let size = self.size;
        match self.kind {
            Kind::Ball(norm) => write!(formatter, "radius {size} ({norm})"),
            Kind::Severity => write!(formatter, "severity {size}"),
            Kind::Pixels(area, [low, high]) => {
                write!(formatter, "N = {size}")?;
                if let Some(area) = area {
                    write!(formatter, " of every {area}")?;
                }
                write!(formatter, ", values {low}")?;
                if low == high { Ok(()) } else { write!(formatter, " to {high}") }
            }
        }
    }
}

/// One budget of each kind in `all`, in the order in which kinds first come: the paper's 5 pixels where they were tried, else of
/// those sizes that most attacks spent the one in the middle.
pub fn one_a_kind(all: &[Spent]) -> Vec<Spent> {
    let mut kinds: Vec<Kind> = Vec::new();
    for spent in all {
        if !kinds.contains(&spent.kind) {
            kinds.push(spent.kind);
        }
    }
    kinds.into_iter().filter_map(|kind| one_of(all, kind)).collect()
}

fn one_of(all: &[Spent], kind: Kind) -> Option<Spent> {
    let mut sizes: Vec<f64> = all.iter().filter(|spent| spent.kind == kind).map(|spent| spent.size).collect();
    sizes.sort_by(f64::total_cmp);
    let runs: Vec<&[f64]> = sizes.chunk_by(|a, b| a == b).collect();
    let most = runs.iter().map(|run| run.len()).max()?;
    let shared: Vec<f64> = runs.iter().filter(|run| run.len() == most).map(|run| run[0]).collect();
    let papers = matches!(kind, Kind::Pixels(..)) && sizes.contains(&PAPERS);
    let size = if papers { PAPERS } else { *shared.get(shared.len() / 2)? };
    Some(Spent { kind, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_budget_of_each_kind_is_that_of_most_attacks() {
        let spent = |kind, sizes: &[f64]| sizes.iter().map(|&size| Spent { kind, size }).collect::<Vec<_>>();
        let (linf, pixels) = (Kind::Ball(Norm::Linf), Kind::Pixels(None, [0.0, 0.2]));
        let radii = [0.001, 0.002, 0.004];
        let all = [
            spent(linf, &radii),
            spent(pixels, &[1.0, 5.0, 10.0, 20.0]),
            spent(linf, &radii),
            spent(linf, &[0.2, 0.4]),
            spent(Kind::Severity, &[3.0]),
        ];
        let one = one_a_kind(&all.concat());
        let words: Vec<String> = one.iter().map(ToString::to_string).collect();
        assert_eq!(words, ["radius 0.002 (linf)", "N = 5, values 0 to 0.2", "severity 3"]);
        assert!(one_a_kind(&[]).is_empty());
        let other = Spent { kind: Kind::Pixels(Some(1000), [0.6, 0.6]), size: 7.0 };
        assert_eq!(one_a_kind(&[other])[0].to_string(), "N = 7 of every 1000, values 0.6");
    }
}
