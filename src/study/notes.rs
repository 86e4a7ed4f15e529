//! What a study takes for granted of its volumes, in lines for the user: what label values mean, volumes without
//! foreground, the same image under several ids, labels that do not lie where their images do.

use crate::attack::ball::Norm;
use crate::data::split::Split;
use crate::definition::arm::Arm;
use crate::definition::study::Study;
use crate::definition::sweep::Sweep;
use crate::image::truth::{Class, Labels};
use std::collections::{BTreeMap, BTreeSet};

/// Volumes or lines of a kind that are named one by one.
const NAMED: usize = 5;

/// The value that commonly marks pixels of unknown truth.
const UNKNOWN: u8 = 255;

/// What is known of one volume.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// [`crate::data::hash::image_hash`].
    pub image: String,
    /// Values of its label.
    pub values: BTreeSet<u8>,
    /// Pixels of foreground in its slices.
    pub foreground: usize,
    /// Pixels of foreground that lie outside of the middle that `data.size` keeps.
    pub outside: usize,
    /// Whether scaling left a channel one value throughout.
    pub even: bool,
    /// What was taken for granted when it was read.
    pub warning: Option<String>,
}

/// The lines on `volumes`, in their order. `split` is that of every seed, or none where each has its own.
pub fn notes(volumes: &[Seen], labels: &Labels, split: Option<&Split>) -> Vec<String> {
    let values: BTreeSet<u8> = volumes.iter().flat_map(|volume| volume.values.iter().copied()).collect();
    let mut lines = vec![meaning(&values, labels)];
    lines.extend(unknown(&values, labels));
    lines.extend(unseen(&values, labels));
    lines.extend(without_foreground(volumes));
    lines.extend(cut_away(volumes));
    lines.extend(even(volumes));
    lines.extend(limited(volumes.iter().filter_map(|volume| volume.warning.clone())));
    lines.extend(limited(twins(volumes, split)));
    lines
}

