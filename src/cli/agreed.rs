//! What networks that exist say of their trainings, where they agree on it: the study that attacks them makes such images.

use super::attack_networks::Asked;
use super::preprocessing::slicing_note;
use anyhow::bail;
use lossbench::data::channels::Channel;
use lossbench::definition::raw::RawStudy;
use lossbench::image::scale_method::Scale;
use lossbench::records::preprocessing::training_in;
use lossbench::study::existing::Networks;
use lossbench::study::opened::Opened;
use std::fmt::Display;

impl Asked<'_> {
    /// Lets the study make the images that the networks were trained on; what the user set stays.
    pub(super) fn take_what_they_say(
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
        Self::take_channels(raw, found, notes);
        let seed = |one: &Opened| training_in(&one.said).1;
        if !self.given("seeds")
            && let Ok(Some(seed)) = self.agreed(networks, "seeds", seed, u64::to_string)
            && networks.iter().all(|(_, one)| training_in(&one.said).1 == Some(seed))
        {
            raw.seeds = vec![seed];
        }
        networks.fingerprint(&mut raw.arms);
        for arm in &mut raw.arms {
            let Some(one) = networks.get(&arm.name) else {
                continue;
            };
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

    /// Lets the study select the channels that the networks see.
    pub(super) fn take_channels(raw: &mut RawStudy, said: Option<Vec<Channel>>, notes: &mut Vec<String>) {
        take(&mut raw.data.channels, said, "data.channels", notes, |all| listed(all));
    }

    /// The channels that the networks see, as far as they say.
    pub(super) fn channels(&self, networks: &Networks) -> anyhow::Result<Option<Vec<Channel>>> {
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
