//! AdParaphrase: which of two ad texts do most judges find more attractive? Test texts share nothing with training texts.
//!
//! Utility is linear in 40 surface statistics (`text@1`'s own) and in the presence of character n-grams, fitted as logistic
//! regression of the pairs' differences ([`fit_choices`]); beside it, in what a page has without a vocabulary: all numbers of `text@1`.
//! Prior precision and temperature are chosen on validation groups of each split. What is fitted becomes a taste model's ONNX
//! file, whose crowd predicts.

use std::{collections::BTreeMap, path::Path};

use taste_model::{Head, Likelihood, Prior, Provenance, Scored, Taste, TasteModel, sigmoid};
use taste_population::{Random, SparseRows, fit_choices};

use crate::{
    data::{
        adparaphrase::{AdTexts, Pair, read},
        jester::surface_statistics,
    },
    embedder::{Embedded, Embedder},
    error::EvaluateError,
    ngrams::Vocabulary,
    report::{Report, Row},
    tally::{RESAMPLES, Tally},
    watch::Watch,
};

/// The longest n-grams.
const LONGEST: usize = 4;
/// In how many training pairs an n-gram must tell the texts apart.
const LEAST: u32 = 2;
/// The most n-grams: what is left of the largest embedding.
const MOST: usize = taste_core::MAX_DIMENSION - 40;
/// Prior precisions of n-grams that are tried on validation groups.
const PRECISIONS: [f64; 3] = [6.0, 12.0, 24.0];
/// The same of `text@1`'s buckets. Tens of n-grams share one, so its weight is to be trusted less.
const BUCKET_PRECISIONS: [f64; 4] = [16.0, 32.0, 64.0, 128.0];
/// That of the standardised surface statistics.
const SURFACE_PRECISION: f64 = 4.0;
/// Share of pairs held out, and of the rest kept for validation.
const HELD_OUT: f64 = 0.2;
const VALIDATION: f64 = 0.1;
const TEMPERATURES: [f64; 9] = [0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.7, 2.0];

/// Runs the protocol.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`], [`EvaluateError::TooFew`], [`EvaluateError::Cancelled`].
pub fn run(
    folder: &Path,
    embedder: &Embedder,
    seeds: &[u64],
    watch: &mut dyn Watch,
) -> Result<Report, EvaluateError> {
    let data = read(folder)?;
    if data.groups < 10 {
        return Err(EvaluateError::TooFew { what: "groups of ad texts", found: data.groups, needed: 10 });
    }
    let texts: Vec<&str> = data.texts.iter().map(String::as_str).collect();
    let text = embedder.texts("text@1", &texts)?;
    let surface = text.measurements(surface_statistics());
    let text = text.measurements(text.dimension);
    let mut splits: Vec<Vec<(&'static str, Tally)>> = vec![];
    let mut chosen: [Vec<String>; 2] = [vec![], vec![]];
    for &seed in seeds {
        if watch.cancelled() {
            return Err(EvaluateError::Cancelled);
        }
        let (found, settings) = one_split(&data, [&surface, &text], seed)?;
        for ((settings, into), what) in settings.iter().zip(&mut chosen).zip(["n-grams", "text@1"]) {
            let Chosen { precision, weighing, .. } = settings;
            watch.say(&format!(
                "adparaphrase: split {seed}, {what}: precision {precision}, {}",
                weighing.name()
            ));
            into.push(format!("{precision} ({})", weighing.name()));
        }
        splits.push(found);
    }
    let mut rows = vec![];
    for (at, (name, _)) in splits[0].iter().enumerate() {
        let tallies: Vec<&Tally> = splits.iter().map(|split| &split[at].1).collect();
        let fitted = ["surface and n-grams", "text@1"].contains(name);
        rows.push(Row::of_splits(("unseen ads", name, None), &tallies, seeds, RESAMPLES, fitted));
    }
    Ok(Report {
        protocol: "adparaphrase".into(),
        title: "AdParaphrase v2: which ad text is more attractive".into(),
        source: "CyberAgentAILab/AdParaphrase-v2.0, CC BY-NC-SA 4.0".into(),
        method: vec![
            format!(
                "groups of pairs that share a text are kept together; {:.0} % of pairs held out",
                100.0 * HELD_OUT
            ),
            format!(
                "n-grams of 1 to {LONGEST} characters that tell {LEAST} training pairs or more apart, at most {MOST}; a pair counts for the majority, once or twice its lead as a share of the judges"
            ),
            format!(
                "precision of n-gram weights, and how pairs count, chosen on validation groups of each split: {}; of the weights of text@1's buckets: {}; strong: the judges were 8 : 2 or clearer",
                chosen[0].join(", "),
                chosen[1].join(", ")
            ),
        ],
        seeds: seeds.to_vec(),
        rows,
    })
}

/// How much a pair counts when weights are fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weighing {
    /// Every pair alike.
    Once,
    /// Twice the share of the judges by which the majority leads: 10 : 0 counts two, 6 : 4 counts 0.4.
    ByLead,
}

