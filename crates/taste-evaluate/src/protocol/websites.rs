//! Website aesthetics, twice: mean ratings of unseen sites from their screenshots, and votes between sites.
//!
//! *Ratings.* A Gaussian process over kernels: one each for the networks' embeddings (MobileNetV2, MobileNetV1), of whose numbers, none
//! of which is negative, the square roots are taken (so that the inner product is that of Bhattacharyya), and one for each family of
//! `visual@1`'s measurements (colour, layout, texture, complexity, symmetry). A measurement counts by its rank among the training sites,
//! as a normal number: many are skewed, and what is far out is hardly further from taste. Each kernel's strength is that of the largest
//! evidence on the published training sites ([`Regression`]), so that a family which says little is heard little; the
//! widths are chosen by five-fold cross-validation among these. The prediction is the taste model's file, evaluated.
//!
//! *Votes.* What such a process, with all measurements standardised in one kernel, learned from the rated sites says of the 100 sites that
//! were voted on is their content; a site's utility is that times a slope, and an offset of its own. Slope and offsets are
//! fitted to the votes ([`fit_choices`]) under each of some variances of the offsets, and averaged by the evidence of each
//! ([`choice_evidence`]): a hundred votes do not tell it well, and the likeliest one alone would be trusted too far.

use std::{collections::BTreeMap, ops::Range, path::Path};

use sha2::{Digest as _, Sha256};
use taste_core::{CandidateId, Digest, EncoderId};
use taste_encoders::VISUAL_GROUPS;
use taste_model::{FeatureTable, Likelihood, Prior, Provenance, Taste, TasteModel};
use taste_population::{Basis, Columns, Part, Random, Regression, SparseRows, choice_evidence, fit_choices};

use crate::{
    data::webaesthetics::{choices, embed, rated},
    embedder::{Embedded, Embedder},
    error::EvaluateError,
    report::{Report, Row},
    tally::{Estimate, RESAMPLES, Tally},
    watch::Watch,
};

/// Widths that are tried: of the measurements' kernels, and of the networks'.
const WIDTHS: [(f64, f64); 6] = [(0.5, 0.5), (0.5, 1.0), (0.5, 2.0), (1.0, 0.5), (1.0, 1.0), (1.0, 2.0)];
/// The first group of each family of `visual@1`'s measurements; a family ends where the next begins.
const FAMILIES: [&str; 5] = [
    "mean L",
    "L on the grid",
    "mean gradient",
    "log10 share of quadtree leaves at deviation 0.02",
    "correlation with the mirror image left-right, up-down, and with the half turn",
];
/// Rounds of the regression's evidence.
const ROUNDS: usize = 25;
/// Precision of a mean rating: they are means of about a thousand, so that what is left open is the site's own.
const PRECISE: f64 = 1e4;
const SOURCE: &str = "calista-ai/website-aesthetics-datasets (MIT); ratings: Reinecke & Gajos, Quantifying Visual Preferences Around the World, CHI 2014 (CC BY-NC-SA 3.0)";

/// All encoders' numbers side by side, measurements first; and the parts by which they are read.
struct Screens {
    embedded: Embedded,
    /// The measurements as they are, read linearly; then kernels, those of families first.
    parts: Vec<Part>,
    families: usize,
}

/// How measurements become directions for kernels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measured {
    /// By their ranks among known sites, one direction a family.
    ByRank,
    /// Standardised over known sites, all in one direction.
    Together,
}

