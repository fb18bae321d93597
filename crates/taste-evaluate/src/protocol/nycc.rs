//! The caption contest: which of two captions of one cartoon is funnier? Test contests were not seen at all; then some of
//! their captions' ratings are told.
//!
//! A contest is to the model what a person is elsewhere: it has a taste over given features, which a few rated captions
//! reveal ([`Hierarchy`] with no learned feature, [`Taste::update_rating`]). A caption's embedding is put together from its
//! surface (`text@1`'s measurements), how typical it is of its contest's captions, what its words were worth in other
//! contests, and its meaning (MiniLM): 384 numbers, and the principal ones of them as features of taste. Predicted are captions
//! of the published subset; what words are worth is learned from all captions of other contests.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use sha2::{Digest as _, Sha256};
use taste_core::{CandidateId, Digest};
use taste_model::{FeatureTable, Likelihood, Provenance, RatingScale, Scored, Taste, TasteModel, sigmoid};
use taste_population::{
    Basis, Hierarchy, NoiseOf, Part, Random, Rating, Ratings, SparseRows, Subject, fit_values,
    matrix::{dot, leading},
};

use crate::{
    data::{
        jester::surface_statistics,
        nycc::{Caption, read},
    },
    embedder::Embedder,
    error::EvaluateError,
    report::{Report, Row},
    tally::{RESAMPLES, Tally},
    watch::Watch,
};

/// Contests held out.
const HELD_OUT: usize = 18;
/// Rated captions told.
const KS: [usize; 4] = [0, 20, 50, 100];
/// Pairs a contest that are judged.
const PAIRS: usize = 2_000;
/// Two means differ clearly by so many standard errors of their difference.
const STRONG: f64 = 3.0;
/// Principal numbers of a meaning that a contest may care about.
const PRINCIPAL: usize = 16;
/// Folds of training contests: what words were worth, and how sure strong pairs are, is learned in the others. Many, so that a fit without
/// one of them is nearly as good as the one with all.
const FOLDS: usize = 10;
/// Precision of a word's weight, and in how many captions it must stand.
const WORD_PRECISION: f64 = 60.0;
/// Variance of a caption's mean that its words and its readers leave open.
const LEFT_OPEN: f64 = 0.03;
const LEAST_CAPTIONS: u32 = 4;
/// Pairs of each training contest by which it is chosen how much surer strong pairs are; what is tried: from the first, each so much above
/// the one before, so many.
const SURER_PAIRS: usize = 300;
const SURER: (f64, f64, usize) = (1.0, 1.08, 24);