impl Weighing {
    fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::ByLead => "by lead",
        }
    }

    fn of(self, pair: &Pair) -> f64 {
        match self {
            Self::Once => 1.0,
            Self::ByLead => 2.0 * (pair.votes[0] - pair.votes[1]).abs() / (pair.votes[0] + pair.votes[1]),
        }
    }
}

/// What a fit reads of a text: an encoder's numbers, of which the surface statistics are standardised; and n-grams that are there.
struct Reading<'a> {
    vocabulary: Vocabulary,
    words: BTreeMap<usize, Vec<u32>>,
    text: &'a Embedded,
    mean: Vec<f64>,
    inv_std: Vec<f64>,
}

impl<'a> Reading<'a> {
    fn new(data: &AdTexts, training: &[&Pair], judged: &[&Pair], of: &'a Embedded, longest: usize) -> Self {
        let text = |at: usize| data.texts[at].as_str();
        let pairs = training.iter().map(|pair| (text(pair.texts[0]), text(pair.texts[1])));
        let vocabulary = Vocabulary::of_differences(pairs, longest, LEAST, MOST);
        let all = training.iter().chain(judged).flat_map(|pair| pair.texts);
        let words = all.map(|at| (at, vocabulary.read(text(at)))).collect();
        let known: Vec<usize> = training.iter().flat_map(|pair| pair.texts).collect();
        let count = known.len().max(1) as f64;
        let value = |at: usize, column: usize| f64::from(of.values[at * of.dimension + column]);
        let mean: Vec<f64> = (0..surface_statistics())
            .map(|column| known.iter().map(|&at| value(at, column)).sum::<f64>() / count)
            .collect();
        let inv_std = (0..surface_statistics())
            .map(|column| {
                let squares = known.iter().map(|&at| (value(at, column) - mean[column]).powi(2)).sum::<f64>();
                if squares > 1e-9 { libm::sqrt(count / squares) } else { 0.0 }
            })
            .collect();
        Self { vocabulary, words, text: of, mean, inv_std }
    }

    /// How many numbers there are.
    fn width(&self) -> usize {
        self.text.dimension + self.vocabulary.len()
    }

    fn difference(&self, pair: &Pair) -> Vec<(u32, f64)> {
        let d = self.text.dimension;
        let own = |text: usize, column: usize| f64::from(self.text.values[text * d + column]);
        let scale = |column: usize| self.inv_std.get(column).copied().unwrap_or(1.0);
        let [first, second] = pair.texts;
        let mut row: Vec<(u32, f64)> = (0..d)
            .map(|column| (column as u32, (own(first, column) - own(second, column)) * scale(column)))
            .collect();
        row.extend(self.words[&first].iter().map(|word| (d as u32 + word, 1.0)));
        row.extend(self.words[&second].iter().map(|word| (d as u32 + word, -1.0)));
        row
    }

