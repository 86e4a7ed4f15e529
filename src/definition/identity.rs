//! What tells one study's numbers from another's: a hash over every field that decides them.
//!
//! Records hold it and must stay readable, so its text is frozen: the fields of schema 1 as they were first
//! written, in that order, then whatever later fields differ from their defaults, by key. A field that is
//! added with a default that changes nothing therefore changes no hash. The name of a study and its lists of
//! losses and seeds do not count, so that it may grow.

use super::arm::Arm;
use super::data::Source;
use super::raw::{PLAIN_SWEEP, RawStudy};
use super::schema1::Schema1;
use crate::data::hash::hex;
use crate::loss::LossParameters;
use crate::phantom::PhantomConfig;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Keys that never count: which cells there are and what they are judged by, not what is in them.
const GROWING: [&str; 5] = ["name", "losses", "arms", "seeds", "claims"];

/// The identity of a study's cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// SHA-256, in hex; what new records hold.
    pub hash: String,
    /// As records of schema 1 had it: parameters of every loss counted, used or not.
    earlier: String,
}

impl Identity {
    /// That of the cells of `arms` in `study`.
    ///
    /// # Errors
    /// A line where the study cannot be written as text.
    pub(super) fn of(study: &RawStudy, arms: &[&Arm]) -> Result<Self, String> {
        let used = |term: &str| arms.iter().any(|arm| arm.loss.terms().any(|name| name == term));
        let mut of_arms = BTreeMap::new();
        for arm in arms {
            for (key, value) in arm.own()?.unwrap_or_default() {
                of_arms.insert(format!("arms.{}.{key}", arm.name), value);
            }
        }
        let hash_with = |parameters: LossParameters| {
            let mut study = study.clone();
            study.loss = parameters;
            if study.data.source == Source::Decathlon {
                study.data.phantom = PhantomConfig::default();
            }
            let mut later = later(&table(&study)?, &table(&RawStudy::plain())?, &first_keys(&study)?);
            later.extend(of_arms.clone());
            Ok::<_, String>(hash(&first(&study)?, &later))
        };
        Ok(Self { hash: hash_with(study.loss.of_terms(used))?, earlier: hash_with(study.loss.clone())? })
    }

    /// Whether a record that holds `recorded` is of this identity.
    pub fn is(&self, recorded: &str) -> bool {
        self.hash == recorded || self.earlier == recorded
    }
}

fn hash(first: &str, later: &BTreeMap<String, toml::Value>) -> String {
    let mut text = first.to_string();
    for (key, value) in later {
        text += &format!("\n{key} = {value}");
    }
    hex(&Sha256::digest(text))
}

/// Every field by its key, sweeps under the word that schema 1 had for them.
fn table(study: &RawStudy) -> Result<toml::Table, String> {
    let mut table = toml::Table::try_from(study).map_err(|error| error.to_string())?;
    if let Some(sweeps) = table.remove("sweep") {
        table.insert("protocol".to_string(), sweeps);
    }
    Ok(table)
}

/// The text of the fields of schema 1.
fn first(study: &RawStudy) -> Result<String, String> {
    serde_json::to_string(&Schema1::of(study)).map_err(|error| error.to_string())
}

fn first_keys(study: &RawStudy) -> Result<Vec<String>, String> {
    let table = toml::Table::try_from(Schema1::of(study)).map_err(|error| error.to_string())?;
    Ok(leaves(&table).into_keys().collect())
}

/// Fields of `study` that schema 1 did not have and that differ from those of a study that sets nothing.
fn later(study: &toml::Table, plain: &toml::Table, first: &[String]) -> BTreeMap<String, toml::Value> {
    let plain = leaves(plain);
    // Every sweep is compared with the one sweep of a plain study.
    let plain_key = |key: &str| match key.splitn(3, '.').collect::<Vec<_>>()[..] {
        ["protocol", _, field] => format!("protocol.{PLAIN_SWEEP}.{field}"),
        _ => key.to_string(),
    };
    let differs = |(key, value): &(String, toml::Value)| {
        !first.contains(key) && !GROWING.contains(&key.as_str()) && plain.get(&plain_key(key)) != Some(value)
    };
    leaves(study).into_iter().filter(differs).collect()
}

