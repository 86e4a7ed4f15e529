//! Statistics on plain numbers: how sure a measured difference is, given few seeds and the same test
//! volumes for each. Knows nothing of networks or losses.
//!
//! Seeds and volumes are crossed: every seed is scored on every volume. [`jackknife`] leaves each
//! seed and each volume out in turn, [`estimate`] turns the result into intervals and p-values,
//! [`holm`] corrects them for the number of claims, [`rank`] correlates, [`within`] correlates within groups, [`nemenyi`] says how
//! far mean ranks have to lie apart.

pub mod estimate;
pub mod holm;
pub mod jackknife;
pub mod nemenyi;
pub mod rank;
pub mod within;
