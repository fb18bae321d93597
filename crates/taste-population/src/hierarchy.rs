//! Ratings to a population, by hierarchical variational Bayes.
//!
//! Person v rates candidate j with
//!
//! `y = mⱼ + zᵥ·fⱼ + bᵥ·eⱼ − aᵥ + ε`, `ε ~ N(0, ψ)`
//!
//! - (zᵥ, bᵥ, aᵥ) ~ N(0, S): taste over r learned features f and p given ones e (genres, say), and how strict the person is;
//! - (mⱼ, fⱼ), each number k of it ~ N(content's prediction, τ²ₖ), where content's prediction is the regression of
//!   [`content`](crate::content) and τ²ₖ what it leaves open, learned for each feature apart: one that votes do not
//!   support goes to zero (automatic relevance determination; Bishop 1999, *Variational principal components*);
//! - ψ is the candidate's own (some jokes divide) or the person's own (some people are consistent), pulled towards everybody's.
//!
//! The posterior is taken to factorise between persons and candidates; each factor is then normal in closed form
//! (Lim & Teh 2007, *Variational Bayesian approach to movie rating prediction*; Raiko, Ilin & Karhunen 2007). With much data
//! a candidate and no content this is factor analysis by expectation–maximisation with missing data (Rubin & Thayer 1982).

use crate::{
    content::{Columns, Regression},
    error::{PopulationError, finite},
    matrix::{cholesky, dot, inverse, solve},
    random::Random,
    ratings::Ratings,
};

/// Prior weight of everybody's noise in a candidate's or person's own, in ratings.
const NOISE_WEIGHT: f64 = 6.0;
/// Prior weight of independence in S, in persons.
const PRIOR_WEIGHT: f64 = 4.0;
/// Noise is estimated every so many rounds: it costs as much as a round, and moves slowly.
const NOISE_EVERY: usize = 3;
/// Content is regressed on every so many rounds; in between candidates and persons settle.
const CONTENT_EVERY: usize = 5;

/// Rounds of a regression that starts anew.
const LAST: usize = 8;

/// Whose the noise is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseOf {
    /// One number for all.
    Everybody,
    /// One a candidate.
    Candidate,
    /// One a person.
    Person,
}

/// How to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Hierarchy {
    /// r, learned features; 0 to 32.
    pub rank: usize,
    /// Whose the noise is.
    pub noise: NoiseOf,
    /// Rounds over persons and candidates.
    pub rounds: usize,
    /// Seed of the features' start.
    pub seed: u64,
}

impl Default for Hierarchy {
    fn default() -> Self {
        Self { rank: 12, noise: NoiseOf::Candidate, rounds: 60, seed: 1 }
    }
}

/// A fitted population.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// r, learned features.
    pub rank: usize,
    /// p, given features.
    pub given: usize,
    /// Mean of every rating: what utilities are counted from.
    pub level: f64,
    /// Posterior means of (m, f), row-major `[n, 1 + r]`.
    pub candidates: Vec<f64>,
    /// What content alone says of them, the same shape.
    pub predicted: Vec<f64>,
    /// How unsure the posterior of m is, `[n]`.
    pub mean_variances: Vec<f64>,
    /// The regressions on content, one for m and one for each feature.
    pub regressions: Vec<Regression>,
    /// S, row-major `[q, q]`, q = r + p + 1: (z, b, a).
    pub prior: Vec<f64>,
    /// Noise variance of each candidate's ratings, `[n]`.
    pub noise: Vec<f64>,
    /// Noise variance over everybody.
    pub mean_noise: f64,
}

impl Fitted {
    /// q, how many numbers describe a person.
    pub fn dimension(&self) -> usize {
        self.rank + self.given + 1
    }

    /// Variance of a rating's mean over persons that content leaves open for a candidate without votes:
    /// τ²ₘ + Σ τ²ₖ E z²ₖ.
    pub fn offset_variance(&self) -> f64 {
        let q = self.dimension();
        self.regressions[0].offset_variance
            + (0..self.rank)
                .map(|k| self.regressions[1 + k].offset_variance * self.prior[k * q + k])
                .sum::<f64>()
    }
}