/// Runs the protocol.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`], [`EvaluateError::TooFew`], [`EvaluateError::Cancelled`], and what
/// encoders and fit say.
pub fn run(
    folder: &Path,
    embedder: &Embedder,
    seeds: &[u64],
    watch: &mut dyn Watch,
) -> Result<Report, EvaluateError> {
    let (captions, contests) = read(folder)?;
    if contests < HELD_OUT + FOLDS {
        return Err(EvaluateError::TooFew { what: "contests", found: contests, needed: HELD_OUT + FOLDS });
    }
    let data = Captions::new(captions, contests, embedder)?;
    watch.say("nycc: captions read and embedded");
    let mut splits: Vec<Vec<(&'static str, Option<usize>, Tally)>> = vec![];
    for &seed in seeds {
        if watch.cancelled() {
            return Err(EvaluateError::Cancelled);
        }
        splits.push(one_split(&data, seed)?);
        watch.say(&format!("nycc: split {seed}"));
    }
    let mut rows = vec![];
    for (at, (name, k, _)) in splits[0].iter().enumerate() {
        let tallies: Vec<&Tally> = splits.iter().map(|split| &split[at].2).collect();
        let what = ("strong pairs, unseen contests", *name, *k);
        rows.push(Row::of_splits(what, &tallies, seeds, RESAMPLES, k.is_some()));
    }
    Ok(Report {
        protocol: "nycc".into(),
        title: "New Yorker caption contest: which caption is funnier".into(),
        source: "nextml/caption-contest-data-api, CC BY 4.0".into(),
        method: vec![
            format!(
                "{HELD_OUT} of {contests} contests held out; {PAIRS} pairs of each whose means differ by {STRONG} standard errors or more; accuracy of each contest, averaged over contests"
            ),
            "k: rated captions of the same contest that are told, never judged".into(),
            format!(
                "words' worth is learned from all captions of the other training contests ({FOLDS} folds), also those of the {} that no pair is drawn from; strong pairs are surer than pairs in general: log-odds so many times, by log loss over all k of training contests that were left out of the fit (the same folds)",
                data.texts.len() - data.all.len()
            ),
        ],
        seeds: seeds.to_vec(),
        rows,
    })
}

/// The captions and all that does not depend on a split.
struct Captions {
    /// Those that are predicted.
    all: Vec<Caption>,
    contests: usize,
    /// Of each contest, those that are predicted.
    members: Vec<Vec<usize>>,
    /// What teaches words' worth: all captions, those that are predicted first.
    texts: Vec<Told>,
    surface: (Vec<f32>, usize),
    meaning: (Vec<f32>, usize),
    encoder: String,
    typical: Vec<[f32; TYPICAL]>,
    vocabulary: usize,
}

/// What one caption says of its words.
struct Told {
    contest: usize,
    words: Vec<u32>,
    /// Mean rating, counted from that of the contest's captions.
    value: f64,
    /// 1 / variance of what words could explain of it.
    precision: f64,
}

/// Numbers that say how typical a caption is of its contest.
const TYPICAL: usize = 5;

/// Lower-case words of a text, and pairs of neighbours.
fn words(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let list: Vec<&str> =
        lower.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty()).collect();
    let pairs = list.windows(2).map(|two| two.join(" "));
    list.iter().map(|word| (*word).to_owned()).chain(pairs).collect()
}

impl Captions {
    fn new(captions: Vec<Caption>, contests: usize, embedder: &Embedder) -> Result<Self, EvaluateError> {
        let (all, others): (Vec<Caption>, Vec<Caption>) =
            captions.into_iter().partition(|caption| caption.is_judged);
        let texts: Vec<&str> = all.iter().map(|caption| caption.text.as_str()).collect();
        let surface = embedder.texts("text@1", &texts)?.measurements(surface_statistics());
        let network = if embedder.has("minilm") { "minilm" } else { "text@1" };
        let meaning = embedder.texts(network, &texts)?;
        let mut members = vec![vec![]; contests];
        all.iter().enumerate().for_each(|(at, caption)| members[caption.contest].push(at));
        let own: Vec<BTreeSet<String>> = texts.iter().map(|text| words(text)).collect();
        let (told, vocabulary) = told(&all, &others, contests);
        let mut typical = vec![[0.0; TYPICAL]; all.len()];
        let d = meaning.dimension;
        for members in &members {
            typical_of(members, &own, &meaning.values, d, &mut typical);
        }
        Ok(Self {
            encoder: format!("{}+typicality+words+{}", surface.encoder, meaning.encoder),
            surface: (surface.values, surface.dimension),
            meaning: (meaning.values, d),
            all,
            contests,
            members,
            typical,
            texts: told,
            vocabulary,
        })
    }

    /// What words were worth in some contests.
    fn worth(&self, contests: &[usize]) -> Result<Vec<f64>, EvaluateError> {
        let mut rows = SparseRows::new(self.vocabulary);
        let (mut values, mut precisions) = (vec![], vec![]);
        for told in self.texts.iter().filter(|told| contests.contains(&told.contest)) {
            let scale = 1.0 / libm::sqrt(told.words.len().max(1) as f64);
            rows.push(told.words.iter().map(|&word| (word, scale)).collect())?;
            values.push(told.value);
            precisions.push(told.precision);
        }
        Ok(fit_values(&rows, &values, &precisions, &vec![WORD_PRECISION; self.vocabulary])?)
    }

    fn score(&self, at: usize, worth: &[f64]) -> f32 {
        let words = &self.texts[at].words;
        let sum: f64 = words.iter().map(|&word| worth[word as usize]).sum();
        (sum / libm::sqrt(words.len().max(1) as f64)) as f32
    }
}

