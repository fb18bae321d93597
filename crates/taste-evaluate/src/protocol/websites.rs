//! Website aesthetics: mean ratings of unseen sites from their screenshots.
//!
//! A Gaussian process over three kernels: the networks' embeddings (MobileNetV2, MobileNetV1), of whose numbers, none of which
//! is negative, the square roots are taken (so that the inner product is that of Bhattacharyya), and `visual@1`'s measurements,
//! standardised and brought to unit norm. Each kernel's strength is that of the largest evidence on the published training
//! sites ([`Regression`]); the widths are chosen by five-fold cross-validation among these. The prediction is the taste
//! model's file, evaluated.

use std::{collections::BTreeMap, path::Path};

use taste_core::EncoderId;
use taste_model::{Likelihood, Prior, Provenance, TasteModel};
use taste_population::{Basis, Columns, Part, Random, Regression};

use crate::{
    data::webaesthetics::{embed, rated},
    embedder::{Embedded, Embedder},
    error::EvaluateError,
    report::{Report, Row},
    tally::Estimate,
    watch::Watch,
};

/// Widths that are tried: of the measurements' kernel, and of the networks'.
const WIDTHS: [(f64, f64); 6] = [(0.25, 0.5), (0.25, 1.0), (0.25, 2.0), (0.5, 0.5), (0.5, 1.0), (0.5, 2.0)];
/// Rounds of the regression's evidence.
const ROUNDS: usize = 25;
/// Precision of a mean rating: they are means of about a thousand, so that what is left open is the site's own.
const PRECISE: f64 = 1e4;
const SOURCE: &str = "calista-ai/website-aesthetics-datasets (MIT); ratings: Reinecke & Gajos, Quantifying Visual Preferences Around the World, CHI 2014 (CC BY-NC-SA 3.0)";

/// All encoders' numbers side by side, measurements first; and the parts by which they are read.
struct Screens {
    embedded: Embedded,
    parts: Vec<Part>,
}

/// Measurements count as they are and, standardised over the images `known`, as directions; networks' embeddings as
/// directions of square roots. The measurements themselves are the first part, and read linearly; then come the kernels'.
fn screens(parts: &[Embedded], known: &[usize]) -> Screens {
    let measured = &parts[0];
    let d = measured.dimension;
    let rows = measured.values.len() / d;
    let value = |row: usize, column: usize| f64::from(measured.values[row * d + column]);
    let mut standard = vec![0.0f32; rows * d];
    let count = known.len().max(1) as f64;
    for column in 0..d {
        let mean = known.iter().map(|&row| value(row, column)).sum::<f64>() / count;
        let variance = known.iter().map(|&row| (value(row, column) - mean).powi(2)).sum::<f64>() / count;
        let scale = if variance > 1e-9 { 1.0 / libm::sqrt(variance) } else { 0.0 };
        (0..rows).for_each(|row| standard[row * d + column] = ((value(row, column) - mean) * scale) as f32);
    }
    let mut directions = vec![direction("standardised", d, standard)];
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
    Screens { embedded, parts: read }
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
    /// The kernels alone, in these widths.
    fn kernels(&self, (measured, networks): (f64, f64)) -> Self {
        let mut parts = self.parts[1..].to_vec();
        for (at, part) in parts.iter_mut().enumerate() {
            if let Part::Kernel { gamma, .. } = part {
                *gamma = if at == 0 { measured } else { networks };
            }
        }
        Self { parts, embedded: self.embedded.clone() }
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
    let all = screens(&parts, &known);
    let mut order = known.clone();
    Random::new(1, "folds").shuffle(&mut order);
    let mut best = (f64::INFINITY, WIDTHS[0]);
    for widths in WIDTHS {
        let kernels = all.kernels(widths);
        let mut squares = 0.0;
        for fold in 0..5 {
            let inside: Vec<usize> =
                order.iter().enumerate().filter(|(at, _)| at % 5 != fold).map(|(_, &site)| site).collect();
            let (_, columns, regression) = kernels.fit(&inside, &values)?;
            for (_, &site) in order.iter().enumerate().filter(|(at, _)| at % 5 == fold) {
                squares += (regression.predict(columns.row(site)) - values[site]).powi(2);
            }
        }
        watch.say(&format!(
            "website-ratings: widths {widths:?}, RMSE {:.4} across the folds",
            libm::sqrt(squares / known.len() as f64)
        ));
        if squares < best.0 {
            best = (squares, widths);
        }
    }
    let mut rows = vec![];
    let truth: Vec<f64> = test.iter().map(|&site| values[site]).collect();
    let one = Screens { parts: all.parts[..1].to_vec(), embedded: all.embedded.clone() };
    for (name, screens) in [("measurements, linear", &one), ("Gaussian process", &all.kernels(best.1))] {
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
                model: name.into(),
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
                "kernels' strengths by evidence on the training sites, their widths {:?} (measurements, networks) by five folds of them; content: {}",
                best.1, all.embedded.encoder
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
