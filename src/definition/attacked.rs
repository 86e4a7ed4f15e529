//! Which attacks go through which sweeps of a study, by which maps, and between which networks.

use super::attacking::Attacking;
use super::pairing;
use super::study::Study;
use super::sweep::Sweep;
use crate::attack::Attack;
use crate::attack::configured::Configured;

impl Study {
    /// The attacks that go through `sweep`, the one that is judged by first: its own, by the first method's
    /// maps where they read any, or those of the study.
    pub fn attacks_of<'a>(&'a self, sweep: &'a Sweep) -> Vec<Attacking<'a>> {
        if !sweep.has_own_attacks() {
            return self.attacks_by_method();
        }
        let explainer = |attack: &dyn Attack| self.explainers.first().filter(|_| attack.reads_map());
        let of = |attack: &'a dyn Attack| Attacking { attack, explainer: explainer(attack) };
        sweep.attack.iter().map(|one| of(one.attack())).collect()
    }

    /// Every attack with every sweep that it goes through, in the order of records: sweeps of pixels attack by attack,
    /// then those that name attacks of their own.
    pub fn attacked(&self) -> Vec<(Attacking<'_>, &String, &Sweep)> {
        let (others, pixels): (Vec<_>, Vec<_>) =
            self.sweeps.iter().partition(|(_, sweep)| sweep.has_own_attacks());
        let mut all = Vec::new();
        for by in self.attacks_by_method() {
            all.extend(pixels.iter().map(|&(name, sweep)| (by, name, sweep)));
        }
        for (name, sweep) in others {
            all.extend(self.attacks_of(sweep).into_iter().map(|by| (by, name, sweep)));
        }
        all
    }

    /// Names of the sweeps that are judged by an attack along the loss of each network's own training, where that is not
    /// the same of all: there arms differ in how they are attacked too.
    pub fn attacked_by_own_losses(&self) -> Vec<&String> {
        let alike = self.arms.windows(2).all(|pair| pair[0].loss == pair[1].loss);
        let own = |sweep: &Sweep| sweep.attack.first().is_some_and(Configured::needs_training_loss);
        self.sweeps.iter().filter(|(_, sweep)| !alike && own(sweep)).map(|(name, _)| name).collect()
    }

    /// The place of the explainer of `by` among [`Self::explainers`]; the first where it reads no map.
    pub fn place_of(&self, by: &Attacking) -> usize {
        self.explainers.iter().position(|one| Some(one) == by.explainer).unwrap_or(0)
    }

    /// The attacks that rank pixels by a saliency map, in order.
    pub fn ranking(&self) -> impl Iterator<Item = &'static dyn Attack> {
        let ranks = |attack: &&'static dyn Attack| attack.ranked().is_some_and(|ranked| ranked.reads_map);
        self.attacks.iter().copied().filter(ranks)
    }

    /// Each attack that replaces pixels, in order, once for each method whose maps it reads.
    pub fn attacks_by_method(&self) -> Vec<Attacking<'_>> {
        let of = |&attack: &&'static dyn Attack| match attack.reads_map() {
            true => self.explainers.iter().map(|one| Attacking { attack, explainer: Some(one) }).collect(),
            false => vec![Attacking { attack, explainer: None }],
        };
        self.attacks.iter().flat_map(of).collect()
    }

    /// Names of [`Self::attacks_by_method`].
    pub fn attack_names(&self) -> Vec<String> {
        self.attacks_by_method().iter().map(Attacking::name).collect()
    }

    /// Those of the attacks that rank pixels by a saliency map, in order.
    pub fn rankings(&self) -> Vec<String> {
        let ranks = |by: &&Attacking| by.attack.ranked().is_some_and(|ranked| ranked.reads_map);
        self.attacks_by_method().iter().filter(ranks).map(Attacking::name).collect()
    }

    /// Whether records say which method a map is of: where the study names methods.
    pub fn names_methods(&self) -> bool {
        !self.raw.attack.maps.is_empty()
    }

    /// The sweeps of the transfer control, by name; none where one arm has no other to compare with.
    pub fn transferred(&self) -> Vec<(&String, &Sweep)> {
        let possible = self.arms.len() > 1 && !self.rankings().is_empty();
        self.sweeps.iter().filter(|(name, _)| possible && self.transfer.contains(name)).collect()
    }

    /// The seed whose networks draw maps for those of `seed`; none without a transfer between seeds, or where
    /// `seed` is the last of an odd number.
    pub fn partner(&self, seed: u64) -> Option<u64> {
        let wanted = self.raw.attack.across_seeds && !self.transferred().is_empty();
        pairing::partner(&self.seeds, seed).filter(|_| wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;

    #[test]
    fn sweeps_that_attack_each_arm_along_its_own_loss_are_named() {
        let of = |name: &str, changes: &[&str]| {
            let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
            let study = Study::parse(shipped::text(name).expect(name), &changes).expect(name);
            study.attacked_by_own_losses().into_iter().cloned().collect::<Vec<String>>()
        };
        assert_eq!(of("league", &[]), ["pgd"]);
        assert_eq!(of("league", &["sweep.pgd.attack='pgd(loss=bce/dice)'"]), [""; 0]);
        // Corruptions and replaced pixels know no loss; arms of one loss are attacked alike.
        assert_eq!(of("paper", &[]), [""; 0]);
        assert_eq!(of("feeds", &[]), [""; 0]);
    }
}
