//! `--set key=value`: changing one field of a study file.

/// Sets `a.b.c=value` in a table. A value that is no TOML counts as text.
///
/// # Errors
/// A line where the change is not of that form or the key runs through a value that is no table.
pub(super) fn set(table: &mut toml::Table, change: &str) -> Result<(), String> {
    let Some((key, value)) = change.split_once('=') else {
        return Err(format!("--set should be key=value, but is '{change}'"));
    };
    let value = match format!("value = {value}").parse::<toml::Table>() {
        Ok(mut parsed) => parsed.remove("value"),
        // No text begins so.
        Err(error) if value.trim_start().starts_with(['[', '{']) => {
            let fault = error.message().lines().next().unwrap_or_default();
            return Err(format!(
                "--set {change}: is no TOML ({fault}); texts in a list need quotes, as in --set 'losses=[\"dice\"]'"
            ));
        }
        Err(_) => None,
    }
    .unwrap_or_else(|| toml::Value::String(value.to_string()));
    let mut inner = table;
    // An earlier word for the sweeps.
    let renamed = key.strip_prefix("protocol.").map(|rest| format!("sweep.{rest}"));
    let key = renamed.as_deref().unwrap_or(key);
    let (parents, last) = key.rsplit_once('.').map_or((None, key), |(parents, last)| (Some(parents), last));
    for part in parents.into_iter().flat_map(|parents| parents.split('.')) {
        let entry = inner.entry(part.to_string()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        inner = match entry {
            toml::Value::Table(table) => table,
            _ => return Err(format!("--set {change}: '{part}' is no table")),
        };
    }
    inner.insert(last.to_string(), value);
    Ok(())
}