/// Measurements count as they are and as directions; networks' embeddings as directions of square roots.
fn screens(parts: &[Embedded], known: &[usize], way: Measured) -> Screens {
    let measured = &parts[0];
    let d = measured.dimension;
    let mut directions: Vec<Embedded> = match way {
        Measured::Together => vec![direction("standardised", d, standardised(measured, known))],
        Measured::ByRank => {
            let ranks = normal_ranks(measured, known);
            families(d)
                .into_iter()
                .map(|family| {
                    // As the encoder's own anchor does: without it a site with little of everything would look like one with much.
                    let anchor = libm::sqrt(family.len() as f64) as f32;
                    let own = ranks
                        .chunks_exact(d)
                        .flat_map(|row| row[family.clone()].iter().copied().chain([anchor]));
                    let name = format!("ranks of visual@1[{}..{}]", family.start, family.end);
                    direction(&name, family.len() + 1, own.collect())
                })
                .collect()
        }
    };
    let families = directions.len();
    for part in &parts[1..] {
        let roots = part.values.iter().map(|value| value.max(0.0).sqrt()).collect();
        directions.push(direction(&format!("roots of {}", part.encoder), part.dimension, roots));
    }
    let mut all = vec![measured];
    all.extend(&directions);
    let (embedded, ranges) = Embedded::beside(&all);
    let mut read = vec![Part::Linear(ranges[0].clone())];
    read.extend(ranges[1..].iter().map(|range| Part::Kernel {
        range: range.clone(),
        gamma: 1.0,
        centres: 500,
    }));
    Screens { embedded, parts: read, families }
}

/// Each number standardised over the rows `known`; zero where it never varies.
fn standardised(embedded: &Embedded, known: &[usize]) -> Vec<f32> {
    let d = embedded.dimension;
    let value = |row: usize, column: usize| f64::from(embedded.values[row * d + column]);
    let mut standard = vec![0.0f32; embedded.values.len()];
    let count = known.len().max(1) as f64;
    for column in 0..d {
        let mean = known.iter().map(|&row| value(row, column)).sum::<f64>() / count;
        let variance = known.iter().map(|&row| (value(row, column) - mean).powi(2)).sum::<f64>() / count;
        let scale = if variance > 1e-9 { 1.0 / libm::sqrt(variance) } else { 0.0 };
        for row in 0..standard.len() / d {
            standard[row * d + column] = ((value(row, column) - mean) * scale) as f32;
        }
    }
    standard
}