impl Hierarchy {
    /// Fits. `given` has p columns a candidate, row-major; empty for none.
    ///
    /// # Errors
    /// As [`fit_beside`](Self::fit_beside).
    pub fn fit(
        &self,
        ratings: &Ratings,
        content: &Columns,
        given: &[f64],
    ) -> Result<Fitted, PopulationError> {
        self.fit_beside(ratings, content, &[], given)
    }

    /// The same; `by_votes` has columns that only candidates with votes can have, how many these are, say. They help to
    /// predict those, beside content. What is said of candidates without votes comes from content alone, and so do
    /// [`Fitted::predicted`] and [`Fitted::regressions`].
    ///
    /// # Errors
    /// [`PopulationError::Nothing`] without ratings, [`PopulationError::Shape`] and [`PopulationError::NotFinite`] for
    /// tables that do not fit, [`PopulationError::Setting`].
    pub fn fit_beside(
        &self,
        ratings: &Ratings,
        content: &Columns,
        by_votes: &[f64],
        given: &[f64],
    ) -> Result<Fitted, PopulationError> {
        let n = ratings.candidates();
        if ratings.all().is_empty() {
            return Err(PopulationError::Nothing);
        }
        if content.rows() != n {
            return Err(PopulationError::Shape { what: "content", found: content.rows(), expected: n });
        }
        if !given.len().is_multiple_of(n) {
            let expected = n * given.len().div_ceil(n);
            return Err(PopulationError::Shape { what: "given features", found: given.len(), expected });
        }
        finite("given features", given)?;
        let p = given.len() / n;
        if self.rank + p > 32 {
            let found = (self.rank + p) as f64;
            return Err(PopulationError::Setting { what: "features", found, allowed: "0 to 32" });
        }
        let beside = if by_votes.is_empty() { None } else { Some(content.and(by_votes)?) };
        let mut state = State::new(self, ratings, beside.as_ref().unwrap_or(content), given, p);
        for round in 0..self.rounds.max(1) {
            state.persons();
            state.population();
            state.candidates();
            if round % NOISE_EVERY == NOISE_EVERY - 1 || round + 1 == self.rounds {
                state.noise();
            }
            if round % CONTENT_EVERY == CONTENT_EVERY - 1 || round + 1 == self.rounds {
                state.content(2);
            }
        }
        if beside.is_some() {
            state.content = content;
            let variances: Vec<f64> = state.regressions.iter().map(|one| 2.0 * one.offset_variance).collect();
            state.regressions = variances.into_iter().map(|one| Regression::new(content, one)).collect();
            state.content(LAST);
        }
        Ok(state.finish())
    }
}

/// Everything that moves while fitting.
struct State<'a> {
    options: &'a Hierarchy,
    ratings: &'a Ratings,
    content: &'a Columns,
    given: &'a [f64],
    r: usize,
    p: usize,
    q: usize,
    level: f64,
    /// `[n, 1 + r]`
    means: Vec<f64>,
    /// `[n, (1 + r)²]`
    spreads: Vec<f64>,
    /// `[n, 1 + r]`: content's predictions.
    predicted: Vec<f64>,
    regressions: Vec<Regression>,
    /// `[persons, q]`
    person_means: Vec<f64>,
    /// `[persons, q²]`
    person_spreads: Vec<f64>,
    prior: Vec<f64>,
    /// One a candidate, a person, or one.
    psi: Vec<f64>,
    mean_psi: f64,
    /// What votes alone say of each number of each candidate: value and precision, `[n, 1 + r]`.
    told: Vec<(f64, f64)>,
}