/// All captions as their words, those that are predicted first; and how many words there are.
fn told(all: &[Caption], others: &[Caption], contests: usize) -> (Vec<Told>, usize) {
    let mut sums = vec![(0.0, 0.0); contests];
    for caption in all.iter().chain(others) {
        let sum = &mut sums[caption.contest];
        let weight = 1.0 / (LEFT_OPEN + caption.variance);
        *sum = (sum.0 + weight * caption.mean, sum.1 + weight);
    }
    let mut counts: HashMap<String, u32> = HashMap::new();
    for caption in all.iter().chain(others) {
        words(&caption.text).into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
    }
    let mut known: Vec<String> =
        counts.into_iter().filter(|(_, count)| *count >= LEAST_CAPTIONS).map(|(word, _)| word).collect();
    known.sort_unstable();
    let numbers: HashMap<&str, u32> =
        known.iter().enumerate().map(|(at, word)| (word.as_str(), at as u32)).collect();
    let told = all.iter().chain(others).map(|caption| {
        let (sum, weight) = sums[caption.contest];
        Told {
            contest: caption.contest,
            words: words(&caption.text)
                .iter()
                .filter_map(|word| numbers.get(word.as_str()).copied())
                .collect(),
            value: caption.mean - sum / weight,
            precision: 1.0 / (LEFT_OPEN + caption.variance),
        }
    });
    (told.collect(), known.len())
}

/// Likeness to the contest's middle, to its ten and its fifty nearest captions, and how usual its words are there.
fn typical_of(
    members: &[usize],
    words: &[BTreeSet<String>],
    meaning: &[f32],
    d: usize,
    into: &mut [[f32; TYPICAL]],
) {
    let row =
        |at: usize| -> Vec<f64> { meaning[at * d..(at + 1) * d].iter().map(|&v| f64::from(v)).collect() };
    let rows: Vec<Vec<f64>> = members.iter().map(|&at| row(at)).collect();
    let mut middle = vec![0.0; d];
    for row in &rows {
        middle.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    let norm = libm::sqrt(dot(&middle, &middle)).max(1e-9);
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for &at in members {
        words[at].iter().for_each(|word| *counts.entry(word).or_default() += 1.0);
    }
    for (place, &at) in members.iter().enumerate() {
        let mut alike: Vec<f64> = rows
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != place)
            .map(|(_, other)| dot(&rows[place], other))
            .collect();
        alike.sort_by(|a, b| b.total_cmp(a));
        let mean = |count: usize| {
            let count = count.min(alike.len()).max(1);
            alike.iter().take(count).sum::<f64>() / count as f64
        };
        let usual: Vec<f64> = words[at].iter().map(|word| libm::log(counts[word.as_str()])).collect();
        let most = usual.iter().copied().fold(0.0, f64::max);
        let all = usual.len().max(1) as f64;
        into[at] =
            [dot(&rows[place], &middle) / norm, mean(10), mean(50), usual.iter().sum::<f64>() / all, most]
                .map(|value| value as f32);
    }
}

fn id(caption: usize) -> CandidateId {
    Digest(Sha256::digest((caption as u64).to_le_bytes()).into())
}

