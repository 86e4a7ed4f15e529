//! The topology of a network, written once: which layers there are, in the order in which they run, and
//! what each reads. Names and shapes of weights, initial weights, the folding of batch norm, what the
//! kernels and burn run and how many operations that takes all follow from it.
//!
//! Maps are numbered: 0 is the images, map `i + 1` what layer `i` gives. A layer that reads several maps
//! reads their channels one after the other, as if they were concatenated.

use crate::network::layer::{Kind, Layer, Then, Window};

/// Added to a variance before its root is taken in batch norm and group norm, as in burn and PyTorch.
pub const EPSILON: f32 = 1e-5;

/// A batch's share in the running statistics of batch norm, as in burn and PyTorch.
pub const MOMENTUM: f32 = 0.1;

/// A network's layers. The last one's map, of one channel, is the logits.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    channels: Vec<usize>,
    halvings: Vec<usize>,
    layers: Vec<Layer>,
}

/// An array that a network consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name, as [`Role::of`] makes it.
    pub name: String,
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// What it is for.
    pub role: Role,
}

/// What an array of a network is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Weights of a convolution, `[output, input, height, width]`, or of a transposed one,
    /// `[input, output, height, width]`.
    Weight,
    /// What a convolution's sums start from.
    Bias,
    /// Factors of a norm.
    Gamma,
    /// Summands of a norm.
    Beta,
    /// A batch norm's means in use.
    RunningMean,
    /// A batch norm's variances in use.
    RunningVariance,
}

impl Role {
    /// Name of the array in this role of the layer or norm called `name`, as PyTorch has it.
    pub fn of(self, name: &str) -> String {
        let part = match self {
            Self::Weight | Self::Gamma => "weight",
            Self::Bias | Self::Beta => "bias",
            Self::RunningMean => "running_mean",
            Self::RunningVariance => "running_var",
        };
        format!("{name}.{part}")
    }
}

impl Plan {
    /// A plan without layers, for images of so many channels, which are map 0.
    pub fn of_images(channels: usize) -> Self {
        Self { channels: vec![channels], halvings: vec![0], layers: Vec::new() }
    }

    /// Adds a convolution to `outputs` channels, to twice as many where [`Then::Difference`] leaves `outputs`. The
    /// maps that it reads are of one size. Gives the new map, as every such method.
    pub fn convolution(
        &mut self,
        name: &str,
        reads: &[usize],
        outputs: usize,
        window: Window,
        then: Then,
    ) -> usize {
        let halvings = self.halvings[reads[0]];
        debug_assert!(
            reads.iter().all(|&map| self.halvings[map] == halvings),
            "{name} reads maps of one size"
        );
        self.add(name, Kind::Convolution { window, then }, reads, outputs, halvings)
    }

    /// Adds a 2x2 max pooling.
    pub fn pool(&mut self, name: &str, read: usize) -> usize {
        self.add(name, Kind::Pool, &[read], self.channels[read], self.halvings[read] + 1)
    }

    /// Adds a 2x2 transposed convolution of stride 2 to `outputs` channels, of a map that lies below a
    /// pooling.
    pub fn up(&mut self, name: &str, read: usize, outputs: usize) -> usize {
        self.add(name, Kind::Up, &[read], outputs, self.halvings[read] - 1)
    }

    fn add(&mut self, name: &str, kind: Kind, reads: &[usize], outputs: usize, halvings: usize) -> usize {
        self.layers.push(Layer { name: name.to_string(), kind, reads: reads.to_vec() });
        self.channels.push(outputs);
        self.halvings.push(halvings);
        self.layers.len()
    }

    /// The layers, in the order in which they run.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Channels of a map.
    pub fn channels(&self, map: usize) -> usize {
        self.channels[map]
    }

    /// Channels of what a layer reads, taken together.
    pub fn inputs(&self, layer: usize) -> usize {
        self.layers[layer].reads.iter().map(|&map| self.channels[map]).sum()
    }

    /// Height and width of images must be multiples of this.
    pub fn multiple(&self) -> usize {
        1 << self.halvings.iter().max().copied().unwrap_or(0)
    }

    /// Whether a map is the outcome of a ReLU.
    pub fn is_rectified(&self, map: usize) -> bool {
        let maker = map.checked_sub(1).map(|layer| &self.layers[layer].kind);
        matches!(maker, Some(Kind::Convolution { then, .. }) if then.is_rectified())
    }

