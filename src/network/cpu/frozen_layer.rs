//! A layer of a network in use, ready to run.

use crate::network::arrays::{Arrays, known};
use crate::network::cpu::group_norm::Groups;
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::normed::{Gradient, Normed, Pass};
use crate::network::cpu::packed::Packed;
use crate::network::layer::{Kind, Then};
use crate::network::plan::{Plan, Role};

/// A convolution and the group norm behind it.
pub struct FrozenLayer {
    packed: Packed,
    norm: Option<GroupNorm>,
}

/// A group norm whose weights no longer change.
struct GroupNorm {
    groups: Groups,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

impl FrozenLayer {
    /// Layer number `index` of `plan`, which `arrays` holds; none where it pools.
    pub fn new(plan: &Plan, index: usize, arrays: &Arrays) -> Option<Self> {
        let (packed, _) = Packed::new(plan, index, arrays)?;
        let norm = match &plan.layers()[index].kind {
            Kind::Convolution { then: Then::GroupNormRelu { norm, groups }, .. } => {
                let of = |role: Role| known(arrays, &role.of(norm)).values.clone();
                let (gamma, beta) = (of(Role::Gamma), of(Role::Beta));
                Some(GroupNorm { groups: Groups::new(*groups, gamma.len()), gamma, beta })
            }
            _ => None,
        };
        Some(Self { packed, norm })
    }

    /// The convolution.
    pub fn packed(&self) -> &Packed {
        &self.packed
    }

    /// What it gives; a group norm always has its ReLU behind it.
    pub fn forward(&self, read: &[&Maps], rectified: bool, buffers: &Buffers) -> Pass {
        match &self.norm {
            Some(GroupNorm { groups, gamma, beta }) => {
                groups.forward([gamma, beta], &self.packed, read, buffers)
            }
            None => Pass { active: self.packed.run(read, rectified, buffers), normed: None },
        }
    }

    /// Gradient of the convolution's sums from that of the layer's outcome, which a norm made of `normed`.
    pub fn before(&self, gradient: Gradient, normed: Option<&Normed>) -> Maps {
        match (&self.norm, normed) {
            (Some(norm), Some(normed)) => norm.groups.backward(&norm.gamma, gradient, normed).0,
            _ => gradient.maps,
        }
    }
}