/// What each model reached on one split's test contests, with so many votes of them.
type Reached = Vec<(&'static str, Option<usize>, Tally)>;

fn one_split(data: &Captions, seed: u64) -> Result<Reached, EvaluateError> {
    let mut order: Vec<usize> = (0..data.contests).collect();
    Random::new(seed, "held out").shuffle(&mut order);
    let (test, training) = order.split_at(HELD_OUT);
    // What words are worth, always from other contests.
    let mut scores = vec![0.0f32; data.all.len()];
    for fold in 0..FOLDS {
        let (inside, outside): (Vec<_>, Vec<_>) =
            training.iter().enumerate().partition(|(at, _)| at % FOLDS != fold);
        let worth = data.worth(&inside.into_iter().map(|(_, &contest)| contest).collect::<Vec<_>>())?;
        for &at in outside.iter().flat_map(|(_, contest)| &data.members[**contest]) {
            scores[at] = data.score(at, &worth);
        }
    }
    let worth = data.worth(training)?;
    for &at in test.iter().flat_map(|&contest| &data.members[contest]) {
        scores[at] = data.score(at, &worth);
    }
    let (statistics, d) = (data.surface.1, data.meaning.1);
    let known: Vec<usize> = training.iter().flat_map(|&contest| data.members[contest].clone()).collect();
    let principal = principal(data, &known);
    let width = statistics + TYPICAL + 1 + PRINCIPAL + d;
    let mut embeddings = Vec::with_capacity(data.all.len() * width);
    for (at, &score) in scores.iter().enumerate() {
        embeddings.extend_from_slice(&data.surface.0[at * statistics..(at + 1) * statistics]);
        embeddings.extend_from_slice(&data.typical[at]);
        embeddings.push(score);
        let meaning = &data.meaning.0[at * d..(at + 1) * d];
        embeddings.extend(principal.iter().map(|axis| {
            meaning.iter().zip(axis).map(|(value, weight)| f64::from(*value) * weight).sum::<f64>() as f32
        }));
        embeddings.extend_from_slice(meaning);
    }
    let world = World { data, embeddings, width };
    // How much surer strong pairs are is that of contests which the fit has not seen: on those that it has, it looks better than it is.
    let mut random = Random::new(seed, "pairs of training contests");
    let mut tallies = vec![Tally::default(); SURER.2];
    let times = |step: usize| SURER.0 * libm::pow(SURER.1, step as f64);
    for fold in 0..FOLDS {
        let (inside, outside): (Vec<_>, Vec<_>) =
            training.iter().copied().enumerate().partition(|(at, _)| at % FOLDS != fold);
        let inside: Vec<usize> = inside.into_iter().map(|(_, contest)| contest).collect();
        let learned = world.learn(&inside, seed)?;
        for (_, contest) in outside {
            let (told, rest) = told_and_rest(data, contest, &mut random);
            let pairs = strong_pairs(data, &rest, SURER_PAIRS, &mut random);
            for k in KS {
                for probability in learned.predict(&told[..k.min(told.len())], &pairs)? {
                    for (step, tally) in tallies.iter_mut().enumerate() {
                        tally.add(of_strong(probability, times(step)), false);
                    }
                }
            }
        }
    }
    let best = (0..tallies.len())
        .min_by(|a, b| tallies[*a].log_loss().total_cmp(&tallies[*b].log_loss()))
        .map_or(1.0, times);
    let learned = world.learn(training, seed)?;
    let mut random = Random::new(seed, "pairs");
    let mut found: Vec<(&'static str, Option<usize>, Tally)> = vec![("longer wins", None, Tally::default())];
    found.extend(KS.map(|k| (if k == 0 { "crowd" } else { "personal" }, Some(k), Tally::default())));
    for &contest in test {
        let (told, rest) = told_and_rest(data, contest, &mut random);
        let pairs = strong_pairs(data, &rest, PAIRS, &mut random);
        for &(better, worse) in &pairs {
            let length = |at: usize| data.all[at].text.chars().count();
            let sure = match length(better).cmp(&length(worse)) {
                std::cmp::Ordering::Greater => 0.75,
                std::cmp::Ordering::Less => 0.25,
                std::cmp::Ordering::Equal => 0.5,
            };
            found[0].2.add(sure, false);
        }
        found[0].2.next_person();
        for (at, k) in KS.into_iter().enumerate() {
            let tally = &mut found[1 + at].2;
            for probability in learned.predict(&told[..k.min(told.len())], &pairs)? {
                tally.add(of_strong(probability, best), false);
            }
            tally.next_person();
        }
    }
    Ok(found)
}

/// Everything that a fit reads: captions, and their embeddings of so many numbers.
struct World<'a> {
    data: &'a Captions,
    embeddings: Vec<f32>,
    width: usize,
}

/// What some contests taught.
struct Learned<'a> {
    data: &'a Captions,
    model: TasteModel,
    table: FeatureTable,
    noise: f64,
}