/// Where each of [`FAMILIES`] lies among so many measurements.
fn families(measurements: usize) -> Vec<Range<usize>> {
    let mut starts = vec![];
    let mut at = 0;
    for group in VISUAL_GROUPS {
        if FAMILIES.contains(&group.name) {
            starts.push(at);
        }
        at += group.len;
    }
    let ends = starts.iter().skip(1).copied().chain([measurements]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// Each number by its rank among those of the rows `known`, as the quantile of a normal distribution; equal ones share a rank.
fn normal_ranks(embedded: &Embedded, known: &[usize]) -> Vec<f32> {
    let d = embedded.dimension;
    let mut ranks = vec![0.0f32; embedded.values.len()];
    for column in 0..d {
        let mut sorted: Vec<f32> = known.iter().map(|&row| embedded.values[row * d + column]).collect();
        sorted.sort_by(f32::total_cmp);
        for (rank, value) in ranks.iter_mut().zip(&embedded.values).skip(column).step_by(d) {
            let below = sorted.partition_point(|other| other < value) as f64;
            let equal = sorted.partition_point(|other| other <= value) as f64 - below;
            *rank = normal_quantile((below + 0.5 * (equal + 1.0)) / (sorted.len() as f64 + 1.0)) as f32;
        }
    }
    ranks
}

/// Below which number a standard normal one lies with this probability, strictly between 0 and 1: by halving.
fn normal_quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if 0.5 * libm::erfc(-middle * std::f64::consts::FRAC_1_SQRT_2) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Every row brought to unit norm.
fn direction(encoder: &str, dimension: usize, mut values: Vec<f32>) -> Embedded {
    for row in values.chunks_exact_mut(dimension) {
        let norm = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        row.iter_mut().for_each(|value| *value /= norm);
    }
    Embedded { encoder: encoder.into(), dimension, values }
}

impl Screens {
    /// The measurements alone, as they are.
    fn linear(&self) -> Self {
        Self { parts: self.parts[..1].to_vec(), embedded: self.embedded.clone(), families: 0 }
    }

    /// The kernels of families and of the first so many networks, in these widths.
    fn kernels(&self, networks: usize, (measured, network): (f64, f64)) -> Self {
        let mut parts = self.parts[1..1 + self.families + networks].to_vec();
        for (at, part) in parts.iter_mut().enumerate() {
            if let Part::Kernel { gamma, .. } = part {
                *gamma = if at < self.families { measured } else { network };
            }
        }
        Self { parts, embedded: self.embedded.clone(), families: self.families }
    }

    /// How many networks there are.
    fn networks(&self) -> usize {
        self.parts.len() - 1 - self.families
    }

    /// The kernels of so many networks in the widths that predict best across five folds of the sites `known`, with these and the RMSE.
    fn by_folds(
        &self,
        networks: usize,
        known: &[usize],
        ratings: &[f64],
    ) -> Result<(Self, (f64, f64), f64), EvaluateError> {
        let mut order = known.to_vec();
        Random::new(1, "folds").shuffle(&mut order);
        let mut best: Option<(Self, (f64, f64), f64)> = None;
        // Without a network its width is of no account.
        for widths in WIDTHS.into_iter().filter(|widths| networks > 0 || widths.1 == WIDTHS[0].1) {
            let kernels = self.kernels(networks, widths);
            let mut squares = 0.0;
            for fold in 0..FOLDS {
                let inside: Vec<usize> = order
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| at % FOLDS != fold)
                    .map(|(_, &site)| site)
                    .collect();
                let (_, columns, regression) = kernels.fit(&inside, ratings)?;
                for (_, &site) in order.iter().enumerate().filter(|(at, _)| at % FOLDS == fold) {
                    squares += (regression.predict(columns.row(site)) - ratings[site]).powi(2);
                }
            }
            let rmse = libm::sqrt(squares / known.len() as f64);
            if best.as_ref().is_none_or(|best| rmse < best.2) {
                best = Some((kernels, widths, rmse));
            }
        }
        Ok(best.expect("some widths are tried"))
    }

    fn fit(&self, known: &[usize], ratings: &[f64]) -> Result<(Basis, Columns, Regression), EvaluateError> {
        let basis = Basis::new(&self.embedded.values, self.embedded.dimension, known, &self.parts, 1)?;
        let columns = basis.columns(&self.embedded.values)?;
        let count = known.len().max(1) as f64;
        let mean = known.iter().map(|&site| ratings[site]).sum::<f64>() / count;
        let variance = known.iter().map(|&site| (ratings[site] - mean).powi(2)).sum::<f64>() / count;
        let mut regression = Regression::new(&columns, variance.max(1e-9));
        let evidence: Vec<(usize, f64, f64)> =
            known.iter().map(|&site| (site, ratings[site], PRECISE)).collect();
        regression.fit(&columns, &evidence, ROUNDS);
        Ok((basis, columns, regression))
    }
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let count = a.len().max(1) as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / count, b.iter().sum::<f64>() / count);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    if aa > 0.0 && bb > 0.0 { ab / libm::sqrt(aa * bb) } else { 0.0 }
}

fn rmse(a: &[f64], b: &[f64]) -> f64 {
    libm::sqrt(a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>() / a.len().max(1) as f64)
}

/// A statistic of pairs with its bootstrap interval over sites.
fn bootstrap(a: &[f64], b: &[f64], of: fn(&[f64], &[f64]) -> f64, seed: u64) -> Estimate {
    let mut random = Random::new(seed, "bootstrap");
    let n = a.len();
    let mut found: Vec<f64> = (0..2_000)
        .map(|_| {
            let drawn: Vec<usize> = (0..n).map(|_| random.below(n)).collect();
            let pick = |from: &[f64]| drawn.iter().map(|&i| from[i]).collect::<Vec<_>>();
            of(&pick(a), &pick(b))
        })
        .collect();
    found.sort_by(f64::total_cmp);
    Estimate { value: of(a, b), low: found[49], high: found[1_950], between: 0.0 }
}

