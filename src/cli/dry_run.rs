//! `lossbench run --dry-run`: what a run would do and cost, from the data and a short timing on this machine.

use super::output::print;
use lossbench::definition::arm::Arm;
use lossbench::records::cell::finished;
use lossbench::study::cost::Cost;
use lossbench::study::intensities::{Intensities, intensities};
use lossbench::study::pace::Pace;
use lossbench::study::parts::{Part, clipped, parts, sizes};
use lossbench::study::setting::Setting;
use serde::Serialize;
use std::path::Path;

/// What `--dry-run` prints.
#[derive(Serialize)]
struct Plan {
    study: String,
    device: String,
    threads: usize,
    /// Cells in all, and those that the run folder has.
    cells: usize,
    done: usize,
    volumes: Volumes,
    slices: Slices,
    intensities: Vec<Intensities>,
    /// Share of the stored voxels of the training volumes that scaling clipped, by channel.
    clipped: Vec<f64>,
    foreground_share: f64,
    /// Seconds.
    pace: PaceOf,
    cost: Cost,
    /// Bytes, where the system tells.
    memory: Option<u64>,
    weights_bytes: u64,
}

#[derive(Serialize)]
struct Volumes {
    parts: [Part; 3],
    /// Fewest and most stored voxels along each axis.
    sizes: Option<[[usize; 3]; 2]>,
}

#[derive(Serialize)]
struct Slices {
    /// How they are cut from volumes, in words.
    cut: String,
    /// Fewest and most rows and columns before padding.
    scanned: Option<[[usize; 2]; 2]>,
    /// Bytes of the temporary file.
    bytes: u64,
    train: usize,
    validation: usize,
    attack: usize,
    height: usize,
    width: usize,
    channels: usize,
}

#[derive(Serialize)]
struct PaceOf {
    step: f64,
    batch: usize,
    saliency: f64,
    attack: f64,
}

/// Prints what running the cells of `setting` into `folder` would take; writes nothing.
pub fn show(folder: &Path, setting: &Setting, cells: &[(Arm, u64)], json: bool) -> anyhow::Result<()> {
    if let Some(arm) = setting.study.arms.iter().find(|arm| arm.existing.is_some()) {
        anyhow::bail!(
            "--dry-run times training here, and '{}' is a network that exists: leave it out",
            arm.name
        );
    }
    let plan = Plan::of(folder, setting, cells)?;
    match json {
        true => print(&(serde_json::to_string_pretty(&plan)? + "\n")),
        false => print(&plan.text(folder)),
    }
}

impl Plan {
    fn of(folder: &Path, setting: &Setting, cells: &[(Arm, u64)]) -> anyhow::Result<Self> {
        let Setting { study, prepared, device, trained } = setting;
        let mut missing = Vec::new();
        for (arm, seed) in cells {
            if finished(folder, study, arm, *seed)?.is_none() {
                missing.push((arm.clone(), *seed));
            }
        }
        let first = missing.first().map_or(study.seeds[0], |(_, seed)| *seed);
        let prepared = &prepared.of_seed(study, first)?;
        let pace = Pace::measure(&Setting { prepared, ..*setting })?;
        let (intensities, foreground_share) = intensities(&prepared.train)?;
        Ok(Self {
            study: study.name.clone(),
            device: device.name.clone(),
            threads: rayon::current_num_threads(),
            cells: cells.len(),
            done: cells.len() - missing.len(),
            volumes: Volumes { parts: parts(study, prepared), sizes: sizes(prepared) },
            clipped: clipped(prepared),
            slices: Slices {
                cut: study.data.slicing().to_string(),
                scanned: prepared.all.scanned(),
                bytes: prepared.all.bytes(),
                train: prepared.train.len(),
                validation: prepared.validation.len(),
                attack: prepared.test.len(),
                height: prepared.size[0],
                width: prepared.size[1],
                channels: prepared.channels,
            },
            intensities,
            foreground_share,
            cost: Cost::of(study, prepared, &missing, &pace, trained.is_none()),
            pace: PaceOf {
                step: pace.step,
                batch: study.arms.first().map_or(0, |arm| arm.train.batch),
                saliency: pace.saliency,
                attack: pace.attack,
            },
            memory: peak_memory(),
            weights_bytes: pace.weights * cells.len() as u64,
        })
    }