    fn weights(
        &self,
        pairs: &[&Pair],
        precision: f64,
        weighing: Weighing,
        surface_only: bool,
    ) -> Result<Vec<f64>, EvaluateError> {
        let mut rows = SparseRows::new(self.width());
        let (mut first, mut counts) = (vec![], vec![]);
        for pair in pairs {
            counts.push(weighing.of(pair));
            rows.push(self.difference(pair))?;
            first.push(f64::from(u8::from(pair.votes[0] > pair.votes[1])));
        }
        let mut prior = vec![if surface_only { 1e9 } else { precision }; self.width()];
        prior[..self.mean.len()].fill(SURFACE_PRECISION);
        Ok(fit_choices(&rows, &first, &counts, &prior)?)
    }

    /// The model's file, read back.
    fn model(&self, weights: &[f64], temperature: f64, seed: u64) -> Result<TasteModel, EvaluateError> {
        let d = weights.len();
        let mut mean: Vec<f32> = self.mean.iter().map(|&value| value as f32).collect();
        let mut inv_std: Vec<f32> = self.inv_std.iter().map(|&value| value as f32).collect();
        mean.resize(d, 0.0);
        inv_std.resize(d, 1.0);
        let head = Head {
            mean,
            inv_std,
            hidden: None,
            utility_weights: weights.iter().map(|&weight| weight as f32).collect(),
            utility_bias: 0.0,
            feature_weights: vec![0.0; d],
        };
        let model = TasteModel::new(
            [self.text.encoder.as_str(), if self.vocabulary.is_empty() { "" } else { "+ngrams" }]
                .concat()
                .as_str()
                .into(),
            head,
            &Prior::isotropic(1, 1.0, 1.0, 0.0)?,
            Likelihood { temperature, ..Likelihood::default() },
            BTreeMap::new(),
            Provenance { seed, ..Provenance::default() },
        )?;
        Ok(TasteModel::from_onnx(&model.to_onnx())?)
    }

    fn embedding(&self, text: usize) -> Vec<f32> {
        let d = self.text.dimension;
        let mut row = self.text.values[text * d..(text + 1) * d].to_vec();
        row.resize(self.width(), 0.0);
        self.words[&text].iter().for_each(|&word| row[d + word as usize] = 1.0);
        row
    }

    /// How strongly to hold weights down, and what else is to be chosen, by log loss on pairs that are not fitted.
    fn choose(
        &self,
        fitted: &[&Pair],
        validation: &[&Pair],
        precisions: &[f64],
    ) -> Result<Chosen, EvaluateError> {
        let mut held_out = SparseRows::new(self.width());
        for pair in validation {
            held_out.push(self.difference(pair))?;
        }
        let mut best = (f64::INFINITY, Chosen { precision: 0.0, temperature: 1.0, weighing: Weighing::Once });
        let tried = precisions
            .iter()
            .flat_map(|&precision| [Weighing::Once, Weighing::ByLead].map(|weighing| (precision, weighing)));
        for (precision, weighing) in tried {
            let weights = self.weights(fitted, precision, weighing, false)?;
            for temperature in TEMPERATURES {
                let mut tally = Tally::default();
                for (at, pair) in validation.iter().enumerate() {
                    let sign = if pair.votes[0] > pair.votes[1] { 1.0 } else { -1.0 };
                    let x = sign * held_out.product(at, &weights) / temperature;
                    tally.add(sigmoid(x), false);
                }
                if tally.log_loss() < best.0 {
                    best = (tally.log_loss(), Chosen { precision, temperature, weighing });
                }
            }
        }
        Ok(best.1)
    }
}

/// What validation groups decided.
#[derive(Clone, Copy)]
struct Chosen {
    precision: f64,
    temperature: f64,
    weighing: Weighing,
}

/// Whether the judges were clearly of one mind.
fn is_strong(pair: &Pair) -> bool {
    let most = pair.votes[0].max(pair.votes[1]);
    most >= 0.8 * (pair.votes[0] + pair.votes[1])
}

