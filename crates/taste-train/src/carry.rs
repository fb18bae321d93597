//! How far features carry over to candidates that nobody judged.
//!
//! Features are linear in content. Where candidates are fewer than an embedding's numbers, weights go through what votes said
//! of each of them, and what they say of a candidate without votes is a guess: eighty jokes teach little of how a joke's words
//! divide people. How good a guess is shown by leaving candidates out, one at a time, which for an interpolation has a closed form
//! (Craven & Wahba 1979, *Smoothing noisy data with spline functions*; Rasmussen & Williams 2006, §5.4.2): with K = X Xᵀ,
//! `guessⱼ = fⱼ − [K⁻¹f]ⱼ / [K⁻¹]ⱼⱼ`.
//!
//! What remains true of the guesses (a regression of the fⱼ on them) is what content may say of candidates without votes; what
//! they leave open is noise there, in units of a utility's variance, as the population's taste is N(0, I).

use taste_population::{
    Random,
    matrix::{cholesky, dot, inverse},
};

/// The most candidates that are looked at; of more some, drawn at random.
const MOST: usize = 1_000;
/// Added to K's diagonal, as a share of its mean: what is nearer than this is one candidate.
const JITTER: f64 = 1e-3;

/// What content says of the features of candidates without votes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Carry {
    /// Times what the weights say, 0 to 1.
    pub(crate) share: f64,
    /// Variance of a personal utility that is left open.
    pub(crate) open: f64,
}

impl Carry {
    /// Content says of candidates without votes all that it says of the others.
    pub(crate) const ALL: Self = Self { share: 1.0, open: 0.0 };

    /// From the standardised content `[n, d]` and the features `[n, r]` of candidates with votes.
    ///
    /// With twice as many candidates as numbers nothing is interpolated: the weights were held to more than they can fit.
    pub(crate) fn of(content: &[f64], features: &[f64], candidates: usize, seed: u64) -> Self {
        let (d, r) = (content.len() / candidates.max(1), features.len() / candidates.max(1));
        if candidates < 2 || candidates >= 2 * d {
            return Self::ALL;
        }
        let mut some: Vec<usize> = (0..candidates).collect();
        if candidates > MOST {
            Random::new(seed, "carry").shuffle(&mut some);
            some.truncate(MOST);
        }
        let n = some.len();
        let row = |i: usize| &content[some[i] * d..(some[i] + 1) * d];
        let mut gram = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let value = dot(row(i), row(j));
                (gram[i * n + j], gram[j * n + i]) = (value, value);
            }
        }
        let size = (0..n).map(|i| gram[i * n + i]).sum::<f64>() / n as f64;
        (0..n).for_each(|i| gram[i * n + i] += JITTER * size);
        // Candidates that are all alike to the encoder: nothing carries, and there is nothing to carry.
        let Some(lower) = cholesky(gram, n).filter(|_| size > 1e-12) else { return Self::ALL };
        let inverted = inverse(&lower, n);
        let mut pairs = Vec::with_capacity(n * r);
        for k in 0..r {
            let own: Vec<f64> = some.iter().map(|&i| features[i * r + k]).collect();
            for i in 0..n {
                let residual = dot(&inverted[i * n..(i + 1) * n], &own) / inverted[i * n + i];
                pairs.push((own[i], own[i] - residual));
            }
        }
        let squares: f64 = pairs.iter().map(|(_, guess)| guess * guess).sum();
        if squares <= 1e-12 {
            return Self::ALL;
        }
        let share = (pairs.iter().map(|(own, guess)| own * guess).sum::<f64>() / squares).clamp(0.0, 1.0);
        let open = pairs.iter().map(|(own, guess)| (own - share * guess).powi(2)).sum::<f64>() / n as f64;
        Self { share, open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(n: usize, d: usize, r: usize, told: f64) -> (Vec<f64>, Vec<f64>) {
        let mut random = Random::new(4, "carry's world");
        let content: Vec<f64> = (0..n * d).map(|_| random.normal() / libm::sqrt(d as f64)).collect();
        let weights: Vec<f64> = (0..d * r).map(|_| random.normal()).collect();
        let features = (0..n * r)
            .map(|at| {
                let of_content: f64 = (0..d).map(|i| content[at / r * d + i] * weights[i * r + at % r]).sum();
                told * of_content + libm::sqrt(1.0 - told * told) * random.normal()
            })
            .collect();
        (content, features)
    }

    /// Twenty numbers of content that decide features, or decide nothing; each candidate left out by hand.
    #[test]
    fn what_content_tells_carries_and_what_it_does_not_is_left_open() {
        let (content, features) = world(30, 40, 2, 1.0);
        let told = Carry::of(&content, &features, 30, 1);
        let (content, noise) = world(30, 40, 2, 0.0);
        let untold = Carry::of(&content, &noise, 30, 1);
        assert!(told.share > untold.share + 0.3, "{told:?} {untold:?}");
        assert!(untold.share < 0.3 && untold.open > 1.0, "{untold:?}");
    }

    #[test]
    fn a_guess_is_what_the_others_say() {
        let (n, d) = (6, 8);
        let (content, features) = world(n, d, 1, 0.7);
        let row = |i: usize| &content[i * d..(i + 1) * d];
        let size = (0..n).map(|i| dot(row(i), row(i))).sum::<f64>() / n as f64;
        let (mut both, mut squares, mut guesses) = (0.0, 0.0, vec![]);
        for left_out in 0..n {
            let others: Vec<usize> = (0..n).filter(|&i| i != left_out).collect();
            let m = others.len();
            let gram: Vec<f64> = (0..m * m)
                .map(|at| {
                    let same = if at / m == at % m { JITTER * size } else { 0.0 };
                    dot(row(others[at / m]), row(others[at % m])) + same
                })
                .collect();
            let own: Vec<f64> = others.iter().map(|&i| features[i]).collect();
            let alpha = taste_population::matrix::solve(&cholesky(gram, m).unwrap(), m, &own);
            let guess: f64 =
                others.iter().zip(alpha).map(|(&i, alpha)| alpha * dot(row(i), row(left_out))).sum();
            both += guess * features[left_out];
            squares += guess * guess;
            guesses.push(guess);
        }
        let share = (both / squares).clamp(0.0, 1.0);
        let found = Carry::of(&content, &features, n, 1);
        assert!((found.share - share).abs() < 1e-6, "{found:?} {share}");
        let open = (0..n).map(|i| (features[i] - share * guesses[i]).powi(2)).sum::<f64>() / n as f64;
        assert!((found.open - open).abs() < 1e-6, "{found:?} {open}");
    }

    #[test]
    fn many_candidates_of_few_numbers_carry_all_and_equal_ones_stay_finite() {
        let (content, features) = world(80, 40, 2, 0.0);
        assert_eq!(Carry::of(&content, &features, 80, 1), Carry::ALL);
        assert_eq!(Carry::of(&[0.0; 12], &[1.0, 2.0, 3.0], 3, 1), Carry::ALL);
        let same = Carry::of(&[1.0; 12], &[1.0, 1.0, 1.0], 3, 1);
        assert!(same.share.is_finite() && same.open.is_finite(), "{same:?}");
    }
}
