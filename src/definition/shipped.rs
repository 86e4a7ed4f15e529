//! The studies that are built in.

/// Name and text of each.
pub const SHIPPED: &[(&str, &str)] = &[
    ("quick", include_str!("../../studies/quick.toml")),
    ("paper", include_str!("../../studies/paper.toml")),
    ("smoke", include_str!("../../studies/smoke.toml")),
    ("steady", include_str!("../../studies/steady.toml")),
    ("steady-epochs", include_str!("../../studies/steady-epochs.toml")),
    ("specification", include_str!("../../studies/specification.toml")),
    ("heart", include_str!("../../studies/heart.toml")),
    ("fetal-head", include_str!("../../studies/fetal-head.toml")),
    ("nuclei", include_str!("../../studies/nuclei.toml")),
    ("attacks", include_str!("../../studies/attacks.toml")),
    ("feeds", include_str!("../../studies/feeds.toml")),
    ("maps", include_str!("../../studies/maps.toml")),
    ("league", include_str!("../../studies/league.toml")),
];

/// The text of the study called `name`, where it is built in.
pub fn text(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