/// What each model reached on one split's test pairs.
type Reached = Vec<(&'static str, Tally)>;

fn one_split(
    data: &AdTexts,
    [surface, text]: [&Embedded; 2],
    seed: u64,
) -> Result<(Reached, [Chosen; 2]), EvaluateError> {
    let mut groups: Vec<usize> = (0..data.groups).collect();
    Random::new(seed, "held out").shuffle(&mut groups);
    let mut sizes = vec![0usize; data.groups];
    data.pairs.iter().for_each(|pair| sizes[pair.group] += 1);
    let mut part = vec![0u8; data.groups];
    let (mut test, mut validation) = (0, 0);
    let count = data.pairs.len() as f64;
    for group in groups {
        if (test as f64) < HELD_OUT * count {
            part[group] = 2;
            test += sizes[group];
        } else if (validation as f64) < VALIDATION * count {
            part[group] = 1;
            validation += sizes[group];
        }
    }
    let of = |wanted: fn(u8) -> bool| -> Vec<&Pair> {
        data.pairs.iter().filter(|pair| wanted(part[pair.group])).collect()
    };
    let (fitted, validation, test) = (of(|p| p == 0), of(|p| p == 1), of(|p| p == 2));
    let everybody = of(|p| p < 2);
    type Fitted<'a> = (Reading<'a>, Chosen, TasteModel);
    let fit = |encoded, longest, precisions: &[f64]| -> Result<Fitted<'_>, EvaluateError> {
        let chosen = Reading::new(data, &fitted, &validation, encoded, longest).choose(
            &fitted,
            &validation,
            precisions,
        )?;
        let reading = Reading::new(data, &everybody, &test, encoded, longest);
        let weights = reading.weights(&everybody, chosen.precision, chosen.weighing, false)?;
        let model = reading.model(&weights, chosen.temperature, seed)?;
        Ok((reading, chosen, model))
    };
    let (reading, of_words, model) = fit(surface, LONGEST, &PRECISIONS)?;
    let (text_reading, of_buckets, text_model) = fit(text, 0, &BUCKET_PRECISIONS)?;
    let weights = reading.weights(&everybody, of_words.precision, of_words.weighing, true)?;
    let surface_model = reading.model(&weights, 1.0, seed)?;
    let crowd = Taste::crowd(model.prior());
    let mut tallies = vec![
        ("longer wins", Tally::default()),
        ("surface statistics", Tally::default()),
        ("text@1", Tally::default()),
        ("surface and n-grams", Tally::default()),
    ];
    let mut utilities: BTreeMap<usize, [f32; 3]> = BTreeMap::new();
    for &text in test.iter().flat_map(|pair| &pair.texts) {
        if let std::collections::btree_map::Entry::Vacant(place) = utilities.entry(text) {
            let embedding = reading.embedding(text);
            place.insert([
                surface_model.evaluate(&embedding)?.0,
                text_model.evaluate(&text_reading.embedding(text))?.0,
                model.evaluate(&embedding)?.0,
            ]);
        }
    }
    for pair in &test {
        let [better, worse] =
            if pair.votes[0] > pair.votes[1] { pair.texts } else { [pair.texts[1], pair.texts[0]] };
        let length = |text: usize| data.texts[text].chars().count();
        let longer = match length(better).cmp(&length(worse)) {
            std::cmp::Ordering::Greater => 0.75,
            std::cmp::Ordering::Less => 0.25,
            std::cmp::Ordering::Equal => 0.5,
        };
        let (b, w) = (utilities[&better], utilities[&worse]);
        let predict = |model: &TasteModel, b: f32, w: f32| -> Result<f64, EvaluateError> {
            let found =
                crowd.predict_duel(model.likelihood(), Scored::new(b, &[0.0])?, Scored::new(w, &[0.0])?)?;
            Ok(found.probability)
        };
        let probabilities = [
            longer,
            predict(&surface_model, b[0], w[0])?,
            predict(&text_model, b[1], w[1])?,
            predict(&model, b[2], w[2])?,
        ];
        for ((_, tally), probability) in tallies.iter_mut().zip(probabilities) {
            tally.add(probability, is_strong(pair));
            // There are no persons here; every pair is drawn anew.
            tally.next_person();
        }
    }
    Ok((tallies, [of_words, of_buckets]))
}
