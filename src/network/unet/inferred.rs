//! Which U-Net arrays belong to, by their names and shapes.
//!
//! Group norm has the tensors of a batch norm that lost its running statistics. A file is therefore taken for one with
//! group norm only where its metadata say so.

use crate::network::arrays::Arrays;
use crate::network::plan::Role;
use crate::network::unet::config::UNetConfig;
use crate::network::unet::variation::{Head, Normalisation};
use crate::rules::one_of;

/// Key of a file's metadata that names the norm, as a study has it.
pub(super) const NORM: &str = "lossbench.norm";

/// The U-Net of `arrays`, whose file says that its norm is `said`, where it says so.
///
/// # Errors
/// A line that says what is no U-Net of ours about it.
pub(super) fn infer(arrays: &Arrays, said: Option<&str>) -> Result<UNetConfig, String> {
    let levels =
        (0..).take_while(|level| arrays.contains_key(&format!("encoder.{level}.conv1.weight"))).count();
    let shape = arrays.get("encoder.0.conv1.weight").map(|array| array.shape.as_slice());
    // Another number of axes is refused by name once the rest is known.
    let Some([base, rest @ ..]) = shape else {
        return Err("is no U-Net of ours: tensor 'encoder.0.conv1.weight' is missing".to_string());
    };
    let (norm, head) = (norm(arrays, said)?, head(arrays)?);
    let channels = rest.first().copied().unwrap_or(1);
    UNetConfig::new(levels, *base)
        .and_then(|config| config.with_channels(channels)?.with_norm(norm))
        .map(|config| config.with_head(head))
        .map_err(|fault| format!("is no usable U-Net: {fault}"))
}

fn norm(arrays: &Arrays, said: Option<&str>) -> Result<Normalisation, String> {
    let key = format!("its metadata {NORM}");
    let said = said.map(|said| one_of(&key, said, Normalisation::ALL, Normalisation::name)).transpose()?;
    let normed = arrays.keys().find(|name| name.contains(".norm"));
    let running = [Role::RunningMean.of(""), Role::RunningVariance.of("")];
    let tracked = arrays.keys().any(|name| running.iter().any(|ending| name.ends_with(ending.as_str())));
    let found = match (normed, said) {
        _ if tracked => Normalisation::Batch,
        (None, _) => Normalisation::None,
        (Some(_), Some(Normalisation::Group)) => Normalisation::Group,
        (Some(name), _) => {
            return Err(format!(
                "tensor '{name}' is of a norm without running statistics: give those of its batch norms, or say in \
                 its metadata {NORM} that it is group"
            ));
        }
    };
    match said.filter(|&said| said != found) {
        Some(said) => {
            let (said, found) = (said.name(), found.name());
            Err(format!(
                "{key} is {said}, but its tensors are those of norm {found}: take weights that were not changed"
            ))
        }
        None => Ok(found),
    }
}

fn head(arrays: &Arrays) -> Result<Head, String> {
    match arrays.get("head.weight").and_then(|array| array.shape.first()) {
        Some(2) => Ok(Head::Softmax),
        // A head that is missing is named with the other tensors.
        Some(1) | None => Ok(Head::Sigmoid),
        Some(outputs) => Err(format!(
            "tensor 'head.weight' should have 1 output (sigmoid) or 2 (softmax of background and foreground), but has \
             {outputs}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::unet::weights::Weights;

    fn arrays(norm: Normalisation) -> Result<Arrays, String> {
        Ok(Weights::random(&UNetConfig::new(1, 2)?.with_norm(norm)?, 0).arrays().clone())
    }

    #[test]
    fn norms_are_known_by_their_tensors_and_group_norm_by_its_word() -> Result<(), String> {
        let norm_of = |norm, said| Ok::<_, String>(infer(&arrays(norm)?, said)?.norm());
        assert_eq!(norm_of(Normalisation::Batch, None)?, Normalisation::Batch);
        assert_eq!(norm_of(Normalisation::None, None)?, Normalisation::None);
        for norm in Normalisation::ALL {
            assert_eq!(norm_of(norm, Some(norm.name()))?, norm);
            for other in Normalisation::ALL.into_iter().filter(|&other| other != norm) {
                let fault = norm_of(norm, Some(other.name())).unwrap_err();
                assert!(fault.contains("lossbench.norm"), "{fault}");
            }
        }
        let unknown = norm_of(Normalisation::Batch, Some("layer")).unwrap_err();
        assert_eq!(
            unknown,
            "its metadata lossbench.norm should be one of batch, group, none, but is 'layer'"
        );
        Ok(())
    }

    #[test]
    fn a_batch_norm_without_its_statistics_is_not_taken_for_a_group_norm() -> Result<(), String> {
        let mut stripped = arrays(Normalisation::Batch)?;
        stripped.retain(|name, _| !name.contains(".running_"));
        let fault = infer(&stripped, None).unwrap_err();
        assert!(fault.contains("'bottleneck.norm1.bias' is of a norm without running statistics"), "{fault}");
        // With some of them left it is a batch norm, and what is missing is named.
        let mut partly = arrays(Normalisation::Batch)?;
        partly.retain(|name, _| name != "encoder.0.norm1.running_var");
        let fault = Weights::from_arrays(&infer(&partly, None)?, partly).unwrap_err();
        assert_eq!(fault, "tensor 'encoder.0.norm1.running_var' is missing");
        Ok(())
    }

    #[test]
    fn heads_are_known_by_their_outputs() -> Result<(), String> {
        let mut three = arrays(Normalisation::Batch)?;
        assert_eq!(infer(&three, None)?.head(), Head::Sigmoid);
        let weight = three.get_mut("head.weight").ok_or("a head")?;
        weight.shape[0] = 2;
        assert_eq!(infer(&three, None)?.head(), Head::Softmax);
        three.get_mut("head.weight").ok_or("a head")?.shape[0] = 3;
        let fault = infer(&three, None).unwrap_err();
        assert!(fault.contains("'head.weight' should have 1 output (sigmoid) or 2"), "{fault}");
        Ok(())
    }
}