impl World<'_> {
    /// Learns from all captions of some contests.
    fn learn(&self, contests: &[usize], seed: u64) -> Result<Learned<'_>, EvaluateError> {
        let (data, width) = (self.data, self.width);
        let statistics = data.surface.1;
        let known: Vec<usize> = contests.iter().flat_map(|&contest| data.members[contest].clone()).collect();
        let first = statistics + TYPICAL + 1;
        let parts = [
            Part::Linear(0..statistics),
            Part::Linear(statistics..statistics + TYPICAL),
            Part::Linear(first - 1..first),
            Part::Linear(first + PRINCIPAL..width),
        ];
        // The principal numbers are no columns of content: their sum is there already. They are standardised all the same.
        let mut all_parts = parts.to_vec();
        all_parts.push(Part::Linear(first..first + PRINCIPAL));
        let basis = Basis::new(&self.embeddings, width, &known, &all_parts, seed)?;
        let columns = basis.columns(&self.embeddings)?;
        // A contest may weigh length, typicality, words and meaning in its own way.
        let given: Vec<usize> =
            [0, 1, 6, 7, 18, 19].into_iter().chain(statistics..first + PRINCIPAL).collect();
        let given_values: Vec<f64> = self
            .embeddings
            .chunks_exact(width)
            .flat_map(|row| given.iter().map(|&at| basis.standardised(row, at)))
            .collect();
        let ratings: Vec<Rating> = known
            .iter()
            .map(|&at| Rating { person: data.all[at].contest, candidate: at, value: data.all[at].mean })
            .collect();
        let level = ratings.iter().map(|rating| rating.value).sum::<f64>() / ratings.len() as f64;
        let ratings = Ratings::new(data.contests, data.all.len(), ratings)?;
        let hierarchy = Hierarchy { rank: 0, noise: NoiseOf::Everybody, rounds: 15, seed };
        let fitted = hierarchy.fit(&ratings, &columns, &given_values)?;
        let ids: Vec<CandidateId> = (0..data.all.len()).map(id).collect();
        // Every caption is judged as one without votes of its own: no offsets.
        let known = vec![false; data.all.len()];
        let subject = Subject {
            encoder: data.encoder.as_str().into(),
            ids: &ids,
            embeddings: &self.embeddings,
            known: &known,
            given: &given,
        };
        let scale = RatingScale { level, ..RatingScale::default() };
        let temperature = libm::sqrt(2.0 * (fitted.mean_noise + fitted.offset_variance())) / 1.702;
        let likelihood = Likelihood { temperature, ..Likelihood::default() };
        let model = fitted.model(
            &basis,
            &subject,
            scale,
            likelihood,
            Provenance { seed, ..Provenance::default() },
        )?;
        let model = TasteModel::from_onnx(&model.to_onnx())?;
        let table = FeatureTable::build(
            &model,
            Digest::default(),
            ids.iter().copied().zip(self.embeddings.chunks_exact(width)),
        )?;
        let noise = model.rating().map_or(1.0, |rating| rating.scale.noise);
        Ok(Learned { data, model, table, noise })
    }
}

impl Learned<'_> {
    /// Once some captions' ratings are told: how probably the first of each pair is the funnier one.
    fn predict(&self, told: &[usize], pairs: &[(usize, usize)]) -> Result<Vec<f64>, EvaluateError> {
        let mut taste = Taste::crowd(self.model.prior());
        for &at in told {
            taste.update_rating(self.row(at), self.data.all[at].mean, self.noise)?;
        }
        pairs
            .iter()
            .map(|&(first, second)| {
                // What content leaves open is in the temperature already.
                let (first, second) = (self.row(first).unseen(0.0), self.row(second).unseen(0.0));
                Ok(taste.predict_duel(self.model.likelihood(), first, second)?.probability)
            })
            .collect()
    }

    fn row(&self, at: usize) -> Scored<'_> {
        self.table.scored(at).expect("every caption has a row")
    }
}