/// Mean ratings of unseen sites, by the published split.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`], [`EvaluateError::TooFew`], and what encoders and fit say.
pub fn ratings(folder: &Path, embedder: &Embedder, watch: &mut dyn Watch) -> Result<Report, EvaluateError> {
    let sites = rated(folder)?;
    let images: Vec<String> = sites.iter().map(|site| format!("img_rated/{}", site.image)).collect();
    let parts = embed(folder, images.iter().map(String::as_str), embedder)?;
    watch.say("website-ratings: screenshots embedded");
    let known: Vec<usize> = (0..sites.len()).filter(|&site| sites[site].is_training).collect();
    let test: Vec<usize> = (0..sites.len()).filter(|&site| !sites[site].is_training).collect();
    if known.len() < 10 || test.len() < 2 {
        return Err(EvaluateError::TooFew { what: "rated sites", found: sites.len(), needed: 12 });
    }
    let values: Vec<f64> = sites.iter().map(|site| site.rating).collect();
    let all = screens(&parts, &known, Measured::ByRank);
    let mut tried = vec![("measurements, linear".to_owned(), all.linear())];
    let mut chosen = vec![];
    // `visual@1` alone; beside the first network; beside all.
    let mut counts = vec![0, 1, all.networks()];
    counts.retain(|&count| count <= all.networks());
    counts.dedup();
    for networks in counts {
        let beside = parts[1..=networks].iter().map(|part| part.encoder.as_str());
        let name = ["visual@1"].into_iter().chain(beside).collect::<Vec<_>>().join(", ");
        let (kernels, widths, rmse) = all.by_folds(networks, &known, &values)?;
        watch.say(&format!("website-ratings: {name}: widths {widths:?}, RMSE {rmse:.4} across the folds"));
        chosen.push(format!("{name}: {widths:?}, RMSE {rmse:.3}"));
        tried.push((name, kernels));
    }
    let mut rows = vec![];
    let truth: Vec<f64> = test.iter().map(|&site| values[site]).collect();
    for (name, screens) in tried {
        let (basis, _, regression) = screens.fit(&known, &values)?;
        let model = content_model(&basis, &regression, &all.embedded.encoder)?;
        let d = all.embedded.dimension;
        let found: Vec<f64> = test
            .iter()
            .map(|&site| Ok(f64::from(model.evaluate(&all.embedded.values[site * d..(site + 1) * d])?.0)))
            .collect::<Result<_, EvaluateError>>()?;
        for (measure, value) in
            [("Pearson", bootstrap(&found, &truth, pearson, 1)), ("RMSE", bootstrap(&found, &truth, rmse, 1))]
        {
            rows.push(Row {
                split: "unseen sites".into(),
                model: name.clone(),
                k: None,
                measure: measure.into(),
                value,
                strong: None,
                log_loss: None,
                ece: None,
                bins: vec![],
                judged: test.len(),
                persons: 0,
            });
        }
    }
    Ok(Report {
        protocol: "website-ratings".into(),
        title: "Website aesthetics: mean ratings of unseen sites".into(),
        source: SOURCE.into(),
        method: vec![
            format!(
                "published split: {} sites to learn from, {} to predict; there is one, so nothing is averaged",
                known.len(),
                test.len()
            ),
            format!(
                "Gaussian processes; kernels' strengths by evidence on the training sites, their widths (measurements, networks) by {FOLDS} folds of them: {}; content: {}",
                chosen.join("; "),
                all.embedded.encoder
            ),
        ],
        seeds: vec![1],
        rows,
    })
}

/// A model of content alone, read back from its file.
fn content_model(basis: &Basis, regression: &Regression, encoder: &str) -> Result<TasteModel, EvaluateError> {
    let head = basis.content_head(regression);
    let model = TasteModel::new(
        EncoderId(encoder.into()),
        head,
        &Prior::isotropic(1, 1.0, 1.0, 0.0)?,
        Likelihood { offset_variance: regression.offset_variance, ..Likelihood::default() },
        BTreeMap::new(),
        Provenance::default(),
    )?;
    Ok(TasteModel::from_onnx(&model.to_onnx())?)
}

