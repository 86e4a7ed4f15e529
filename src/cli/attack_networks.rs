//! `lossbench attack --out RUN`: networks that exist, trained here or elsewhere, attacked into a run folder like any
//! other. What a network says of its training decides how its images are made (`agreed.rs`).

use super::DeviceOption;
use super::output::say;
use super::run::{on_interrupt, to_the_end};
use anyhow::{Context, bail, ensure};
use lossbench::definition::arm::ArmConfig;
use lossbench::definition::raw::RawStudy;
use lossbench::definition::study::Study;
use lossbench::loss::LossParameters;
use lossbench::plain_text;
use lossbench::records::trained_on;
use lossbench::study::existing::Networks;
use lossbench::study::prepared::Prepared;
use lossbench::study::run;
use lossbench::study::setting::Setting;
use lossbench::study::trained::Trained;
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
            Self::take_channels(&mut raw, Some(channels), &mut notes);
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
    pub(super) fn given(&self, key: &str) -> bool {
        let section = key.split('.').next().unwrap_or_default();
        let keys =
            self.overrides.iter().filter_map(|change| change.split_once('=')).map(|(key, _)| key.trim());
        keys.into_iter().any(|given| given == key || given == section)
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
