//! A person's taste to take along: the posterior in a few hundred bytes, tied to the model that it is about.
//!
//! What votes taught is small beside what the model knows of everybody, so it is counted from there. With S = L Lᵀ the
//! prior, the posterior (μ, Σ) is written as L⁻¹(μ − μ₀), 16 bits a number, and as the Cholesky factor of L⁻¹ Σ L⁻ᵀ, whose diagonal
//! lies in (0, 1] (16 bits) and whose rest is small (8 bits): votes never make anybody less sure. A factor is positive
//! whatever is rounded. 16 features take 297 bytes, 32 take 753; a signature comes behind.
//! What is *not* here: signatures and hashes (`taste-sdk`, `taste-ballot`).
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `TASTEPP1` |
//! | 1 | q, numbers that describe a person: r features and the threshold |
//! | 4 | votes learned from |
//! | 8 | when, in seconds since 1970 |
//! | 32 | the model's digest |
//! | 32 | the round in which it was written |
//! | 4, 4 | f32: the largest size in the mean, and below the diagonal |
//! | 2 q | i16: the mean, in 1/32767 of that |
//! | 2 q | u16: the diagonal, in 1/65535 |
//! | q (q − 1) / 2 | i8: what is below it, row by row, in 1/127 |
//!
//! Numbers are little-endian.

use alloc::{vec, vec::Vec};
use taste_core::{Digest, RoundId};

use crate::{
    error::ModelError,
    prior::{MAX_FEATURES, Prior, cholesky, forward, ridge},
    taste::Taste,
};

const MAGIC: &[u8; 8] = b"TASTEPP1";
const HEADER: usize = 8 + 1 + 4 + 8 + 32 + 32 + 4 + 4;

/// What is signed: the SHA-256 of this, then the passport's bytes.
pub const PASSPORT_DOMAIN: &[u8] = b"tastemaker.passport/1\n";

/// A taste as it travels.
#[derive(Clone, Debug, PartialEq)]
pub struct Passport {
    model: Digest,
    round: RoundId,
    votes: u32,
    at: u64,
    sizes: [f32; 2],
    mean: Vec<i16>,
    diagonal: Vec<u16>,
    below: Vec<i8>,
}

impl Passport {
    /// Writes a taste down. `prior` is that of the model `model`; `round` is where the votes were cast, so that they are not
    /// learned twice; `at` is the time in seconds.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`] where the taste is about other features than the prior.
    pub fn new(
        taste: &Taste,
        prior: &Prior,
        model: Digest,
        round: RoundId,
        at: u64,
    ) -> Result<Self, ModelError> {
        let q = prior.dimension();
        if taste.mean().len() != q {
            let (found, expected) = (taste.features(), prior.features());
            return Err(ModelError::FeatureCount { found, expected });
        }
        let (lower, ridge) = whitening(prior)?;
        let mut mean = taste.mean().to_vec();
        mean[q - 1] -= prior.threshold_mean();
        forward(&lower, q, &mut mean);
        // L⁻¹ Σ L⁻ᵀ, the ridge counted in both: what nobody differs in stays one.
        let mut columns = taste.covariance().to_vec();
        (0..q).for_each(|i| columns[i * q + i] += ridge);
        for _ in 0..2 {
            // Rows of a symmetric matrix are its columns; after the first pass they are rows of (L⁻¹ Σ)ᵀ.
            columns.chunks_exact_mut(q).for_each(|row| forward(&lower, q, row));
            columns = (0..q * q).map(|at| columns[at % q * q + at / q]).collect();
        }
        let share = cholesky(&columns, q, 1e-12).ok_or(NOT_POSITIVE)?;
        let mean_size = mean.iter().fold(0.0, |most: f64, value| most.max(value.abs())) as f32;
        let small = (0..q).flat_map(|i| share[i * q..i * q + i].iter().copied());
        let size = small.clone().fold(0.0, |most: f64, value| most.max(value.abs())) as f32;
        let part = |value: f64, size: f32, steps: f64| match size {
            0.0 => 0.0,
            _ => libm::round((value / f64::from(size)).clamp(-1.0, 1.0) * steps),
        };
        Ok(Self {
            model,
            round,
            votes: taste.votes(),
            at,
            sizes: [mean_size, size],
            mean: mean.iter().map(|&value| part(value, mean_size, 32_767.0) as i16).collect(),
            diagonal: (0..q)
                .map(|i| libm::round(share[i * q + i].clamp(0.0, 1.0) * 65_535.0).max(1.0) as u16)
                .collect(),
            below: small.map(|value| part(value, size, 127.0) as i8).collect(),
        })
    }

    /// The model it is about.
    pub fn model(&self) -> Digest {
        self.model
    }

    /// The round in which it was written.
    pub fn round(&self) -> RoundId {
        self.round
    }

    /// How many votes it has learned from.
    pub fn votes(&self) -> u32 {
        self.votes
    }