/// Folds of rated sites and of sessions, and how many votes are known; `usize::MAX` is all of the other folds'.
const FOLDS: usize = 5;
const KNOWN: [usize; 4] = [100, 300, 1_000, usize::MAX];
/// Variances of offsets, a priori as likely as each other.
const OFFSET_VARIANCES: [f64; 7] = [0.002, 0.01, 0.03, 0.08, 0.2, 0.5, 1.2];
/// Prior variance of the slope, in log-odds per standard deviation of content.
const SLOPE_VARIANCE: f64 = 1.0;
/// The widths of two kernels, of standardised measurements and of networks, as five folds of the rated training sites choose them. Ranks and
/// families, which predict ratings better, predict these votes no better (FIGURES.md).
const USUAL_WIDTHS: (f64, f64) = (0.25, 0.5);

/// A decided vote: winner, loser, session.
type Decided = (usize, usize, usize);

/// Votes between sites, predicted for sessions that are held out; and from content alone, for sites that are.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`], [`EvaluateError::TooFew`], [`EvaluateError::Cancelled`], and what
/// encoders and fit say.
pub fn votes(
    folder: &Path,
    embedder: &Embedder,
    seeds: &[u64],
    watch: &mut dyn Watch,
) -> Result<Report, EvaluateError> {
    let decided: Vec<Decided> = choices(folder)?
        .into_iter()
        .filter_map(|choice| {
            let winner = choice.chosen?;
            let loser = if winner == choice.left { choice.right } else { choice.left };
            Some((winner, loser, choice.session))
        })
        .collect();
    let sites = decided.iter().map(|vote| vote.0.max(vote.1) + 1).max().unwrap_or(0);
    let mut sessions: Vec<usize> = decided.iter().map(|vote| vote.2).collect();
    sessions.sort_unstable();
    sessions.dedup();
    if sessions.len() < 2 * FOLDS {
        let (found, needed) = (sessions.len(), 2 * FOLDS);
        return Err(EvaluateError::TooFew { what: "sessions", found, needed });
    }
    let rated = rated(folder)?;
    let images: Vec<String> = rated
        .iter()
        .map(|site| format!("img_rated/{}", site.image))
        .chain((0..sites).map(|site| format!("img/{site}.jpg")))
        .collect();
    let parts = embed(folder, images.iter().map(String::as_str), embedder)?;
    watch.say("website-votes: screenshots embedded");
    let known: Vec<usize> = (0..rated.len()).collect();
    let mut values: Vec<f64> = rated.iter().map(|site| site.rating).collect();
    values.resize(images.len(), 0.0);
    let all = screens(&parts, &known, Measured::Together);
    let screens = all.kernels(all.networks(), USUAL_WIDTHS);
    let (basis, columns, regression) = screens.fit(&known, &values)?;
    let content: Vec<f64> =
        (rated.len()..images.len()).map(|site| regression.predict(columns.row(site))).collect();
    let mean = content.iter().sum::<f64>() / sites as f64;
    let spread = libm::sqrt(content.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / sites as f64);
    let sites = Sites {
        content: content.iter().map(|value| (value - mean) / spread.max(1e-9)).collect(),
        spread: spread.max(1e-9),
        basis,
        regression,
        embedded: screens.embedded,
        first: rated.len(),
    };
    let names = ["Bradley–Terry", "content and offsets"];
    let mut splits: Vec<Vec<Tally>> = vec![];
    for &seed in seeds {
        if watch.cancelled() {
            return Err(EvaluateError::Cancelled);
        }
        let mut order = sessions.clone();
        Random::new(seed, "folds").shuffle(&mut order);
        let mut tallies = vec![Tally::default(); KNOWN.len() * names.len() + 1];
        for fold in 0..FOLDS {
            let place = |session: usize| order.iter().position(|other| *other == session).unwrap_or(0);
            let is_test = |vote: &&Decided| place(vote.2) % FOLDS == fold;
            let mut training: Vec<&Decided> = decided.iter().filter(|vote| !is_test(vote)).collect();
            training.sort_by_key(|vote| place(vote.2));
            let test: Vec<&Decided> = decided.iter().filter(is_test).collect();
            for (at, known) in KNOWN.into_iter().enumerate() {
                let some = &training[..known.min(training.len())];
                for plain in [true, false] {
                    let model = sites.learn(some, plain)?;
                    let tally = &mut tallies[at * names.len() + usize::from(!plain)];
                    sites.judge(&model, &test, true, tally)?;
                }
            }
        }
        // Sites held out: of these, content alone is known. Sessions do not matter to it.
        let mut hidden: Vec<usize> = (0..sites.content.len()).collect();
        Random::new(seed, "cold").shuffle(&mut hidden);
        hidden.truncate(sites.content.len() * 3 / 10);
        let warm: Vec<&Decided> =
            decided.iter().filter(|vote| !hidden.contains(&vote.0) && !hidden.contains(&vote.1)).collect();
        let cold: Vec<&Decided> =
            decided.iter().filter(|vote| hidden.contains(&vote.0) && hidden.contains(&vote.1)).collect();
        let model = sites.learn(&warm, false)?;
        let last = tallies.len() - 1;
        sites.judge(&model, &cold, false, &mut tallies[last])?;
        splits.push(tallies);
        watch.say(&format!("website-votes: split {seed}"));
    }
    let mut rows = vec![];
    for at in 0..splits[0].len() {
        let tallies: Vec<&Tally> = splits.iter().map(|split| &split[at]).collect();
        let known = || KNOWN[at / names.len()].min(decided.len() * (FOLDS - 1) / FOLDS);
        let what = match at + 1 == splits[0].len() {
            true => ("both sites unseen", "content", None),
            false => ("unseen sessions", names[at % names.len()], Some(known())),
        };
        rows.push(Row::of_splits(what, &tallies, seeds, RESAMPLES, true));
    }
    Ok(Report {
        protocol: "website-votes".into(),
        title: "Website aesthetics: which of two designs is more attractive".into(),
        source: SOURCE.into(),
        method: vec![
            format!("{} decided votes of {} accepted sessions, {FOLDS} folds of sessions; k: how many votes of the other folds are known; accuracy of each session, averaged over sessions", decided.len(), sessions.len()),
            format!("content: a Gaussian process on the {} rated sites, none of which was voted on; {}", rated.len(), sites.embedded.encoder),
            "both sites unseen: 30 % of the sites are in no vote that was learned from; accuracy over votes, and its interval over votes".into(),
        ],
        seeds: seeds.to_vec(),
        rows,
    })
}

