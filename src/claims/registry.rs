//! The twenty claims, as built in from `claims/rajput/`.

use crate::claims::claim::Claim;

macro_rules! claims {
    ($($id:literal)*) => { &[$(($id, include_str!(concat!("../../claims/rajput/", $id, ".toml")))),*] };
}

/// Id and text of every claim, in order.
const TEXTS: &[(&str, &str)] = claims! {
    "C01" "C02" "C03" "C04" "C05" "C06" "C07" "C08" "C09" "C10"
    "C11" "C12" "C13" "C14" "C15" "C16" "C17" "C18" "C19" "C20"
};

/// Every claim, in order.
///
/// # Errors
/// A line that names the claim whose file is wrong.
pub fn claims() -> Result<Vec<Claim>, String> {
    TEXTS
        .iter()
        .map(|(id, text)| Claim::parse(text).map_err(|fault| format!("claim {id}: {fault}")))
        .collect()
}
