//! Which group and which part each volume is in: by what a table gives, or by the study's own rule.

use super::given::Given;
use super::split::{Split, SplitConfig, split_groups, split_named};

/// The split by `split.test_volumes`, else the one that is given, else one that is drawn.
///
/// # Errors
/// A line that says which of them is wrong.
pub fn split_of(ids: &[&str], given: &Given, config: &SplitConfig) -> Result<Split, String> {
    if !config.test_volumes.is_empty() {
        return split_named(ids, &config.test_volumes);
    }
    if let Some(split) = given.split(ids)? {
        given.check_rule(ids, &config.group)?;
        return Ok(split);
    }
    split_groups(&groups_of(ids, given, config)?, config)
}

/// The group of each volume where parts may be given: as [`groups_of`], but the data's own groups stand above the study's rule,
/// and each volume is one by itself where that fits no id.
pub fn subjects_of(ids: &[&str], given: &Given, config: &SplitConfig) -> Vec<String> {
    let by_rule = || config.group.groups(ids.iter().copied()).ok();
    let alone = || ids.iter().map(ToString::to_string).collect();
    given.groups(ids).ok().flatten().or_else(by_rule).unwrap_or_else(alone)
}

/// The group of each volume, as the data's table has them, else by the study's rule.
///
/// # Errors
/// A line where both say it, or the rule fits no id.
pub fn groups_of(ids: &[&str], given: &Given, config: &SplitConfig) -> Result<Vec<String>, String> {
    match given.groups(ids)? {
        Some(_) if !config.group.is_volume() => Err(
            "split.group and the data's column group both say what belongs together: leave one of them out"
                .to_string(),
        ),
        Some(groups) => Ok(groups),
        None => config.group.groups(ids.iter().copied()),
    }
}
