//! `lossbench attack --out RUN`: networks that exist, trained here or elsewhere, attacked into a run folder like any
//! other. What a network says of its training decides how its images are made.

use super::DeviceOption;
use super::output::say;
use super::preprocessing::slicing_note;
use super::run::{on_interrupt, to_the_end};
use anyhow::{Context, bail, ensure};
use lossbench::data::channels::Channel;
use lossbench::definition::arm::ArmConfig;
use lossbench::definition::raw::RawStudy;
use lossbench::definition::study::Study;
use lossbench::image::scale_method::Scale;
use lossbench::loss::LossParameters;
use lossbench::plain_text;
use lossbench::records::preprocessing::training_in;
use lossbench::records::trained_on;
use lossbench::study::cell::Setting;
use lossbench::study::existing::{Networks, Opened};
use lossbench::study::prepared::Prepared;
use lossbench::study::run;
use lossbench::study::trained::Trained;
use std::fmt::Display;
use std::path::Path;

/// What the command line asks for.
pub struct Asked<'a> {
    pub networks: Vec<Named>,
    pub weights: Vec<Named>,
    pub data: Option<&'a Path>,
    pub sweeps: &'a [String],
    pub study: &'a str,
    pub overrides: &'a [String],
    pub test_volumes: Option<&'a str>,
    pub json: bool,
}

/// `NAME=COMMAND` or `NAME=FILE`.
pub struct Named {
    name: String,
    value: String,
}

impl Named {
    /// Reads the value of `option`.
    pub fn parse(option: &str, text: &str) -> anyhow::Result<Self> {
        match text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.trim().is_empty()) {
            Some((name, value)) => Ok(Self { name: name.to_string(), value: value.to_string() }),
            None => bail!("{option} should be NAME=VALUE, where the name stands in tables, but is '{text}'"),
        }
    }
}

