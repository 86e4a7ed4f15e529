//! The U-Net's topology: on each level two times 3x3 convolution, norm and ReLU; 2x2 max pooling down, 2x2
//! transposed convolution up, skips by concatenation, a 1x1 head.

use crate::network::layer::{Then, Window};
use crate::network::plan::Plan;
use crate::network::unet::config::UNetConfig;
use crate::network::unet::variation::{Head, Normalisation};

impl UNetConfig {
    /// The layers of a U-Net of this size. `encoder.0` sees the images; `up.0` and `decoder.0` are the
    /// deepest.
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::of_images(self.channels());
        let width = |level: usize| self.base() << level;
        let (mut hidden, mut skips) = (0, Vec::with_capacity(self.levels()));
        for level in 0..self.levels() {
            let skip = self.block(&mut plan, &format!("encoder.{level}"), &[hidden], width(level));
            hidden = plan.pool(&format!("pool.{level}"), skip);
            skips.push(skip);
        }
        hidden = self.block(&mut plan, "bottleneck", &[hidden], width(self.levels()));
        for (step, (level, skip)) in skips.into_iter().enumerate().rev().enumerate() {
            let raised = plan.up(&format!("up.{step}"), hidden, width(level));
            hidden = self.block(&mut plan, &format!("decoder.{step}"), &[skip, raised], width(level));
        }
        let then = match self.head() {
            Head::Sigmoid => Then::Nothing,
            Head::Softmax => Then::Difference,
        };
        plan.convolution("head", &[hidden], 1, Window::One, then);
        plan
    }

    /// Two times 3x3 convolution, norm and ReLU.
    fn block(&self, plan: &mut Plan, name: &str, reads: &[usize], channels: usize) -> usize {
        let mut convolution = |part: usize, reads: &[usize]| {
            let then = self.then(format!("{name}.norm{part}"), channels);
            plan.convolution(&format!("{name}.conv{part}"), reads, channels, Window::Three, then)
        };
        let inner = convolution(1, reads);
        convolution(2, &[inner])
    }

    /// What follows a 3x3 convolution to `channels` channels: the norm, called `norm`, and a ReLU.
    fn then(&self, norm: String, channels: usize) -> Then {
        match self.norm() {
            Normalisation::Batch => Then::BatchNormRelu { norm },
            Normalisation::None => Then::Relu,
            Normalisation::Group => match Normalisation::groups(channels) {
                Some(groups) => Then::GroupNormRelu { norm, groups },
                None => unreachable!("groups divide every level's channels"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_network_has_the_designs_parameter_count() {
        // 1,943,761 learned values and 2,944 running statistics.
        let parameters = UNetConfig::default().plan().parameters();
        let count: usize = parameters.iter().map(|parameter| parameter.shape.iter().product::<usize>()).sum();
        assert_eq!(count, 1_946_705);
    }

    #[test]
    fn norms_and_heads_change_the_norms_and_the_head_alone() -> Result<(), String> {
        let plain = UNetConfig::default();
        let names = |config: UNetConfig| -> Vec<(String, Vec<usize>)> {
            config.plan().parameters().into_iter().map(|one| (one.name, one.shape)).collect()
        };
        let without = |part: &str| -> Vec<_> {
            names(plain).into_iter().filter(|(name, _)| !name.contains(part)).collect()
        };
        assert_eq!(names(plain.with_norm(Normalisation::Group)?), without(".running_"));
        assert_eq!(names(plain.with_norm(Normalisation::None)?), without(".norm"));
        let head: Vec<_> = names(plain.with_head(Head::Softmax)).split_off(without("head").len());
        let head: Vec<_> = head.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())).collect();
        assert_eq!(head, [("head.weight", [2, 16, 1, 1].as_slice()), ("head.bias", &[2])]);
        Ok(())
    }

    #[test]
    fn the_smallest_network_is_drawn_layer_by_layer() -> Result<(), String> {
        let plan = UNetConfig::new(1, 3)?.with_channels(4)?.plan();
        let layers: Vec<_> = plan
            .layers()
            .iter()
            .enumerate()
            .map(|(index, layer)| (layer.name.as_str(), layer.reads.as_slice(), plan.channels(index + 1)))
            .collect();
        let expected: [(&str, &[usize], usize); 9] = [
            ("encoder.0.conv1", &[0], 3),
            ("encoder.0.conv2", &[1], 3),
            ("pool.0", &[2], 3),
            ("bottleneck.conv1", &[3], 6),
            ("bottleneck.conv2", &[4], 6),
            ("up.0", &[5], 3),
            ("decoder.0.conv1", &[2, 6], 3),
            ("decoder.0.conv2", &[7], 3),
            ("head", &[8], 1),
        ];
        assert_eq!(layers, expected);
        assert_eq!((plan.channels(0), plan.multiple(), plan.inputs(6)), (4, 2, 6));
        Ok(())
    }
}
