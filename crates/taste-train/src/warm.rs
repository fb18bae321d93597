//! Starting where the model before ended.
//!
//! The file has the crowd as it was found: weights, offsets, the likelihood's numbers. Its features are turned so that the
//! population's taste is N(0, I) and stretched by how far that is trusted; undone is only the stretch, since steps find no
//! coordinates better than others. What each person's taste is the file does not say: it is found from their votes, by the
//! posterior that their own device has.
//!
//! Where a feature says next to nothing yet, because nobody differed in it, it starts at random as it would from nothing: at
//! zero it would stay, being worth nothing without tastes, as they are without it.

use taste_model::{Prior, Taste, TasteModel};

use crate::{
    dataset::{Dataset, EmbeddedCandidates, Opinion},
    error::TrainError,
    layout::{Layout, Parameter},
    population::{Scores, by_person},
    standardise::Standard,
    step::{LEAST_TIE, TIE_SHIFT},
    train::{Metrics, THRESHOLD_VARIANCE, TrainConfig},
};

/// How many times fewer steps are enough.
pub(crate) const FEWER: usize = 4;

/// Whether steps of this training can start from that model: its numbers mean the same.
pub(crate) fn fits(parent: &TasteModel, dataset: &Dataset, config: &TrainConfig) -> bool {
    let head = parent.head();
    let standard = Standard::of(&dataset.candidates);
    let hidden = head.hidden.as_ref().map(|hidden| hidden.bias.len());
    parent.encoder() == dataset.candidates.encoder()
        && parent.features() == config.rank
        && carried(parent).is_some()
        && hidden == config.hidden
        && head.hidden.as_ref().is_none_or(|hidden| !hidden.beside)
        && head.mean == standard.mean
        && head.inv_std == standard.inv_std
}

/// How much of what content says of features the model lets hold for candidates without votes; its weights are short by that. None
/// where its features are not content's alone for another reason.
fn carried(parent: &TasteModel) -> Option<f64> {
    match serde_json::from_str::<Metrics>(&parent.provenance().metrics) {
        // Trained like this one, so what it knows of ratings is only what is not carried.
        Ok(metrics) => Some(metrics.carried),
        Err(_) => parent.rating().is_none().then_some(1.0),
    }
}