/// Every value of a table that is no table, by its dotted key.
pub(super) fn leaves(table: &toml::Table) -> BTreeMap<String, toml::Value> {
    let mut found = BTreeMap::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => {
                found.extend(leaves(inner).into_iter().map(|(rest, value)| (format!("{key}.{rest}"), value)));
            }
            value => drop(found.insert(key.clone(), value.clone())),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;
    use crate::definition::study::Study;
    use rstest::rstest;

    fn study(name: &str, changes: &[&str]) -> Study {
        let text = shipped::text(name).expect("a shipped study");
        let overrides: Vec<String> = changes.iter().map(ToString::to_string).collect();
        Study::parse(text, &overrides).expect("a study")
    }

    fn raw(name: &str) -> RawStudy {
        let text = shipped::text(name).expect("a shipped study");
        toml::from_str(text).expect("a study")
    }

    fn hash_of(changes: &[&str]) -> String {
        study("smoke", changes).identity().expect("an identity").hash
    }

    /// Evidence is recorded under these.
    #[rstest]
    #[case("paper", "b56b20c3989cd8ddb573ae8cd0aea9fc4d802afd21af223330cc20a5009bede6")]
    #[case("quick", "7cf6e85ea3d035709396c4ae9bca36198c03f2dafaa66b809a011e2e3eaa8bd4")]
    #[case("smoke", "654df4571edf64199f1ca8e08c863aeb9f5781a111ff6faf5fe19fd01a286359")]
    fn the_hashes_of_shipped_studies_stay_as_they_were_first_recorded(
        #[case] name: &str,
        #[case] hash: &str,
    ) {
        let identity = study(name, &[]).identity().expect("an identity");
        assert_eq!((identity.hash.as_str(), identity.earlier.as_str()), (hash, hash));
    }

    /// The same of studies that an earlier version could not have read.
    #[rstest]
    #[case("steady", "4f9a619ac58f865df24a91baa76d321b379bd276d09f1ca08c8fc839a5aa2264")]
    #[case("heart", "ac8667e60d94c0144b4af55b05f2e56d6d674512ed045f70bb1bcd0d7c3468d7")]
    #[case("nuclei", "d356377a9c33d2e795b86133b0ce039c2c333f11f61a2a7b58d23dab4f9653a5")]
    #[case("fetal-head", "ac8667e60d94c0144b4af55b05f2e56d6d674512ed045f70bb1bcd0d7c3468d7")]
    fn the_hashes_of_later_studies_stay_too(#[case] name: &str, #[case] hash: &str) {
        let study = Study::read(name, &[]).expect("a study that ships");
        assert_eq!(study.identity().expect("an identity").hash, hash);
    }

    #[test]
    fn the_lists_that_may_grow_do_not_count_and_whatever_decides_numbers_does() {
        assert_eq!(hash_of(&[]), hash_of(&["seeds=[9]", "losses=['bce']", "name='other'"]));
        assert_ne!(hash_of(&[]), hash_of(&["train.epochs=9"]));
        assert_eq!(hash_of(&[]), hash_of(&["train.feed=plain"]));
        assert_ne!(hash_of(&[]), hash_of(&["train.feed=augment"]));
        assert_eq!(hash_of(&["train.feed=augment"]), hash_of(&["train.feed=augment(rotation=15)"]));
        let attacked = |more: &[&str]| hash_of(&[&["train.attack=pgd", "train.radius=0.004"], more].concat());
        assert_ne!(hash_of(&[]), attacked(&[]));
        assert_eq!(attacked(&[]), attacked(&["train.norm=linf", "train.attack=pgd(steps=20)"]));
        assert_ne!(attacked(&[]), attacked(&["train.radius=0.008"]));
        assert_ne!(attacked(&[]), attacked(&["train.norm=l2"]));
        assert_ne!(hash_of(&[]), hash_of(&["sweep.fig2.pixels=[4]"]));
        assert_ne!(hash_of(&[]), hash_of(&["sweep.fig2.area=1750"]));
        assert_eq!(hash_of(&[]), hash_of(&["train.steps=0"]));
        assert_ne!(hash_of(&["train={steps=3}"]), hash_of(&["train={steps=4}"]));
        assert_eq!(hash_of(&[]), hash_of(&["data.scale=min-max"]));
        assert_ne!(hash_of(&[]), hash_of(&["data.scale=z-score"]));
        assert_eq!(hash_of(&[]), hash_of(&["attack.maps=[]"]));
        assert_ne!(hash_of(&[]), hash_of(&["attack.maps=['gradient']"]));
        let steps =
            |text: &str| hash_of(&[&format!("attack.maps=['gradient', 'integrated-gradients{text}']")]);
        assert_eq!(steps(""), steps("(steps=32)"));
        assert_ne!(steps(""), steps("(steps=16)"));
        assert_ne!(hash_of(&["data.scale=window(0,1)"]), hash_of(&["data.scale=window(0,2)"]));
    }

    #[test]
    fn parameters_count_for_the_losses_that_have_them() {
        assert_eq!(hash_of(&[]), hash_of(&["loss.focal_gamma=1.0"]));
        assert_ne!(hash_of(&["losses=['focal']"]), hash_of(&["losses=['focal']", "loss.focal_gamma=1.0"]));
        // A run of an earlier version counted them all.
        let with_both = study("smoke", &["loss.focal_gamma=1.0"]).identity().expect("an identity");
        assert!(with_both.is(&with_both.earlier) && with_both.earlier != with_both.hash);
    }

    #[test]
    fn a_study_that_grows_by_a_loss_keeps_the_cells_that_it_has() {
        let few = study("smoke", &["loss.focal_gamma=1.0"]);
        let more = study("smoke", &["loss.focal_gamma=1.0", "losses=['bce', 'focal']"]);
        let bce = |study: &Study| study.identity_of([&study.arms[0]]).expect("an identity");
        assert_eq!(bce(&few), bce(&more));
    }

    /// As a later version would have it: a new section, a new field of a section, a new field of a sweep.
    #[test]
    fn a_field_that_is_added_counts_where_it_differs_from_its_default() {
        let smoke = raw("smoke");
        let (text, keys) = (first(&smoke).expect("a text"), first_keys(&smoke).expect("keys"));
        let add = |study: &RawStudy, section: i64, field: &str, of_sweep: bool| {
            let mut table = table(study).expect("a table");
            table.insert(
                "invented".into(),
                toml::Table::from_iter([("strength".to_string(), section.into())]).into(),
            );
            table["train"].as_table_mut().expect("train").insert("invented".into(), field.into());
            for (_, sweep) in table["protocol"].as_table_mut().expect("sweeps") {
                sweep.as_table_mut().expect("a sweep").insert("share".into(), of_sweep.into());
            }
            table
        };
        let plain = add(&RawStudy::plain(), 0, "constant", false);
        let hash_with = |section, field, of_sweep| {
            hash(&text, &later(&add(&smoke, section, field, of_sweep), &plain, &keys))
        };
        assert_eq!(hash_with(0, "constant", false), hash_of(&[]));
        let others =
            [hash_with(1, "constant", false), hash_with(0, "other", false), hash_with(0, "constant", true)];
        assert!(others.iter().all(|other| *other != hash_of(&[])) && others[0] != others[1]);
    }
}