/// The sites that were voted on, and what content says of them.
struct Sites {
    /// Standardised.
    content: Vec<f64>,
    spread: f64,
    basis: Basis,
    regression: Regression,
    embedded: Embedded,
    /// Row of the first site; rated ones come before.
    first: usize,
}

impl Sites {
    fn id(site: usize) -> CandidateId {
        Digest(Sha256::digest((site as u64).to_le_bytes()).into())
    }

    fn embedding(&self, site: usize) -> &[f32] {
        let d = self.embedded.dimension;
        &self.embedded.values[(self.first + site) * d..(self.first + site + 1) * d]
    }

    /// The model's file, read back. Plain: no content, only what votes say.
    fn learn(&self, votes: &[&Decided], plain: bool) -> Result<TasteModel, EvaluateError> {
        let n = self.content.len();
        let mut rows = SparseRows::new(n + 1);
        let mut voted = vec![false; n];
        for &&(winner, loser, _) in votes {
            (voted[winner], voted[loser]) = (true, true);
            let content = if plain { 0.0 } else { self.content[winner] - self.content[loser] };
            rows.push(vec![(winner as u32, 1.0), (loser as u32, -1.0), (n as u32, content)])?;
        }
        let ones = vec![1.0; votes.len()];
        let mut fits = vec![];
        for variance in OFFSET_VARIANCES {
            let mut precision = vec![1.0 / variance; n + 1];
            precision[n] = 1.0 / SLOPE_VARIANCE;
            let weights = fit_choices(&rows, &ones, &ones, &precision)?;
            let evidence = choice_evidence(&rows, &ones, &ones, &precision, &weights);
            fits.push((evidence, weights, variance));
        }
        let most = fits.iter().map(|fit| fit.0).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = fits.iter().map(|fit| libm::exp(fit.0 - most)).sum();
        let (mut weights, mut variance) = (vec![0.0; n + 1], 0.0);
        for (evidence, own, of) in fits {
            let share = libm::exp(evidence - most) / total;
            weights.iter_mut().zip(own).for_each(|(sum, weight)| *sum += share * weight);
            variance += share * of;
        }
        let slope = if plain { 0.0 } else { weights[n] / self.spread };
        let scaled = Regression {
            weights: self.regression.weights.iter().map(|weight| weight * slope).collect(),
            ..self.regression.clone()
        };
        let offsets: BTreeMap<CandidateId, f32> =
            (0..n).filter(|&site| voted[site]).map(|site| (Self::id(site), weights[site] as f32)).collect();
        let model = TasteModel::new(
            EncoderId(self.embedded.encoder.as_str().into()),
            self.basis.content_head(&scaled),
            &Prior::isotropic(1, 1.0, 1.0, 0.0)?,
            Likelihood { offset_variance: variance, ..Likelihood::default() },
            offsets,
            Provenance::default(),
        )?;
        Ok(TasteModel::from_onnx(&model.to_onnx())?)
    }

