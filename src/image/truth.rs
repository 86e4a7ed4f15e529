//! What the values of a label file mean.

/// What a voxel's label makes of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// Not foreground.
    Background,
    /// What the network is to find.
    Foreground,
    /// Not known: neither attacked nor scored.
    Ignored,
}

/// Which label values are foreground and which are to be ignored; every other value is background.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Labels {
    /// Values that are foreground; none where every value above 0 is that is not to be ignored.
    pub foreground: Option<Vec<u8>>,
    /// Values to ignore.
    pub ignore: Vec<u8>,
}

impl Labels {
    /// The class of voxels labelled `value`.
    pub fn class(&self, value: u8) -> Class {
        let foreground = self.foreground.as_ref().map_or(value > 0, |values| values.contains(&value));
        match (self.ignore.contains(&value), foreground) {
            (true, _) => Class::Ignored,
            (false, true) => Class::Foreground,
            (false, false) => Class::Background,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::{Background, Foreground, Ignored};
    use rstest::rstest;

    #[rstest]
    #[case(None, &[], [Background, Foreground, Foreground, Foreground])]
    #[case(None, &[255], [Background, Foreground, Foreground, Ignored])]
    #[case(Some(vec![2]), &[], [Background, Background, Foreground, Background])]
    #[case(Some(vec![2]), &[1, 0], [Ignored, Ignored, Foreground, Background])]
    fn labels_0_1_2_and_255(
        #[case] foreground: Option<Vec<u8>>,
        #[case] ignore: &[u8],
        #[case] expected: [Class; 4],
    ) {
        let labels = Labels { foreground, ignore: ignore.to_vec() };
        assert_eq!([0, 1, 2, 255].map(|value| labels.class(value)), expected);
    }
}
