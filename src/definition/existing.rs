//! A network that exists: it was trained before, here or elsewhere.

/// A network that is not trained here.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    /// Where it comes from.
    pub source: Source,
    /// Which network that is: SHA-256 of the weights' file, or what its process says; none where nothing is known.
    pub fingerprint: Option<String>,
}

/// Where a network comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A command that serves it.
    Process(String),
    /// A file of weights of our U-Net.
    Weights(String),
}

impl Existing {
    /// The network of an arm's keys `network`, `weights` and `fingerprint`; none where the arm trains one. `trains` tells that
    /// it has a training of its own.
    ///
    /// # Errors
    /// A line on keys that do not go together.
    pub(super) fn of(
        [network, weights, fingerprint]: [&Option<String>; 3],
        trains: bool,
    ) -> Result<Option<Self>, String> {
        let source = match (network, weights) {
            (Some(_), Some(_)) => return Err("should have a network or weights, not both".to_string()),
            (Some(command), None) => Source::Process(command.clone()),
            (None, Some(path)) => Source::Weights(path.clone()),
            (None, None) if fingerprint.is_some() => {
                return Err("has a fingerprint, but no network and no weights".to_string());
            }
            (None, None) => return Ok(None),
        };
        match trains {
            false => Ok(Some(Self { source, fingerprint: fingerprint.clone() })),
            true => Err("has a network that exists, which is not trained: leave out train".to_string()),
        }
    }

    /// What decides its numbers: the network itself where it is known, else where it comes from.
    pub(super) fn identity(&self) -> toml::Table {
        let source = match &self.source {
            Source::Process(command) => ("network", command),
            Source::Weights(path) => ("weights", path),
        };
        let (key, value) = self.fingerprint.as_ref().map_or(source, |one| ("fingerprint", one));
        toml::Table::from_iter([(key.to_string(), value.clone().into())])
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::shipped;
    use crate::definition::study::Study;
    use rstest::rstest;

    fn study(changes: &[&str]) -> Result<Study, String> {
        let text = shipped::text("smoke").expect("smoke");
        let overrides: Vec<String> = changes.iter().map(ToString::to_string).collect();
        Study::parse(text, &overrides)
    }

    #[test]
    fn what_a_network_is_tells_its_cells_from_those_of_another() {
        let hash = |arm: &str| {
            let study = study(&["losses=[]", &format!("arms=[{{name='a', {arm}}}]")]).expect("a study");
            study.identity().expect("an identity").hash
        };
        let plain = hash("network='python a.py'");
        assert_ne!(plain, hash("network='python b.py'"));
        assert_ne!(plain, hash("network='python a.py', loss='dice'"));
        assert_ne!(plain, hash("weights='python a.py'"));
        let known = hash("network='python a.py', fingerprint='1'");
        assert_ne!(known, hash("network='python a.py', fingerprint='2'"));
        // The same network is the same from wherever it is served.
        assert_eq!(known, hash("network='python b.py', fingerprint='1'"));
    }

    #[test]
    fn a_study_of_networks_reads_back_the_same() -> anyhow::Result<()> {
        let changes = [
            "losses=[]",
            "arms=[{name='a', network='python a.py', fingerprint='1'}, {name='b', weights='w', loss='dice'}]",
        ];
        let study = study(&changes).map_err(anyhow::Error::msg)?;
        let again = Study::parse(&toml::to_string(&study)?, &[]).map_err(anyhow::Error::msg)?;
        assert_eq!(study.identity(), again.identity());
        let existing =
            |study: &Study| -> Vec<_> { study.arms.iter().map(|arm| arm.existing.clone()).collect() };
        assert_eq!(existing(&study), existing(&again));
        assert!(!again.arms[0].loss.is_known() && again.arms[1].loss.is_known());
        Ok(())
    }

    #[rstest]
    #[case("arms=[{name='a'}]", "arm 'a': should have a loss, or a network or weights that exist")]
    #[case(
        "arms=[{name='a', network='x', weights='y'}]",
        "arm 'a': should have a network or weights, not both"
    )]
    #[case(
        "arms=[{name='a', network='x', train={epochs=2}}]",
        "arm 'a': has a network that exists, which is not trained"
    )]
    #[case("arms=[{name='a', loss='dice', fingerprint='1'}]", "arm 'a': has a fingerprint, but no network")]
    fn wrong_networks_are_refused(#[case] change: &str, #[case] says: &str) {
        let message = study(&[change]).unwrap_err();
        assert!(message.contains(says), "{message}");
    }

    #[rstest]
    #[case("seeds=[0, 1]", "seeds should be one, since 'a' is one network that exists, but are 2")]
    #[case(
        "saliency.output=loss",
        "saliency.output=loss needs the loss that each network was trained with, which 'a' does not have"
    )]
    fn studies_that_one_network_does_not_allow_are_refused(#[case] change: &str, #[case] says: &str) {
        let message = study(&["losses=[]", "arms=[{name='a', network='x'}]", change]).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