/// A guess about any pair, as one about a pair that is known to differ clearly: its log-odds so many times. Of normal guesses N(m, v) that
/// holds wherever m is small beside the least difference d that is clear: φ((d − m)/√v) / φ((d + m)/√v) = exp(2dm/v), while without
/// that knowledge log-odds are about 1.6 m/√v. A smaller temperature would not do: it makes how unsure the taste is, which is
/// less the more is told, count for more than it does.
fn of_strong(probability: f64, times: f64) -> f64 {
    sigmoid(times * libm::log(probability / (1.0 - probability)))
}

/// A contest's captions in random order: those that may be told, and the others.
fn told_and_rest(data: &Captions, contest: usize, random: &mut Random) -> (Vec<usize>, Vec<usize>) {
    let mut members = data.members[contest].clone();
    random.shuffle(&mut members);
    let rest = members.split_off(KS[KS.len() - 1].min(members.len()));
    (members, rest)
}

/// The meaning's leading axes over some captions.
fn principal(data: &Captions, known: &[usize]) -> Vec<Vec<f64>> {
    let d = data.meaning.1;
    let mut second = vec![0.0; d * d];
    for &at in known {
        let row: Vec<f64> = data.meaning.0[at * d..(at + 1) * d].iter().map(|&v| f64::from(v)).collect();
        for i in 0..d {
            let into = &mut second[i * d..i * d + i + 1];
            into.iter_mut().zip(&row).for_each(|(sum, value)| *sum += row[i] * value);
        }
    }
    for i in 0..d {
        for j in 0..i {
            second[j * d + i] = second[i * d + j];
        }
    }
    leading(&second, d, PRINCIPAL.min(d), 30)
}

/// Pairs of captions with clearly different means, the funnier first; at most so many, drawn at random.
fn strong_pairs(data: &Captions, members: &[usize], most: usize, random: &mut Random) -> Vec<(usize, usize)> {
    let mut found = vec![];
    if members.len() < 2 {
        return found;
    }
    for _ in 0..20 * most {
        if found.len() == most {
            break;
        }
        let (a, b) = (members[random.below(members.len())], members[random.below(members.len())]);
        let (x, y) = (&data.all[a], &data.all[b]);
        let difference = x.mean - y.mean;
        if difference.abs() >= STRONG * libm::sqrt(x.variance + y.variance) {
            found.push(if difference > 0.0 { (a, b) } else { (b, a) });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::calibration_error;

    /// Guesses of various spread, right as they are about any pair; asked about those that differ clearly.
    #[test]
    fn one_number_makes_guesses_right_about_pairs_that_differ_clearly_however_unsure_they_are() {
        let mut random = Random::new(3, "strong");
        let steps = || (0..SURER.2).map(|step| SURER.0 * libm::pow(SURER.1, step as f64));
        let mut all = vec![Tally::default(); SURER.2];
        let mut by_spread = vec![vec![Tally::default(); SURER.2]; 2];
        for _ in 0..60_000 {
            for (spread, own) in [1.0, 1.1].into_iter().zip(&mut by_spread) {
                let mean = 0.5 * random.normal();
                let difference: f64 = mean + spread * random.normal();
                if difference.abs() < 1.5 {
                    continue;
                }
                let probability = 0.5 * libm::erfc(-mean.abs() / spread * std::f64::consts::FRAC_1_SQRT_2);
                let happened = difference * mean > 0.0;
                for ((times, all), own) in steps().zip(&mut all).zip(own) {
                    let sure = of_strong(probability, times);
                    for tally in [all, own] {
                        tally.add(if happened { sure } else { 1.0 - sure }, false);
                    }
                }
            }
        }
        let best = (0..all.len()).min_by(|a, b| all[*a].log_loss().total_cmp(&all[*b].log_loss())).unwrap();
        let error = |tallies: &[Tally], at: usize| calibration_error(&tallies[at].bins());
        assert!(error(&all, 0) > 0.05, "as they are: {}", error(&all, 0));
        for own in &by_spread {
            assert!(error(own, best) < 0.015, "times {best}: {}", error(own, best));
        }
    }
}