    /// Name of the first layer that differences from a reference do not pass as slopes do: a norm that depends on
    /// the image is no sum of its inputs. None where there is none.
    pub fn not_rescaled(&self) -> Option<String> {
        let grouped = |layer: &&Layer| {
            matches!(&layer.kind, Kind::Convolution { then: Then::GroupNormRelu { .. }, .. })
        };
        self.layers.iter().find(grouped).map(|layer| layer.name.clone())
    }

    /// Whether no layer after `layer` reads `map`.
    pub fn is_done_with(&self, layer: usize, map: usize) -> bool {
        self.layers[layer + 1..].iter().all(|layer| !layer.reads.contains(&map))
    }

    /// Whether the gradient of the map that `layer` reads as number `read` is complete with this layer's
    /// part, where layers, and what each reads, are gone through from the last to the first.
    pub fn completes(&self, layer: usize, read: usize) -> bool {
        let reads = &self.layers[layer].reads;
        !reads[..read].contains(&reads[read])
            && self.layers[..layer].iter().all(|layer| !layer.reads.contains(&reads[read]))
    }

    /// The same network in use: each batch norm and each difference part of the convolution before it. A group
    /// norm, which depends on the image, stays.
    pub fn folded(&self) -> Self {
        let mut plan = self.clone();
        for layer in &mut plan.layers {
            if let Kind::Convolution { then, .. } = &mut layer.kind {
                match then {
                    Then::BatchNormRelu { .. } => *then = Then::Relu,
                    Then::Difference => *then = Then::Nothing,
                    Then::Nothing | Then::Relu | Then::GroupNormRelu { .. } => {}
                }
            }
        }
        plan
    }

    /// Every array of the network, a bias right after its weight. Initial weights are drawn in this order,
    /// which recorded seeds rest upon: first the convolutions with a ReLU, then the transposed ones, then those
    /// without, each kind in the order in which they run. So networks that differ in their norms start alike.
    pub fn parameters(&self) -> Vec<Parameter> {
        let rank = |layer: &Layer| match &layer.kind {
            Kind::Convolution { then, .. } if then.is_rectified() => 0,
            Kind::Up => 1,
            _ => 2,
        };
        let mut order: Vec<usize> = (0..self.layers.len()).collect();
        order.sort_by_key(|&layer| rank(&self.layers[layer]));
        order.into_iter().flat_map(|layer| self.parameters_of(layer)).collect()
    }

    /// Names of the layers that have weights, in the order in which they run.
    pub fn weighted(&self) -> impl Iterator<Item = &str> {
        let weighted = self.layers.iter().filter(|layer| layer.kind != Kind::Pool);
        weighted.map(|layer| layer.name.as_str())
    }

    /// Every array of the layer called `name`, its norm's too, a bias right after its weight; empty where there is none.
    pub fn parameters_named(&self, name: &str) -> Vec<Parameter> {
        let index = self.layers.iter().position(|layer| layer.name == name);
        index.map(|index| self.parameters_of(index)).unwrap_or_default()
    }

    fn parameters_of(&self, index: usize) -> Vec<Parameter> {
        let (inputs, mut outputs) = (self.inputs(index), self.channels[index + 1]);
        let layer = &self.layers[index];
        let (mut norm, mut of_norm) = (None, [Role::Gamma, Role::Beta].to_vec());
        let weight = match &layer.kind {
            Kind::Pool => return Vec::new(),
            Kind::Up => vec![inputs, outputs, 2, 2],
            Kind::Convolution { window, then } => {
                match then {
                    Then::BatchNormRelu { .. } => of_norm.extend([Role::RunningMean, Role::RunningVariance]),
                    Then::Difference => outputs *= 2,
                    Then::Nothing | Then::Relu | Then::GroupNormRelu { .. } => {}
                }
                norm = then.norm();
                vec![outputs, inputs, window.side(), window.side()]
            }
        };
        let name = layer.name.as_str();
        let mut parameters = vec![(name, weight, Role::Weight), (name, vec![outputs], Role::Bias)];
        if let Some(norm) = norm {
            parameters.extend(of_norm.iter().map(|&role| (norm, vec![outputs], role)));
        }
        let parameter = |(name, shape, role): (&str, _, Role)| Parameter { name: role.of(name), shape, role };
        parameters.into_iter().map(parameter).collect()
    }