impl Asked<'_> {
    /// Attacks the networks into the run folder `folder`, or goes on where that was stopped.
    pub fn run(&self, folder: &Path, device: &DeviceOption) -> anyhow::Result<()> {
        ensure!(
            !(self.networks.is_empty() && self.weights.is_empty()),
            "name a network at least: --network NAME=COMMAND or --weights NAME=FILE"
        );
        let device = device.open()?;
        let mut raw = self.raw(folder)?;
        let networks = Networks::open(&read(raw.clone())?)?;
        let mut notes = Vec::new();
        self.take_what_they_say(&networks, &mut raw, &mut notes)?;
        let channels = self.channels(&networks)?;
        let trained = Trained::default().with(networks);
        let fit = trained.networks().fit(None);
        let mut study = read(raw.clone())?;
        run::check_folder(folder, &study)?;
        let mut prepared = Prepared::load_for(&study, self.data, fit)?;
        // The first of several: only the data tell that there are more.
        if let Some(channels) = channels.filter(|channels| channels.len() != prepared.channels) {
            take(&mut raw.data.channels, Some(channels), "data.channels", &mut notes, |all| listed(all));
            study = read(raw)?;
            prepared = Prepared::load_for(&study, self.data, fit)?;
        }
        trained.networks().check(&study, &prepared, &device)?;
        prepared.notes.iter().for_each(|note| say(note));
        notes.extend(trained.networks().differences(&study, &prepared));
        notes.extend(trained.networks().doubts(&prepared, &device)?);
        for (name, one) in trained.networks().iter() {
            let who = format!("network {name}");
            notes.extend(trained_on::warnings(&who, &one.said, &prepared.tested(), &study.data.labels()));
        }
        notes.extend(self.unknown_volumes(trained.networks()));
        notes.iter().for_each(|note| say(&format!("warning: {note}")));
        let cells = run::cells(&study, &[])?;
        on_interrupt(folder, &cells);
        let setting =
            Setting { study: &study, prepared: &prepared, device: &device, trained: Some(&trained) };
        to_the_end(folder, &setting, &cells, self.json)
    }

    /// The study that the sweeps come from, with these networks as its arms.
    fn raw(&self, folder: &Path) -> anyhow::Result<RawStudy> {
        let mut raw = Study::read(self.study, self.overrides)?.raw().clone();
        let arm = |Named { name, value }: &Named, served: bool| {
            let (network, weights) = if served { (Some(value), None) } else { (None, Some(value)) };
            ArmConfig {
                name: name.clone(),
                loss: String::new(),
                network: network.cloned(),
                weights: weights.cloned(),
                fingerprint: None,
                train: toml::Table::new(),
            }
        };
        raw.arms = (self.networks.iter().map(|named| arm(named, true)))
            .chain(self.weights.iter().map(|named| arm(named, false)))
            .collect();
        raw.losses = Vec::new();
        // What a network was trained with it says itself, with all parameters.
        ensure!(
            !self.given("loss")
                && self.overrides.iter().all(|change| !change.trim_start().starts_with("loss.")),
            "--set loss: networks that exist say themselves what they were trained with; a loss that an attack names takes its parameters there, as in pgd(loss=focal(gamma=1))"
        );
        raw.loss = LossParameters::default();
        if !self.given("seeds") {
            raw.seeds = vec![0];
        }
        // The folder's name is the run's where it can be one.
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let named = !name.is_empty() && name.chars().all(fits) && !name.starts_with('.');
        raw.name = if named { name.to_string() } else { "networks".to_string() };
        if !self.sweeps.is_empty() {
            let known = raw.sweeps.keys().cloned().collect::<Vec<_>>().join(", ");
            if let Some(unknown) = self.sweeps.iter().find(|name| !raw.sweeps.contains_key(*name)) {
                bail!("--sweep should be one of {known}, but is '{unknown}'");
            }
            raw.sweeps.retain(|name, _| self.sweeps.contains(name));
            raw.attack.keep_transfers(self.sweeps);
        }
        if let Some(text) = self.test_volumes {
            raw.split.test_volumes = ids(text)?;
        }
        Ok(raw)
    }

    /// Whether the user set the field `key`, or its whole section.
    fn given(&self, key: &str) -> bool {
        let section = key.split('.').next().unwrap_or_default();
        let keys =
            self.overrides.iter().filter_map(|change| change.split_once('=')).map(|(key, _)| key.trim());
        keys.into_iter().any(|given| given == key || given == section)
    }

    /// Lets the study make the images that the networks were trained on; what the user set stays.
    fn take_what_they_say(
        &self,
        networks: &Networks,
        raw: &mut RawStudy,
        notes: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let range = |range: &[f32; 2]| listed(range);
        let intensity = self.agreed(networks, "data.intensity", |one| one.preprocessing.intensity, range)?;
        take(&mut raw.data.intensity, intensity, "data.intensity", notes, range);
        let scale = self.agreed(networks, "data.scale", |one| one.preprocessing.scale, Scale::to_string)?;
        take(&mut raw.data.scale, scale, "data.scale", notes, Scale::to_string);
        self.take_slicing(networks, raw, notes)?;
        // As many as the images have, in their order, is what a study takes anyway.
        let all = |found: &Vec<Channel>| !found.iter().enumerate().all(|(n, one)| *one == Channel::Number(n));
        let found = self.channels(networks)?.filter(|found| !raw.data.channels.is_empty() || all(found));
        take(&mut raw.data.channels, found, "data.channels", notes, |all| listed(all));
        let seed = |one: &Opened| training_in(&one.said).1;
        if !self.given("seeds")
            && let Ok(Some(seed)) = self.agreed(networks, "seeds", seed, u64::to_string)
            && networks.iter().all(|(_, one)| training_in(&one.said).1 == Some(seed))
        {
            raw.seeds = vec![seed];
        }
        for arm in &mut raw.arms {
            let Some(one) = networks.get(&arm.name) else {
                continue;
            };
            arm.fingerprint.clone_from(&one.fingerprint);
            arm.loss = training_in(&one.said).0.unwrap_or_default().to_string();
            if one.preprocessing.intensity.is_none() && !self.given("data.intensity") {
                let [low, high] = raw.data.intensity;
                notes.push(format!(
                    "{}: does not say how its images were scaled; assumed is {low} to {high} (data.intensity)",
                    arm.name
                ));
            }
        }
        Ok(())
    }

    /// Lets the study cut volumes into slices as in the trainings of the networks, but for keys that the user set.
    fn take_slicing(
        &self,
        networks: &Networks,
        raw: &mut RawStudy,
        notes: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let said = |one: &Opened| one.preprocessing.slicing;
        let stored = || "as stored".to_string();
        let axis = |one: &Opened| Some(said(one)?.axis.to_string());
        self.agreed(networks, "data.axis", axis, String::clone)?;
        let spacing =
            |one: &Opened| Some(said(one)?.spacing.map_or_else(stored, |spacing| spacing.to_string()));
        self.agreed(networks, "data.spacing", spacing, String::clone)?;
        let size = |one: &Opened| Some(said(one)?.size.map_or_else(stored, |size| listed(&size)));
        self.agreed(networks, "data.size", size, String::clone)?;
        let Some(said) = networks.iter().find_map(|(_, one)| said(one)) else {
            return Ok(());
        };
        let own = raw.data.slicing();
        raw.data.take_slicing(said, |key| self.given(key));
        // Where the user chose otherwise, that is said of each network.
        if raw.data.slicing() == said {
            notes.extend(slicing_note("the networks were", said, own, said));
        }
        Ok(())
    }

    /// The channels that the networks see, as far as they say.
    fn channels(&self, networks: &Networks) -> anyhow::Result<Option<Vec<Channel>>> {
        let channels = |numbers: Vec<usize>| numbers.into_iter().map(Channel::Number).collect::<Vec<_>>();
        let said = |one: &Opened| one.preprocessing.channels.clone().map(channels);
        self.agreed(networks, "data.channels", said, |all| listed(all))
    }

    /// What those networks that say it all say; none where none does, or where the user set `key`. `show` writes a value as
    /// `--set` takes it.
    fn agreed<T: PartialEq>(
        &self,
        networks: &Networks,
        key: &str,
        said: impl Fn(&Opened) -> Option<T>,
        show: impl Fn(&T) -> String,
    ) -> anyhow::Result<Option<T>> {
        let mut all = networks.iter().filter_map(|(name, one)| Some((name, said(one)?)));
        let Some((first, value)) = all.next().filter(|_| !self.given(key)) else {
            return Ok(None);
        };
        match all.find(|(_, other)| *other != value) {
            Some((other, differs)) => bail!(
                "{first} and {other} were trained on other images, {key} {} and {}: serve them at one of both, or set it with --set {key}=..",
                show(&value),
                show(&differs)
            ),
            None => Ok(Some(value)),
        }
    }

    /// A network whose training volumes nobody names may have seen those that it is attacked on.
    fn unknown_volumes(&self, networks: &Networks) -> Option<String> {
        let unknown: Vec<&str> = networks
            .iter()
            .filter(|(_, one)| one.is_process() && !trained_on::names_volumes(&one.said))
            .map(|(name, _)| name)
            .collect();
        (self.test_volumes.is_none() && !unknown.is_empty()).then(|| {
            format!(
                "{}: trained on volumes that are not known here, and whoever has seen the test volumes scores too well on them: name volumes that no network has seen with --test-volumes",
                unknown.join(", ")
            )
        })
    }
}