    /// Judges votes, by session or each for itself.
    fn judge(
        &self,
        model: &TasteModel,
        votes: &[&Decided],
        by_session: bool,
        tally: &mut Tally,
    ) -> Result<(), EvaluateError> {
        let n = self.content.len();
        let rows = (0..n).map(|site| (Self::id(site), self.embedding(site)));
        let table = FeatureTable::build(model, Digest::default(), rows)?;
        let crowd = Taste::crowd(model.prior());
        let mut session = None;
        for &&(winner, loser, own) in votes {
            if session.is_some_and(|session| !by_session || session != own) {
                tally.next_person();
            }
            session = Some(own);
            let row = |site: usize| table.scored(site).expect("every site has a row");
            let found = crowd.predict_duel(model.likelihood(), row(winner), row(loser))?;
            tally.add(found.probability, false);
        }
        tally.next_person();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_all_measurements_each_once() {
        let found = families(127);
        assert_eq!(found.len(), FAMILIES.len(), "a family's first group is named as the encoder names it");
        assert_eq!((found[0].start, found[4].end), (0, 127));
        assert!(found.windows(2).all(|two| two[0].end == two[1].start && !two[0].is_empty()));
    }

    #[test]
    fn ranks_are_normal_numbers_whatever_the_measurements_are() {
        let values: Vec<f32> = (0..99).map(|at| (at as f32 / 9.0).exp()).chain([1e30, 0.0, 1.0]).collect();
        let embedded = Embedded { encoder: "test@1".into(), dimension: 1, values };
        let known: Vec<usize> = (0..99).collect();
        let ranks = normal_ranks(&embedded, &known);
        // The middle one, and the one that 84 of a hundred are below.
        assert!(ranks[49].abs() < 1e-6 && (ranks[83] - 0.994).abs() < 1e-3, "{} {}", ranks[49], ranks[83]);
        assert!((ranks[20] + ranks[78]).abs() < 1e-6, "as far below as above");
        // Unseen ones: beyond all, before all, and equal to the first.
        assert!(ranks[99] > ranks[98] && ranks[100] < ranks[0] && ranks[101] == ranks[0]);
        let equal = Embedded { encoder: "test@1".into(), dimension: 1, values: vec![3.0; 5] };
        assert!(normal_ranks(&equal, &[0, 1, 2, 3, 4]).iter().all(|rank| rank.abs() < 1e-6));
    }
}