impl<'a> State<'a> {
    fn new(
        options: &'a Hierarchy,
        ratings: &'a Ratings,
        content: &'a Columns,
        given: &'a [f64],
        p: usize,
    ) -> Self {
        let (n, r) = (ratings.candidates(), options.rank);
        let (q, k) = (r + p + 1, r + 1);
        let count = ratings.all().len() as f64;
        let level = ratings.all().iter().map(|rating| rating.value).sum::<f64>() / count;
        let variance = ratings.all().iter().map(|rating| (rating.value - level).powi(2)).sum::<f64>() / count;
        // Constant ratings have no scale; any will do.
        let variance = if variance > 1e-12 { variance } else { 1.0 };
        let mut random = Random::new(options.seed, "hierarchy");
        let size = 0.3 * libm::sqrt(variance / r.max(1) as f64);
        let mut means = vec![0.0; n * k];
        for row in means.chunks_exact_mut(k) {
            row[1..].iter_mut().for_each(|value| *value = size * random.normal());
        }
        let mut prior = vec![0.0; q * q];
        (0..r).for_each(|i| prior[i * q + i] = 1.0);
        for i in r..r + p {
            let column = (0..n).map(|j| given[j * p + i - r].powi(2)).sum::<f64>() / n as f64;
            prior[i * q + i] = 0.05 * variance / (p as f64 * column).max(1e-9);
        }
        prior[q * q - 1] = 0.2 * variance;
        let psis = match options.noise {
            NoiseOf::Everybody => 1,
            NoiseOf::Candidate => n,
            NoiseOf::Person => ratings.persons(),
        };
        let mut regressions: Vec<_> = (0..k)
            .map(|at| Regression::new(content, if at == 0 { 0.2 * variance } else { size * size }))
            .collect();
        regressions.iter_mut().skip(1).for_each(|one| one.offset_variance = size * size);
        Self {
            options,
            ratings,
            content,
            given,
            r,
            p,
            q,
            level,
            means,
            spreads: vec![0.0; n * k * k],
            predicted: vec![0.0; n * k],
            regressions,
            person_means: vec![0.0; ratings.persons() * q],
            person_spreads: vec![0.0; ratings.persons() * q * q],
            prior,
            psi: vec![0.6 * variance; psis],
            mean_psi: 0.6 * variance,
            told: vec![(0.0, 0.0); n * k],
        }
    }

    fn psi(&self, person: usize, candidate: usize) -> f64 {
        match self.options.noise {
            NoiseOf::Everybody => self.psi[0],
            NoiseOf::Candidate => self.psi[candidate],
            NoiseOf::Person => self.psi[person],
        }
    }

    /// Everybody's posterior, given the candidates'.
    fn persons(&mut self) {
        let (r, p, q, k) = (self.r, self.p, self.q, self.r + 1);
        let Some(lower) = cholesky(jittered(&self.prior, q), q) else { return };
        let prior_precision = inverse(&lower, q);
        let mut x = vec![0.0; q];
        x[q - 1] = -1.0;
        for person in 0..self.ratings.persons() {
            let mut precision = prior_precision.clone();
            let mut right = vec![0.0; q];
            for rating in self.ratings.of_person(person) {
                let j = rating.candidate;
                let weight = 1.0 / self.psi(person, j);
                let mean = &self.means[j * k..(j + 1) * k];
                let spread = &self.spreads[j * k * k..(j + 1) * k * k];
                x[..r].copy_from_slice(&mean[1..]);
                x[r..r + p].copy_from_slice(&self.given[j * p..(j + 1) * p]);
                let rest = rating.value - self.level - mean[0];
                for i in 0..q {
                    let scaled = weight * x[i];
                    right[i] += scaled * rest;
                    let into = &mut precision[i * q..i * q + i + 1];
                    into.iter_mut().zip(&x).for_each(|(sum, value)| *sum += scaled * value);
                }
                for i in 0..r {
                    right[i] -= weight * spread[(1 + i) * k];
                    let from = &spread[(1 + i) * k + 1..(1 + i) * k + 2 + i];
                    precision[i * q..].iter_mut().zip(from).for_each(|(sum, value)| *sum += weight * value);
                }
            }
            mirror(&mut precision, q);
            let lower = cholesky(precision, q).expect("a prior's precision plus squares is positive");
            self.person_means[person * q..(person + 1) * q].copy_from_slice(&solve(&lower, q, &right));
            self.person_spreads[person * q * q..(person + 1) * q * q].copy_from_slice(&inverse(&lower, q));
        }
    }

