//! Attacks: ways of changing a slice so that the network errs. Each is a file of one of the folders here and
//! a line in its list; [`harness`], never the attack, sees to it that the [`budget`] holds.

pub mod ball;
pub mod budget;
pub mod configured;
pub mod corruption;
pub mod dense;
pub mod harness;
pub mod ranked;
pub mod replacement;
pub mod sparse;
pub mod trial;
pub mod victim;

use crate::rules::additions::Additions;
use crate::saliency::method::METHODS;
use budget::{Budget, BudgetError};
use configured::Configured;
use ranked::Ranked;
use std::fmt;
use trial::Trial;
use victim::{Queries, Victim};

/// What an attack knows of the network that it attacks, each including those before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Knows {
    /// Nothing.
    Nothing,
    /// A saliency map, so that another network's map changes it.
    Map,
    /// The network's answers.
    Logits,
    /// The gradient of whatever it derives from them.
    Gradients,
}

/// A trial and what is to be made of it: an image per budget.
pub struct Wanted<'a> {
    /// The slice, with what an attack may look at.
    pub trial: Trial<'a>,
    /// What may be spent for each image.
    pub budgets: Vec<Budget>,
}

/// A way of changing slices.
pub trait Attack: Send + Sync {
    /// Name in study files and records.
    fn name(&self) -> &str;

    /// Name in tables and figures.
    fn title(&self) -> &str;

    /// What it knows of the network.
    fn knows(&self) -> Knows;

    /// Whether it draws random numbers, so that trials differ.
    fn draws(&self) -> bool;

    /// The order in which it takes pixels, where it is one that spends a budget by an order.
    fn ranked(&self) -> Option<&Ranked> {
        None
    }

    /// Whether a saliency map decides what it does, so that another network's map changes it.
    fn reads_map(&self) -> bool {
        self.knows() == Knows::Map
    }

    /// Whether it leads to another slice's mask, which the victim must then know.
    fn needs_other_slices(&self) -> bool {
        false
    }

    /// The passes through the network that an image costs which may change, whatever its budget.
    fn queries(&self) -> Queries {
        Queries::default()
    }

    /// The passes that an image of `budget` costs, of whose slice `area` pixels may change; exactly these are made. None
    /// where nothing may change.
    fn queries_of(&self, budget: &Budget, _area: usize) -> Queries {
        if budget.is_nothing() { Queries::default() } else { self.queries() }
    }

    /// Appends the changed images of a batch to `images`: for each trial in turn one per budget of it, laid out
    /// as its slice's image. `victim` is the network under attack. [`harness::perturbed`] checks what comes out.
    ///
    /// # Errors
    /// [`BudgetError`] where a slice cannot hold a budget, the attack cannot spend it, or the network's numbers are not
    /// finite.
    fn perturb(&self, batch: &[Wanted], victim: &Victim, images: &mut Vec<f32>) -> Result<(), BudgetError>;
}

/// By its name: what it does has none.
impl fmt::Debug for dyn Attack {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Attack({})", self.name())
    }
}

/// Attacks of a program that uses this library.
static ADDED: Additions<dyn Attack> = Additions::new();

/// Every attack of this crate that replaces pixels, the default first.
fn listed() -> impl Iterator<Item = &'static dyn Attack> {
    ranked::RANKED.iter().map(|&ranked| ranked as &dyn Attack)
}

/// Adds an attack that replaces pixels for this process: from now on studies may name it.
///
/// # Errors
/// A line where its name is taken or no name.
pub fn add(attack: &'static dyn Attack) -> Result<(), String> {
    ADDED.add(attack, listed(), |attack| attack.name())
}

/// Every attack that replaces pixels, the default first, those that were [added](add) last.
pub fn attacks() -> impl Iterator<Item = &'static dyn Attack> {
    listed().chain(ADDED.all())
}

/// The attack that replaces pixels called `name`.
pub fn find(name: &str) -> Option<&'static dyn Attack> {
    attacks().find(|attack| attack.name() == name)
}

/// Stands between the name of an attack and the method whose maps it reads.
const BY: &str = " by ";

/// Name of an attack that reads the maps of `method`, as in `signed by occlusion`: the attack's own where that is the
/// default or none.
pub fn by(attack: &str, method: &str) -> String {
    let plain = method.is_empty() || method == METHODS[0].name;
    if plain { attack.to_string() } else { format!("{attack}{BY}{method}") }
}

/// Name of an attack for tables and figures; the name itself where it is unknown. `name` may be that of [`by`].
pub fn title(name: &str) -> String {
    let (attack, method) = name.split_once(BY).unwrap_or((name, ""));
    let title = match find(attack) {
        Some(attack) => attack.title().to_string(),
        None => Configured::parse(attack)
            .map_or_else(|_| attack.to_string(), |one| one.attack().title().to_string()),
    };
    if method.is_empty() { title } else { format!("{title} (map: {method})") }
}