    /// When it was written, in seconds.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The taste, under the prior of its own model. Without votes it is exactly the crowd.
    ///
    /// # Errors
    /// [`ModelError::PassportModel`], [`ModelError::FeatureCount`], and what [`Prior::new`] refuses.
    pub fn taste(&self, prior: &Prior, model: Digest) -> Result<Taste, ModelError> {
        if self.model != model {
            return Err(ModelError::PassportModel { found: self.model, expected: model });
        }
        let q = self.mean.len();
        if q != prior.dimension() {
            return Err(ModelError::FeatureCount { found: q - 1, expected: prior.features() });
        }
        if self.votes == 0 {
            return Ok(Taste::crowd(prior).of_model(model));
        }
        let (lower, ridge) = whitening(prior)?;
        let [mean_size, size] = self.sizes.map(f64::from);
        let white: Vec<f64> = self.mean.iter().map(|&step| f64::from(step) / 32_767.0 * mean_size).collect();
        let mut share = vec![0.0; q * q];
        let mut below = self.below.iter();
        for i in 0..q {
            for j in 0..i {
                share[i * q + j] = f64::from(*below.next().unwrap_or(&0)) / 127.0 * size;
            }
            share[i * q + i] = f64::from(self.diagonal[i]) / 65_535.0;
        }
        // F = L C; then Σ = F Fᵀ.
        let mut factor = vec![0.0; q * q];
        let mut mean = vec![0.0; q];
        for i in 0..q {
            for k in 0..=i {
                mean[i] += lower[i * q + k] * white[k];
                for j in 0..=k {
                    factor[i * q + j] += lower[i * q + k] * share[k * q + j];
                }
            }
        }
        mean[q - 1] += prior.threshold_mean();
        let mut covariance = vec![0.0; q * q];
        for i in 0..q {
            for j in 0..=i {
                let mut sum = 0.0;
                (0..=j).for_each(|k| sum += factor[i * q + k] * factor[j * q + k]);
                sum -= if i == j { ridge.min(sum) } else { 0.0 };
                (covariance[i * q + j], covariance[j * q + i]) = (sum, sum);
            }
        }
        Taste::of_parts(model, self.votes, mean, covariance)
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let q = self.mean.len();
        let mut bytes = Vec::with_capacity(length(q));
        bytes.extend(MAGIC);
        bytes.push(q as u8);
        bytes.extend(self.votes.to_le_bytes());
        bytes.extend(self.at.to_le_bytes());
        bytes.extend(self.model.0);
        bytes.extend(self.round.0);
        self.sizes.iter().for_each(|size| bytes.extend(size.to_le_bytes()));
        self.mean.iter().for_each(|step| bytes.extend(step.to_le_bytes()));
        self.diagonal.iter().for_each(|step| bytes.extend(step.to_le_bytes()));
        self.below.iter().for_each(|step| bytes.extend(step.to_le_bytes()));
        bytes
    }

    /// Reads one, and what comes behind it (a signature).
    ///
    /// # Errors
    /// [`ModelError::Passport`], [`ModelError::Shape`], [`ModelError::Range`] for sizes that no taste has.
    pub fn read(bytes: &[u8]) -> Result<(Self, &[u8]), ModelError> {
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or(ModelError::Passport)?;
        if &header[..8] != MAGIC {
            return Err(ModelError::Passport);
        }
        let q = usize::from(header[8]);
        if !(2..=MAX_FEATURES + 1).contains(&q) {
            return Err(ModelError::Shape { what: "a taste passport", found: q, expected: MAX_FEATURES + 1 });
        }
        if bytes.len() < length(q) {
            return Err(ModelError::Passport);
        }
        let (own, rest) = bytes.split_at(length(q));
        let (mut model, mut round) = ([0; 32], [0; 32]);
        model.copy_from_slice(&header[21..53]);
        round.copy_from_slice(&header[53..85]);
        let size = |at: usize| f32::from_le_bytes([own[at], own[at + 1], own[at + 2], own[at + 3]]);
        let sizes = [size(85), size(89)];
        crate::error::within("a passport's mean", f64::from(sizes[0]), 0.0, 1e6)?;
        crate::error::within("a passport's covariance", f64::from(sizes[1]), 0.0, 1.0)?;
        let (mean, after) = own[HEADER..].split_at(2 * q);
        let (diagonal, below) = after.split_at(2 * q);
        let diagonal: Vec<u16> =
            diagonal.as_chunks::<2>().0.iter().map(|two| u16::from_le_bytes(*two)).collect();
        if diagonal.contains(&0) {
            return Err(NOT_POSITIVE);
        }
        let passport = Self {
            model: Digest(model),
            round: Digest(round),
            votes: u32::from_le_bytes([header[9], header[10], header[11], header[12]]),
            at: u64::from_le_bytes(core::array::from_fn(|i| header[13 + i])),
            sizes,
            mean: mean.as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two)).collect(),
            diagonal,
            below: below.iter().map(|&byte| byte as i8).collect(),
        };
        Ok((passport, rest))
    }
}

const NOT_POSITIVE: ModelError =
    ModelError::Covariance { what: "a taste passport's", why: "it has a direction without variance" };

/// How long one of q numbers is.
const fn length(q: usize) -> usize {
    HEADER + 4 * q + q * (q - 1) / 2
}

/// L of the prior with its ridge, and that ridge.
fn whitening(prior: &Prior) -> Result<(Vec<f64>, f64), ModelError> {
    let q = prior.dimension();
    let ridge = ridge(prior.covariance(), q);
    let lower = cholesky(prior.covariance(), q, ridge)
        .ok_or(ModelError::Covariance { what: "the prior", why: "it has a negative direction" })?;
    Ok((lower, ridge))
}