fn read(raw: RawStudy) -> anyhow::Result<Study> {
    Study::of(raw).map_err(anyhow::Error::msg)
}

/// Sets a field to what the networks say.
fn take<T: PartialEq>(
    field: &mut T,
    said: Option<T>,
    key: &str,
    notes: &mut Vec<String>,
    show: impl Fn(&T) -> String,
) {
    if let Some(said) = said.filter(|said| said != field) {
        notes.push(format!(
            "the networks were trained at {key} {}, which is taken, not the study's {}",
            show(&said),
            show(field)
        ));
        *field = said;
    }
}

/// Values as a study lists them: `[0, 0.2]`.
fn listed<T: Display>(values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(T::to_string).collect();
    format!("[{}]", values.join(", "))
}

/// Ids parted by commas, or those of a file, one a line.
fn ids(text: &str) -> anyhow::Result<Vec<String>> {
    let path = Path::new(text);
    let file = path.is_file();
    let text =
        if file { plain_text::read(path).with_context(|| text.to_string())? } else { text.to_string() };
    let parted = text.split(|c| c == ',' && !file || c == '\n').map(str::trim).filter(|id| !id.is_empty());
    let ids: Vec<String> = parted.map(String::from).collect();
    ensure!(
        !ids.is_empty(),
        "--test-volumes names no volume: give ids parted by commas, or a file with an id a line"
    );
    Ok(ids)
}
