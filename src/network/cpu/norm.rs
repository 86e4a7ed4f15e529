//! A norm in training, with its optimiser's state.

use crate::network::arrays::{Arrays, known};
use crate::network::cpu::adam::{Moments, Step};
use crate::network::cpu::batch_norm::{self, BatchNorm};
use crate::network::cpu::group_norm::Groups;
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::normed::{Gradient, Normed, Pass};
use crate::network::cpu::packed::Packed;
use crate::network::layer::Then;
use crate::network::plan::Role;

/// A norm.
pub struct Norm {
    name: String,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    moments: [Moments; 2],
    kind: Kind,
}

enum Kind {
    Batch(BatchNorm),
    Group(Groups),
}

impl Norm {
    /// The norm of what follows a convolution, which `arrays` holds; none where there is none.
    pub fn new(then: &Then, arrays: &Arrays) -> Option<Self> {
        let name = then.norm()?;
        let of = |role: Role| known(arrays, &role.of(name)).values.clone();
        let (gamma, beta) = (of(Role::Gamma), of(Role::Beta));
        let kind = match then {
            Then::GroupNormRelu { groups, .. } => Kind::Group(Groups::new(*groups, gamma.len())),
            _ => Kind::Batch(BatchNorm::new(name, arrays)),
        };
        Some(Self { name: name.to_string(), gamma, beta, moments: Default::default(), kind })
    }

    /// A convolution with this norm and a ReLU behind it; running statistics follow the batch.
    pub fn forward(&mut self, packed: &Packed, read: &[&Maps], buffers: &Buffers) -> Pass {
        let affine = [self.gamma.as_slice(), &self.beta];
        match &mut self.kind {
            Kind::Batch(norm) => norm.forward(affine, packed, read, buffers),
            Kind::Group(groups) => groups.forward(affine, packed, read, buffers),
        }
    }

    /// Gradient of the sums that were normalised, from that of the outcome, 0 where the ReLU cut off; moves
    /// gamma and beta.
    pub fn backward(&mut self, gradient: Gradient, normed: &Normed, adam: &Step) -> Maps {
        let (maps, [gamma, beta]) = match self.kind {
            Kind::Batch(_) => batch_norm::backward(&self.gamma, gradient, normed),
            Kind::Group(groups) => groups.backward(&self.gamma, gradient, normed),
        };
        let [gamma_moments, beta_moments] = &mut self.moments;
        adam.apply(&mut self.gamma, &gamma, gamma_moments);
        adam.apply(&mut self.beta, &beta, beta_moments);
        maps
    }

    /// Whether it takes away whatever is added to a channel as a whole, as a bias is: the bias then has no
    /// gradient.
    pub fn cancels_bias(&self) -> bool {
        match self.kind {
            Kind::Batch(_) => true,
            Kind::Group(groups) => groups.are_single(),
        }
    }

    /// Puts what the optimiser remembers of it into `memory`.
    pub fn store(&self, memory: &mut Arrays) {
        let [gamma, beta] = &self.moments;
        gamma.store(&Role::Gamma.of(&self.name), memory);
        beta.store(&Role::Beta.of(&self.name), memory);
    }

    /// Takes it back from `memory`.
    pub fn remember(&mut self, memory: &Arrays) {
        self.moments = [Role::Gamma, Role::Beta].map(|role| Moments::stored(&role.of(&self.name), memory));
    }

    /// Its arrays' values by name.
    pub fn values(&self) -> Vec<(String, Vec<f32>)> {
        let mut values = vec![(Role::Gamma, &self.gamma), (Role::Beta, &self.beta)];
        if let Kind::Batch(norm) = &self.kind {
            values.extend(norm.running());
        }
        values.into_iter().map(|(role, values)| (role.of(&self.name), values.clone())).collect()
    }
}