    /// S and the mean of everybody, which moves into the candidates: m takes over what everybody shares.
    fn population(&mut self) {
        let (r, p, q, k) = (self.r, self.p, self.q, self.r + 1);
        let persons = self.ratings.persons();
        let active: Vec<usize> = (0..persons).filter(|&v| !self.ratings.of_person(v).is_empty()).collect();
        let count = active.len() as f64;
        let mut centre = vec![0.0; q];
        for &person in &active {
            let mean = &self.person_means[person * q..(person + 1) * q];
            centre.iter_mut().zip(mean).for_each(|(sum, value)| *sum += value / count);
        }
        for &person in &active {
            let mean = &mut self.person_means[person * q..(person + 1) * q];
            mean.iter_mut().zip(&centre).for_each(|(value, centre)| *value -= centre);
        }
        for (j, row) in self.means.chunks_exact_mut(k).enumerate() {
            // What everybody gives for given features is the crowd's: the regression on content finds it there from now on.
            let of_given = dot(&self.given[j * p..(j + 1) * p], &centre[r..q - 1]);
            row[0] += dot(&row[1..], &centre[..r]) + of_given - centre[q - 1];
            self.predicted[j * k] += of_given;
        }
        let mut second = vec![0.0; q * q];
        for &person in &active {
            let mean = &self.person_means[person * q..(person + 1) * q];
            let spread = &self.person_spreads[person * q * q..(person + 1) * q * q];
            for i in 0..q {
                for j in 0..=i {
                    second[i * q + j] += mean[i] * mean[j] + spread[i * q + j];
                }
            }
        }
        mirror(&mut second, q);
        let is_given = |i: usize| (r..q - 1).contains(&i);
        for i in 0..q {
            for j in 0..q {
                let at = i * q + j;
                // Too many people would be needed to tell how given features hang together.
                let kept = i == j || !(is_given(i) || is_given(j));
                let start = if i == j { PRIOR_WEIGHT * self.prior[at] } else { 0.0 };
                self.prior[at] = if kept { (second[at] + start) / (count + PRIOR_WEIGHT) } else { 0.0 };
            }
        }
    }

    /// Every candidate's posterior, given everybody's.
    fn candidates(&mut self) {
        let (r, p, q, k) = (self.r, self.p, self.q, self.r + 1);
        let prior: Vec<f64> = self.regressions.iter().map(|one| 1.0 / one.offset_variance).collect();
        let (mut h, mut with_rest) = (vec![1.0; k], vec![0.0; k]);
        for j in 0..self.ratings.candidates() {
            let mut precision = vec![0.0; k * k];
            let mut right = vec![0.0; k];
            let given = &self.given[j * p..(j + 1) * p];
            for rating in self.ratings.of_candidate(j) {
                let person = rating.person;
                let weight = 1.0 / self.psi(person, j);
                let mean = &self.person_means[person * q..(person + 1) * q];
                let spread = &self.person_spreads[person * q * q..(person + 1) * q * q];
                h[1..].copy_from_slice(&mean[..r]);
                let rest = rating.value - self.level + mean[q - 1] - dot(&mean[r..r + p], given);
                for i in 0..r {
                    let row = &spread[i * q..(i + 1) * q];
                    with_rest[1 + i] = row[q - 1] - dot(&row[r..r + p], given);
                }
                for i in 0..k {
                    let scaled = weight * h[i];
                    right[i] += scaled * rest + weight * with_rest[i];
                    let into = &mut precision[i * k..i * k + i + 1];
                    into.iter_mut().zip(&h).for_each(|(sum, value)| *sum += scaled * value);
                }
                for i in 0..r {
                    let from = &spread[i * q..i * q + i + 1];
                    let into = &mut precision[(1 + i) * k + 1..];
                    into.iter_mut().zip(from).for_each(|(sum, value)| *sum += weight * value);
                }
            }
            mirror(&mut precision, k);
            let (data, data_right) = (precision.clone(), right.clone());
            for i in 0..k {
                precision[i * k + i] += prior[i];
                right[i] += prior[i] * self.predicted[j * k + i];
            }
            let lower = cholesky(precision, k).expect("a prior's precision plus squares is positive");
            let mean = solve(&lower, k, &right);
            for i in 0..k {
                // The number that votes alone ask for, where the others are as the posterior has them.
                let precise = data[i * k + i];
                let others = dot(&data[i * k..(i + 1) * k], &mean) - precise * mean[i];
                self.told[j * k + i] =
                    if precise > 0.0 { ((data_right[i] - others) / precise, precise) } else { (0.0, 0.0) };
            }
            self.means[j * k..(j + 1) * k].copy_from_slice(&mean);
            self.spreads[j * k * k..(j + 1) * k * k].copy_from_slice(&inverse(&lower, k));
        }
    }