/// A line for each sweep and each training of `study` with a radius that takes an image of `values` values from any to any other
/// of the range: most likely it is in other units.
pub fn wide_radii(study: &Study, range: [f32; 2], values: usize) -> Vec<String> {
    let of_sweep = |(name, sweep): (&String, &Sweep)| {
        let norm = sweep.norm?;
        sweep
            .radius
            .iter()
            .find_map(|&radius| wide(&format!("sweep.{name}.radius"), norm, radius, range, values))
    };
    let of_training = |arm: &Arm| {
        let adversary = arm.train.adversary.as_ref().filter(|_| arm.existing.is_none())?;
        wide("train.radius", adversary.norm, adversary.radius as f32, range, values)
    };
    let mut lines: Vec<String> = study.sweeps.iter().filter_map(of_sweep).collect();
    for line in study.arms.iter().filter_map(of_training) {
        // Most arms take theirs over from the study.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Lines on sweeps that will not show what they seem to: levels far below what the images reach, and no point without an attack,
/// by which alone networks can be compared.
pub fn sweep_notes(study: &Study) -> Vec<String> {
    let [_, high] = study.data.intensity;
    let dark = |(name, sweep): (&String, &Sweep)| {
        let most = sweep.levels.iter().copied().reduce(f32::max)?;
        (most < high / 2.0).then(|| format!("sweep.{name} to {most}"))
    };
    let dark: Vec<String> = study.sweeps.iter().filter_map(dark).collect();
    let mut lines = Vec::new();
    if !dark.is_empty() {
        lines.push(format!(
            "warning: images reach {high} (data.intensity), and levels in the same units end far below ({}): no pixel is set to the brightest; --set sweep.NAME.levels=[..] gives others, up to 1",
            dark.join(", ")
        ));
    }
    let mut budgets = study.sweeps.values().flat_map(Sweep::budgets);
    if !budgets.any(|budget| budget.is_nothing()) {
        lines.push("warning: no sweep has a point without an attack (0 pixels, a radius or a severity of 0): compare and verify will miss it".to_string());
    }
    lines
}

fn wide(key: &str, norm: Norm, radius: f32, [low, high]: [f32; 2], values: usize) -> Option<String> {
    let widest = match norm {
        Norm::Linf => high - low,
        Norm::L2 => (high - low) * (values as f32).sqrt(),
    };
    (radius > widest).then(|| {
        format!(
            "warning: {key}: {radius} is more than the {widest} that any two images are apart: radii are in the units of data.intensity, here {low} to {high}"
        )
    })
}

/// What each value of the labels is taken for.
fn meaning(values: &BTreeSet<u8>, labels: &Labels) -> String {
    let of = |class: Class| -> Vec<String> {
        values.iter().filter(|value| labels.class(**value) == class).map(u8::to_string).collect()
    };
    let [foreground, background, ignored] = [Class::Foreground, Class::Background, Class::Ignored].map(of);
    let background = background.into_iter().filter(|value| value != "0").collect();
    let be = |values: &[String]| if values.len() == 1 { "is" } else { "are" };
    let mut parts = Vec::new();
    for (values, what) in [(foreground, "foreground"), (background, "background"), (ignored, "ignored")] {
        let together = if what == "foreground" && values.len() > 1 { ", taken together" } else { "" };
        if !values.is_empty() {
            parts.push(format!("{} {} {what}{together}", values.join(" and "), be(&values)));
        }
    }
    if parts.is_empty() {
        parts.push("none but 0".to_string());
    }
    format!("labels: {} (data.foreground and data.ignore change this)", parts.join("; "))
}

/// 255 beside other values of the foreground, unless the study names it.
fn unknown(values: &BTreeSet<u8>, labels: &Labels) -> Option<String> {
    let foreground = |value: &u8| labels.class(*value) == Class::Foreground;
    let counts = values.contains(&UNKNOWN) && foreground(&UNKNOWN) && labels.foreground.is_none();
    (counts && values.iter().filter(|value| foreground(value)).count() > 1).then(|| {
        format!("warning: label {UNKNOWN} counts as foreground, although it often marks unknown truth: data.ignore=[{UNKNOWN}] leaves it out")
    })
}

/// Values that the study names and no label has.
fn unseen(values: &BTreeSet<u8>, labels: &Labels) -> Option<String> {
    let named = labels.foreground.iter().flatten().chain(&labels.ignore);
    let unseen: Vec<String> = named.filter(|value| !values.contains(value)).map(u8::to_string).collect();
    let unseen = unseen.join(" and ");
    (!unseen.is_empty())
        .then(|| format!("warning: data.foreground or data.ignore names {unseen}, which no label has"))
}

fn without_foreground(volumes: &[Seen]) -> Option<String> {
    let healthy = some_of(volumes, |volume| volume.foreground == 0)?;
    Some(format!(
        "volumes without foreground: {healthy}; they are trained on or scored for false positives, but not attacked"
    ))
}

/// Foreground that no network sees and no score counts, since `data.size` keeps the middle alone.
fn cut_away(volumes: &[Seen]) -> Option<String> {
    let cut = some_of(volumes, |volume| volume.outside > 0)?;
    let outside: usize = volumes.iter().map(|volume| volume.outside).sum();
    let all = outside + volumes.iter().map(|volume| volume.foreground).sum::<usize>();
    let share = 100.0 * outside as f64 / all as f64;
    Some(format!(
        "warning: data.size cuts away {outside} of {all} pixels of foreground ({share:.2}%), of {cut}: they are neither learned nor scored"
    ))
}

/// Images in which nothing can be seen, since they are constant or scaling clips all of them.
fn even(volumes: &[Seen]) -> Option<String> {
    let ids = some_of(volumes, |volume| volume.even)?;
    Some(format!(
        "warning: scaling leaves one intensity alone in a channel of {ids}: a network sees nothing there; `lossbench run --dry-run` shows what data.scale and data.intensity make of images"
    ))
}

/// The first few of the volumes of which `it` is so, and how many more there are; none without one.
fn some_of(volumes: &[Seen], it: impl Fn(&Seen) -> bool) -> Option<String> {
    let ids: Vec<&str> =
        volumes.iter().filter(|volume| it(volume)).map(|volume| volume.id.as_str()).collect();
    let named = ids[..ids.len().min(NAMED)].join(", ");
    match ids.len().checked_sub(NAMED) {
        _ if ids.is_empty() => None,
        None | Some(0) => Some(named),
        Some(more) => Some(format!("{named} and {more} more")),
    }
}

/// The volumes of each image that several have.
fn twins(volumes: &[Seen], split: Option<&Split>) -> impl Iterator<Item = String> {
    let mut by_image: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (number, volume) in volumes.iter().enumerate() {
        let part = split.map_or_else(String::new, |split| format!(" ({})", split.part(number)));
        by_image.entry(&volume.image).or_default().push(format!("{}{part}", volume.id));
    }
    let several: Vec<Vec<String>> = by_image.into_values().filter(|ids| ids.len() > 1).collect();
    several.into_iter().map(|ids| {
        let ids = ids.join(" and ");
        format!("{ids} hold the same image: take all but one out, or keep them in one part with split.group")
    })
}

/// Warnings of one kind, the first few of them.
fn limited(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.map(|line| format!("warning: {line}")).collect();
    let more = lines.len().saturating_sub(NAMED);
    lines.truncate(NAMED);
    if more > 0 {
        lines.push(format!("warning: and {more} more of this kind"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;
    use rstest::rstest;

    fn labels(foreground: &[u8], ignore: &[u8]) -> Labels {
        let foreground = (!foreground.is_empty()).then(|| foreground.to_vec());
        Labels { foreground, ignore: ignore.to_vec() }
    }

    #[rstest]
    #[case(&[0, 1], &[], &[], "labels: 1 is foreground (", None)]
    #[case(&[0, 1, 2, 255], &[], &[], "labels: 1 and 2 and 255 are foreground, taken together (", Some("label 255 counts"))]
    #[case(&[0, 255], &[], &[], "labels: 255 is foreground (", None)]
    #[case(&[0, 1, 255], &[], &[255], "labels: 1 is foreground; 255 is ignored (", None)]
    #[case(&[0, 1, 255], &[1, 255], &[], "labels: 1 and 255 are foreground, taken together (", None)]
    #[case(&[0, 1, 2], &[2], &[0], "labels: 2 is foreground; 1 is background; 0 is ignored (", None)]
    #[case(&[0, 1], &[1, 3], &[], "labels: 1 is foreground (", Some("names 3, which no label has"))]
    #[case(&[0], &[], &[], "labels: none but 0 (", None)]
    fn label_values_are_told_by_what_they_are_taken_for(
        #[case] values: &[u8],
        #[case] foreground: &[u8],
        #[case] ignore: &[u8],
        #[case] says: &str,
        #[case] warns: Option<&str>,
    ) {
        let seen = Seen { values: values.iter().copied().collect(), foreground: 1, ..Seen::default() };
        let lines = notes(&[seen], &labels(foreground, ignore), None);
        assert!(lines[0].starts_with(says), "{lines:?}");
        match warns {
            Some(warns) => {
                assert!(lines[1].starts_with("warning: ") && lines[1].contains(warns), "{lines:?}")
            }
            None => assert_eq!(lines.len(), 1, "{lines:?}"),
        }
    }

    #[test]
    fn a_kind_that_every_volume_has_is_told_a_few_times_and_counted() {
        let seen = |number: usize| Seen {
            id: format!("v{number}"),
            image: format!("{}", number / 2),
            warning: Some(format!("v{number} lies elsewhere")),
            ..Seen::default()
        };
        let volumes: Vec<Seen> = (0..12).map(seen).collect();
        let split = Split { train: (0..11).collect(), validation: Vec::new(), test: vec![11] };
        let lines = notes(&volumes, &labels(&[], &[]), Some(&split));
        assert!(lines[1].contains("without foreground: v0, v1, v2, v3, v4 and 7 more;"), "{lines:?}");
        assert_eq!(lines[2], "warning: v0 lies elsewhere");
        assert_eq!(lines[7], "warning: and 7 more of this kind");
        assert!(lines[8].starts_with("warning: v0 (train) and v1 (train) hold the same image"), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some("warning: and 1 more of this kind"));
        let lines = notes(&volumes[10..], &labels(&[], &[]), None);
        assert!(lines.last().is_some_and(|line| line.starts_with("warning: v10 and v11 hold")), "{lines:?}");
    }

    #[test]
    fn foreground_that_is_cut_away_is_counted_over_all_volumes() {
        let seen =
            |id: &str, foreground, outside| Seen { id: id.into(), foreground, outside, ..Seen::default() };
        let volumes = [seen("a", 90, 10), seen("b", 95, 0), seen("c", 0, 5)];
        assert_eq!(
            cut_away(&volumes).as_deref(),
            Some(
                "warning: data.size cuts away 15 of 200 pixels of foreground (7.50%), of a, c: they are neither learned nor scored"
            )
        );
        assert_eq!(cut_away(&volumes[1..2]), None);
    }

    #[test]
    fn volumes_of_which_scaling_leaves_nothing_are_named() {
        let seen = |id: &str, even| Seen { id: id.into(), even, ..Seen::default() };
        let line = even(&[seen("a", false), seen("b", true), seen("c", true)]);
        assert!(line.is_some_and(|line| line.contains("one intensity alone in a channel of b, c:")));
        assert_eq!(even(&[seen("a", false)]), None);
    }

    #[test]
    fn radii_in_other_units_are_named() -> Result<(), String> {
        let text = shipped::text("smoke").ok_or("the smoke study")?;
        let of =
            |changes: &[String]| Ok::<_, String>(wide_radii(&Study::parse(text, changes)?, [0.0, 0.25], 16));
        let sweep = |norm, radius: f32| {
            of(&[format!("sweep.pgd={{title='',norm='{norm}',radius=[0,{radius}],attack='pgd'}}")])
        };
        let training = |norm, radius: f32| {
            let train = ["attack='pgd'", &format!("norm='{norm}'"), &format!("radius={radius}")];
            let arm = "arms=[{name='off', loss='bce', train={attack='none'}}]".to_string();
            of(&train.map(|field| format!("train.{field}")).into_iter().chain([arm]).collect::<Vec<_>>())
        };
        for (norm, at_most, wide) in [(Norm::Linf, 0.25, 0.5), (Norm::L2, 1.0, 1.5)] {
            assert!(sweep(norm, at_most)?.is_empty() && training(norm, at_most)?.is_empty());
            for (lines, key) in
                [(sweep(norm, wide)?, "sweep.pgd.radius"), (training(norm, wide)?, "train.radius")]
            {
                assert!(
                    lines.len() == 1 && lines[0].starts_with(&format!("warning: {key}: {wide} ")),
                    "{lines:?}"
                );
                assert!(lines[0].ends_with("data.intensity, here 0 to 0.25"), "{lines:?}");
            }
        }
        Ok(())
    }
}