/// The parameters that the model stands for, with the tastes of the persons of these opinions, who are numbered without gaps.
/// `cold` is where features and tastes start from nothing.
pub(crate) fn start(
    parent: &TasteModel,
    layout: &Layout,
    candidates: &EmbeddedCandidates,
    opinions: &[Opinion],
    cold: &[f32],
) -> Result<Vec<f32>, TrainError> {
    let (head, likelihood) = (parent.head(), parent.likelihood());
    let rank = layout.shape.rank;
    let scale = serde_json::from_str::<Metrics>(&parent.provenance().metrics)
        .map_or(1.0, |metrics| metrics.personal_scale)
        .max(1e-3);
    let stretch = (1.0 / libm::sqrt(scale)) as f32;
    // Where nothing is carried there are no weights to undo it in: features then start from nothing.
    let share = carried(parent).filter(|share| *share > 0.0).unwrap_or(1.0) as f32;
    let mut start = vec![0.0; layout.len()];
    let mut set = |parameter, values: &[f32]| start[layout.range(parameter)].copy_from_slice(values);
    if let Some(hidden) = &head.hidden {
        set(Parameter::HiddenWeights, &hidden.weights);
        set(Parameter::HiddenBias, &hidden.bias);
    }
    set(Parameter::Utility, &head.utility_weights);
    let features: Vec<f32> = head.feature_weights.iter().map(|weight| weight * stretch / share).collect();
    set(Parameter::Features, &features);
    let offsets: Vec<f32> = candidates.ids().iter().map(|id| parent.offset(id).unwrap_or(0.0)).collect();
    set(Parameter::Offset, &offsets);
    // τ = least + softplus(ρ + shift), the other way round.
    let above = (likelihood.tie - f64::from(LEAST_TIE)).max(1e-6);
    let rho = libm::log(libm::expm1(above)) - f64::from(TIE_SHIFT);
    set(Parameter::Tie, &[rho as f32]);
    set(Parameter::Position, &[likelihood.position as f32]);
    let threshold = parent.prior().threshold_mean();
    set(Parameter::MeanThreshold, &[threshold as f32]);

    let mut scores = Scores::of(parent, candidates)?;
    scores.features.iter_mut().for_each(|feature| *feature *= stretch);
    let prior = Prior::isotropic(rank, 1.0, THRESHOLD_VARIANCE, threshold)?;
    let (tastes, thresholds) = (layout.range(Parameter::Taste), layout.range(Parameter::Threshold));
    for (person, said) in by_person(opinions) {
        let mut taste = Taste::crowd(&prior);
        for opinion in &said {
            taste.update(likelihood, &scores.observation(opinion)?)?;
        }
        let mean = taste.mean();
        for (at, value) in mean[..rank].iter().enumerate() {
            start[tastes.start + person * rank + at] = *value as f32;
        }
        start[thresholds.start + person] = (mean[rank] - threshold) as f32;
    }
    let features = layout.range(Parameter::Features);
    let length = |of: &[f32], column: usize| -> f64 {
        features.clone().skip(column).step_by(rank).map(|at| f64::from(of[at]).powi(2)).sum()
    };
    for column in
        (0..rank).filter(|&column| length(&start, column) < length(cold, column)).collect::<Vec<_>>()
    {
        for range in [features.clone(), tastes.clone()] {
            range.skip(column).step_by(rank).for_each(|at| start[at] = cold[at]);
        }
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Silent, train,
        train::tests::{loss, world},
    };

    fn first(dataset: &Dataset, share: f64) -> Dataset {
        let count = (dataset.opinions.len() as f64 * share) as usize;
        Dataset { opinions: dataset.opinions[..count].to_vec(), ..dataset.clone() }
    }

    #[test]
    fn from_the_model_of_half_the_votes_a_quarter_of_the_steps_leads_as_far() {
        if !crate::train::tests::has_runtime() {
            return;
        }
        let whole = world(12, 60, 1.5, 7);
        let config = TrainConfig { rank: 4, ..TrainConfig::default() };
        let parent = train(&first(&whole, 0.5), &config, &mut Silent).unwrap().model;
        let few = TrainConfig { steps: config.steps / FEWER, ..config.clone() };
        let warm = TrainConfig { warm_steps: Some(few.steps), ..config.clone() };
        let [from_nothing, fewer, from_parent] =
            [loss(&whole, &config, None), loss(&whole, &few, None), loss(&whole, &warm, Some(&parent))];
        assert!(
            from_parent < from_nothing + 0.002,
            "{from_parent} from the parent, {from_nothing} from nothing"
        );
        assert!(fewer > from_nothing + 0.002, "as few steps from nothing: {fewer} of {from_nothing}");
    }

    #[test]
    fn a_taste_that_nobody_had_before_is_found_all_the_same() {
        if !crate::train::tests::has_runtime() {
            return;
        }
        let config = TrainConfig { rank: 3, ..TrainConfig::default() };
        let alike = world(12, 60, 0.0, 7);
        let parent = train(&alike, &config, &mut Silent).unwrap().model;
        let whole = world(12, 60, 2.0, 7);
        let warm = TrainConfig { warm_steps: Some(config.steps / FEWER), ..config.clone() };
        let [from_nothing, from_parent] = [loss(&whole, &config, None), loss(&whole, &warm, Some(&parent))];
        assert!(
            from_parent < from_nothing + 0.01,
            "{from_parent} from the parent, {from_nothing} from nothing"
        );
    }

    #[test]
    fn only_a_model_whose_numbers_mean_the_same_is_a_start() {
        if !crate::train::tests::has_runtime() {
            return;
        }
        let dataset = world(6, 20, 1.0, 3);
        let config = TrainConfig { rank: 2, steps: 40, ..TrainConfig::default() };
        let parent = train(&dataset, &config, &mut Silent).unwrap();
        assert!(fits(&parent.model, &dataset, &config));
        for other in
            [TrainConfig { rank: 3, ..config.clone() }, TrainConfig { hidden: Some(4), ..config.clone() }]
        {
            assert!(!fits(&parent.model, &dataset, &other));
        }
        let elsewhere = world(6, 20, 1.0, 4);
        assert!(!fits(&parent.model, &elsewhere, &config), "other content");
        // Then, or where the file is none, it is a training from nothing that names what came before it.
        for file in [&parent.onnx[..], b"no model"] {
            let trained = crate::train_from(file, &elsewhere, &config, &mut Silent).unwrap();
            assert_eq!(trained.metrics.settings.warm_steps, None);
            assert!(trained.model.provenance().parent.is_some());
        }
        let next = crate::train_from(&parent.onnx, &dataset, &config, &mut Silent).unwrap();
        assert_eq!(next.metrics.settings.warm_steps, Some(10));
        assert_eq!(next.model.provenance().parent, Some(parent.digest));
    }
}