    /// Multiplications and additions of one forward pass of one slice in the convolutions.
    pub fn operations(&self, [height, width]: [usize; 2]) -> f64 {
        let of_layer = |layer: usize| {
            let weights: usize = self
                .parameters_of(layer)
                .iter()
                .filter(|parameter| parameter.role == Role::Weight)
                .map(|parameter| parameter.shape.iter().product::<usize>())
                .sum();
            // Every weight acts once at each position of what the layer reads.
            let halvings = self.halvings[self.layers[layer].reads[0]];
            (2 * (height >> halvings) * (width >> halvings) * weights) as f64
        };
        (0..self.layers.len()).map(of_layer).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images of 2 channels through a 3x3 convolution, down, up, and a 1x1 convolution of both.
    fn plan() -> Plan {
        let mut plan = Plan::of_images(2);
        let first =
            plan.convolution("first", &[0], 3, Window::Three, Then::BatchNormRelu { norm: "norm".into() });
        let below = plan.pool("pool", first);
        let raised = plan.up("up", below, 4);
        plan.convolution("last", &[first, raised], 1, Window::One, Then::Nothing);
        plan
    }

    #[test]
    fn parameters_have_names_shapes_and_an_order() {
        let parameters = plan().parameters();
        let found: Vec<_> =
            parameters.iter().map(|p| (p.name.as_str(), p.shape.as_slice(), p.role)).collect();
        let expected: [(&str, &[usize], Role); 10] = [
            ("first.weight", &[3, 2, 3, 3], Role::Weight),
            ("first.bias", &[3], Role::Bias),
            ("norm.weight", &[3], Role::Gamma),
            ("norm.bias", &[3], Role::Beta),
            ("norm.running_mean", &[3], Role::RunningMean),
            ("norm.running_var", &[3], Role::RunningVariance),
            ("up.weight", &[3, 4, 2, 2], Role::Weight),
            ("up.bias", &[4], Role::Bias),
            ("last.weight", &[1, 7, 1, 1], Role::Weight),
            ("last.bias", &[1], Role::Bias),
        ];
        assert_eq!(found, expected);
        assert_eq!(plan().folded().parameters().len(), 6);
    }

    #[test]
    fn a_group_norm_has_no_running_statistics_and_stays_while_a_difference_is_folded() {
        let mut plan = Plan::of_images(1);
        let normed = Then::GroupNormRelu { norm: "norm".into(), groups: 2 };
        let first = plan.convolution("first", &[0], 4, Window::Three, normed);
        plan.convolution("head", &[first], 1, Window::One, Then::Difference);
        let shapes = |plan: &Plan| -> Vec<(String, Vec<usize>)> {
            plan.parameters().into_iter().map(|parameter| (parameter.name, parameter.shape)).collect()
        };
        let mut expected: Vec<(String, Vec<usize>)> = [
            ("first.weight", vec![4, 1, 3, 3]),
            ("first.bias", vec![4]),
            ("norm.weight", vec![4]),
            ("norm.bias", vec![4]),
            ("head.weight", vec![2, 4, 1, 1]),
            ("head.bias", vec![2]),
        ]
        .map(|(name, shape)| (name.to_string(), shape))
        .into();
        assert_eq!(shapes(&plan), expected);
        expected[4].1[0] = 1;
        expected[5].1[0] = 1;
        assert_eq!(shapes(&plan.folded()), expected);
        assert_eq!([0, 1, 2].map(|map| plan.is_rectified(map)), [false, true, false]);
        assert_eq!((plan.channels(2), plan.folded().is_rectified(1)), (1, true));
    }

    #[test]
    fn maps_are_read_and_done_with_where_the_plan_says() {
        let plan = plan();
        assert_eq!(plan.multiple(), 2);
        // The convolution's map is read by the pooling (layer 1) and the last layer (3).
        assert!(!plan.is_done_with(1, 1) && plan.is_done_with(3, 1) && plan.is_done_with(2, 2));
        assert!(!plan.completes(3, 0) && plan.completes(1, 0) && plan.completes(3, 1));
        assert_eq!([0, 1, 2, 3, 4].map(|map| plan.is_rectified(map)), [false, true, false, false, false]);
    }

    #[test]
    fn operations_are_counted_by_hand() {
        // 4 x 6 pixels: 54 weights at 24 positions, 48 at 6, 7 at 24.
        assert_eq!(plan().operations([4, 6]), 2.0 * (54.0 * 24.0 + 48.0 * 6.0 + 7.0 * 24.0));
    }
}