    /// E (y − prediction)² of one rating.
    fn squared(&self, rating: &crate::ratings::Rating) -> f64 {
        let (r, p, q, k) = (self.r, self.p, self.q, self.r + 1);
        let (v, j) = (rating.person, rating.candidate);
        let mean = &self.person_means[v * q..(v + 1) * q];
        let spread = &self.person_spreads[v * q * q..(v + 1) * q * q];
        let candidate = &self.means[j * k..(j + 1) * k];
        let unsure = &self.spreads[j * k * k..(j + 1) * k * k];
        let given = &self.given[j * p..(j + 1) * p];
        // The prediction is x·s + m with x = (f, e, −1).
        let x = |i: usize| match i {
            i if i < r => candidate[1 + i],
            i if i < r + p => given[i - r],
            _ => -1.0,
        };
        let mut error = rating.value - self.level - candidate[0];
        let mut variance = unsure[0];
        for i in 0..q {
            error -= x(i) * mean[i];
            let mut sum = 0.0;
            (0..i).for_each(|l| sum += x(l) * spread[i * q + l]);
            variance += x(i) * (2.0 * sum + x(i) * spread[i * q + i]);
        }
        for i in 0..r {
            variance += 2.0 * mean[i] * unsure[(1 + i) * k];
            for l in 0..r {
                variance += unsure[(1 + i) * k + 1 + l] * (mean[i] * mean[l] + spread[i * q + l]);
            }
        }
        error * error + variance
    }

    fn noise(&mut self) {
        let all: f64 = self.ratings.all().iter().map(|rating| self.squared(rating)).sum();
        self.mean_psi = (all / self.ratings.all().len() as f64).max(1e-9);
        let shrunk =
            |sum: f64, count: usize, mean: f64| (sum + NOISE_WEIGHT * mean) / (count as f64 + NOISE_WEIGHT);
        self.psi = match self.options.noise {
            NoiseOf::Everybody => vec![self.mean_psi],
            NoiseOf::Candidate => (0..self.ratings.candidates())
                .map(|j| {
                    let said = self.ratings.of_candidate(j);
                    let count = said.len();
                    shrunk(said.map(|rating| self.squared(rating)).sum(), count, self.mean_psi)
                })
                .collect(),
            NoiseOf::Person => (0..self.ratings.persons())
                .map(|v| {
                    let said = self.ratings.of_person(v);
                    shrunk(said.iter().map(|rating| self.squared(rating)).sum(), said.len(), self.mean_psi)
                })
                .collect(),
        };
    }

    /// What content says of candidates, from those with votes.
    fn content(&mut self, rounds: usize) {
        let (n, k) = (self.ratings.candidates(), self.r + 1);
        for i in 0..k {
            let evidence: Vec<(usize, f64, f64)> = (0..n)
                .map(|j| (j, self.told[j * k + i]))
                .filter(|(_, (_, precise))| *precise > 0.0)
                .map(|(j, (value, precise))| (j, value, precise))
                .collect();
            self.regressions[i].fit(self.content, &evidence, rounds);
            for j in 0..n {
                self.predicted[j * k + i] = self.regressions[i].predict(self.content.row(j));
            }
        }
    }

    fn finish(self) -> Fitted {
        let (n, k) = (self.ratings.candidates(), self.r + 1);
        let noise = match self.options.noise {
            NoiseOf::Candidate => self.psi,
            _ => vec![self.mean_psi; n],
        };
        Fitted {
            rank: self.r,
            given: self.p,
            level: self.level,
            mean_variances: (0..n).map(|j| self.spreads[j * k * k]).collect(),
            candidates: self.means,
            predicted: self.predicted,
            regressions: self.regressions,
            prior: self.prior,
            noise,
            mean_noise: self.mean_psi,
        }
    }
}

/// The upper triangle as the lower one.
fn mirror(matrix: &mut [f64], n: usize) {
    for i in 0..n {
        for j in 0..i {
            matrix[j * n + i] = matrix[i * n + j];
        }
    }
}

/// A hair's breadth more on the diagonal, for directions in which nobody differs.
fn jittered(matrix: &[f64], n: usize) -> Vec<f64> {
    let largest = (0..n).map(|i| matrix[i * n + i]).fold(0.0, f64::max).max(1e-9);
    let mut matrix = matrix.to_vec();
    (0..n).for_each(|i| matrix[i * n + i] += 1e-9 * largest);
    matrix
}