    fn text(&self, folder: &Path) -> String {
        let Self { cost, pace, slices, volumes, .. } = self;
        let mut lines = vec![format!(
            "study {}: {} cells, {} of them done in {}; {} on {} threads",
            self.study,
            self.cells,
            self.done,
            folder.display(),
            self.device,
            self.threads
        )];
        lines.push(volumes.text());
        lines.push(slices.text());
        lines.push(format!(
            "slices: {} to train, {} to validate, {} to attack, each {} x {} in {} channel{}",
            slices.train,
            slices.validation,
            slices.attack,
            slices.height,
            slices.width,
            slices.channels,
            if slices.channels == 1 { "" } else { "s" }
        ));
        lines.push(format!("foreground: {:.2}% of the scanned pixels", 100.0 * self.foreground_share));
        for (channel, (of, clipped)) in self.intensities.iter().zip(&self.clipped).enumerate() {
            let [low, middle, high] = of.percentiles;
            let [first, _, third] = of.quartiles;
            lines.push(format!(
                "intensities after scaling, channel {channel}: {:.3} to {:.3}, half below {middle:.3}, half from {first:.3} to {third:.3}, 98 of 100 from {low:.3} to {high:.3}; scaling clipped {:.2}%",
                of.least, of.most, 100.0 * clipped
            ));
        }
        lines.push(format!(
            "measured here: {:.3} s a training step of {} slices, {:.2} ms the saliency maps of a slice, {:.2} ms an attacked slice",
            pace.step,
            pace.batch,
            1e3 * pace.saliency,
            1e3 * pace.attack
        ));
        lines.push(format!(
            "time: about {}: training {}, maps and scores {}, attacks {}, transfer {}",
            duration(cost.seconds()),
            duration(cost.train),
            duration(cost.explain),
            duration(cost.attack),
            duration(cost.transfer)
        ));
        lines.push(format!(
            "      with {} trials of each random choice; at most {}, if all take as many as the study allows",
            cost.trials,
            duration(cost.at_most)
        ));
        if let Some(memory) = self.memory {
            lines.push(format!("memory: {} in this timing", size(memory)));
        }
        lines.push(format!("weights on disk: {}", size(self.weights_bytes)));
        lines.push(String::new());
        lines.join("\n")
    }
}

impl Volumes {
    /// By part, with their groups where they are not each alone, and their sizes.
    fn text(&self) -> String {
        let grouped = self.parts.iter().any(|part| part.groups != part.volumes);
        let part = |Part { name, volumes, groups }: &Part| match grouped {
            true => format!("{volumes} in {groups} groups ({name})"),
            false => format!("{volumes} ({name})"),
        };
        let sizes = self.sizes.map_or_else(String::new, |[least, most]| {
            format!("; stored voxels {}", [0, 1, 2].map(|axis| from_to(least[axis], most[axis])).join(" x "))
        });
        format!("volumes: {}{sizes}", self.parts.each_ref().map(part).join(", "))
    }
}

impl Slices {
    /// How they are cut and how large they are before padding.
    fn text(&self) -> String {
        let sides = self.scanned.map_or_else(String::new, |[least, most]| {
            format!(": {} pixels", [0, 1].map(|side| from_to(least[side], most[side])).join(" x "))
        });
        format!("cut {}{sides} before padding, {} in a temporary file", self.cut, size(self.bytes))
    }
}

/// `31 to 43`, or the number where both are one.
fn from_to(least: usize, most: usize) -> String {
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}

/// In the unit that leaves a number that people can grasp.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.5 => "0 seconds".to_string(),
        s if s < 90.0 => format!("{s:.0} seconds"),
        s if s < 5400.0 => format!("{:.0} minutes", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} hours", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

fn size(bytes: u64) -> String {
    match bytes as f64 {
        b if b < 1e9 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}

/// The most memory that this process ever held, in bytes; none where the system does not say.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024 * kilobytes)
}
