//! The curvature of a board's posterior, and linear systems in it. What the curvature is made of is in `pairs.rs`.

use alloc::{vec, vec::Vec};

use crate::{
    crew::{Crew, each},
    pairs::{Pairs, Piece},
    random::SplitMix64,
};

/// Precisions of the normal priors, above 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ridge {
    /// Of each rating.
    pub(crate) rating: f64,
    /// Of the position term, where there is one.
    pub(crate) position: f64,
}

/// The negative Hessian of the log-posterior: each pair adds w·p·(1 − p) times the outer square of (+1 at its lower number,
/// −1 at its higher one, its side at the position term); the priors add to the diagonal. Without a position term it is a
/// graph's Laplacian and a ridge.
pub(crate) struct Hessian<'a> {
    pub(crate) pairs: &'a Pairs,
    pub(crate) ridge: Ridge,
    pub(crate) curvature: Curvature,
    pub(crate) crew: &'a dyn Crew,
}

/// w·p·(1 − p) of each pair, and the matrix's diagonal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Curvature {
    pub(crate) pairs: Vec<f64>,
    pub(crate) diagonal: Vec<f64>,
}

impl Hessian<'_> {
    /// The whole matrix, row-major `[unknowns, unknowns]`.
    pub(crate) fn dense(&self) -> Vec<f64> {
        let (n, m) = (self.pairs.candidates(), self.curvature.diagonal.len());
        let mut matrix = vec![0.0; m * m];
        for (i, value) in self.curvature.diagonal.iter().enumerate() {
            matrix[i * m + i] = *value;
        }
        for (low, row) in self.pairs.pieces().flat_map(|piece| piece.rows().collect::<Vec<_>>()) {
            for (pair, &high) in row.clone().zip(self.pairs.highs(row)) {
                let (high, curvature) = (high as usize, self.curvature.pairs[pair]);
                matrix[low * m + high] -= curvature;
                matrix[high * m + low] -= curvature;
                if m > n {
                    let tilt = self.pairs.tilt(pair) * curvature;
                    matrix[low * m + n] += tilt;
                    matrix[n * m + low] += tilt;
                    matrix[high * m + n] -= tilt;
                    matrix[n * m + high] -= tilt;
                }
            }
        }
        matrix
    }

    /// `L` draws of mean zero whose covariance is this matrix: a random sign for each prior and for each pair, times the
    /// root of what it adds.
    pub(crate) fn noise<const L: usize>(&self, random: &mut SplitMix64) -> Vec<[f64; L]> {
        let n = self.pairs.candidates();
        let mut noise = vec![[0.0; L]; self.curvature.diagonal.len()];
        for (i, noise) in noise.iter_mut().enumerate() {
            let precision = if i < n { self.ridge.rating } else { self.ridge.position };
            *noise = signed(libm::sqrt(precision), random);
        }
        // Each piece begins where the numbers before it end.
        let before = random.clone();
        random.skip(self.curvature.pairs.len() as u64);
        let sides = self.pairs.sides();
        let parts = each(self.crew, self.pairs.pieces(), |piece| {
            let mut random = before.clone();
            random.skip(piece.first as u64);
            let (mut sums, mut tilt) = (vec![[0.0; L]; n - piece.low.start], [0.0; L]);
            for (low, row) in piece.rows() {
                for (pair, &high) in row.clone().zip(self.pairs.highs(row)) {
                    let flow: [f64; L] = signed(libm::sqrt(self.curvature.pairs[pair]), &mut random);
                    for lane in 0..L {
                        sums[low - piece.low.start][lane] += flow[lane];
                        sums[high as usize - piece.low.start][lane] -= flow[lane];
                    }
                    if sides {
                        let side = self.pairs.tilt(pair);
                        for lane in 0..L {
                            tilt[lane] += side * flow[lane];
                        }
                    }
                }
            }
            (sums, tilt)
        });
        for (piece, (sums, tilt)) in self.pairs.pieces().zip(parts) {
            add_all(&mut noise[piece.low.start..n], &sums);
            if sides {
                add_all(&mut noise[n..], &[tilt]);
            }
        }
        noise
    }

    /// Solves A x = b by conjugate gradients, to a residual of `precision` times b's norm; and how many rounds that took.
    pub(crate) fn solve(&self, b: &[f64], precision: f64) -> (Vec<f64>, usize) {
        let b: Vec<[f64; 1]> = b.iter().map(|&value| [value]).collect();
        let (x, rounds) = self.solve_all(&b, precision);
        (x.into_iter().map(|[value]| value).collect(), rounds)
    }

    /// The same for `L` right sides at once: each pair is read once for all of them.
    pub(crate) fn solve_all<const L: usize>(&self, b: &[[f64; L]], precision: f64) -> (Vec<[f64; L]>, usize) {
        let n = b.len();
        let mut x = vec![[0.0; L]; n];
        let mut residual = b.to_vec();
        let target = products(b, b).map(|square| precision * precision * square);
        let mut scaled = residual.clone();
        for (scaled, diagonal) in scaled.iter_mut().zip(&self.curvature.diagonal) {
            for scaled in scaled {
                *scaled /= diagonal;
            }
        }
        let mut direction = scaled.clone();
        let mut energy = products(&residual, &scaled);
        let mut applied = vec![[0.0; L]; n];
        let mut parts: Vec<Part<L>> = self.pairs.pieces().map(|piece| self.part(&piece)).collect();
        let mut rounds = 0;
        let mut going = [true; L];
        for _ in 0..(2 * n + 100) {
            let left = products(&residual, &residual);
            for lane in 0..L {
                going[lane] &= left[lane] > target[lane] && energy[lane] > 0.0;
            }
            if going == [false; L] {
                break;
            }
            rounds += 1;
            self.apply(&direction, &mut parts, &mut applied);
            let stiffness = products(&direction, &applied);
            let mut length = [0.0; L];
            for lane in 0..L {
                let wanted = energy[lane] / stiffness[lane];
                going[lane] &= wanted.is_finite();
                if going[lane] {
                    length[lane] = wanted;
                }
            }
            if going == [false; L] {
                break;
            }
            for i in 0..n {
                for lane in 0..L {
                    x[i][lane] += length[lane] * direction[i][lane];
                    residual[i][lane] -= length[lane] * applied[i][lane];
                    scaled[i][lane] = residual[i][lane] / self.curvature.diagonal[i];
                }
            }
            let next = products(&residual, &scaled);
            let mut keep = [0.0; L];
            for lane in 0..L {
                if going[lane] {
                    keep[lane] = next[lane] / energy[lane];
                }
            }
            for (direction, scaled) in direction.iter_mut().zip(&scaled) {
                for lane in 0..L {
                    direction[lane] = scaled[lane] + keep[lane] * direction[lane];
                }
            }
            energy = next;
        }
        (x, rounds)
    }

    fn part<const L: usize>(&self, piece: &Piece<'_>) -> Part<L> {
        Part { sums: vec![[0.0; L]; self.pairs.candidates() - piece.low.start], tilt: [0.0; L] }
    }

    fn apply<const L: usize>(&self, v: &[[f64; L]], parts: &mut [Part<L>], out: &mut [[f64; L]]) {
        let n = self.pairs.candidates();
        // The loop over pairs is most of a board's time: it has no place for a term that is not there.
        each(self.crew, self.pairs.pieces().zip(&mut *parts), |(piece, part)| {
            if self.pairs.sides() {
                self.multiply::<L, true>(&piece, v, part);
            } else {
                self.multiply::<L, false>(&piece, v, part);
            }
        });
        for (out, v) in out[..n].iter_mut().zip(v) {
            *out = v.map(|value| self.ridge.rating * value);
        }
        for (piece, part) in self.pairs.pieces().zip(&*parts) {
            add_all(&mut out[piece.low.start..n], &part.sums);
        }
        if self.pairs.sides() {
            out[n] = v[n].map(|value| self.ridge.position * value);
            for part in parts {
                add_all(&mut out[n..], &[part.tilt]);
            }
        }
    }

    fn multiply<const L: usize, const SIDES: bool>(
        &self,
        piece: &Piece<'_>,
        v: &[[f64; L]],
        part: &mut Part<L>,
    ) {
        let n = self.pairs.candidates();
        let position = if SIDES { v[n] } else { [0.0; L] };
        let mut tilt = [0.0; L];
        let v = &v[piece.low.start..n];
        let out = &mut part.sums[..v.len()];
        out.fill([0.0; L]);
        for (low, row) in piece.rows() {
            // The lower number's sum stays in a register: only the higher ones are written.
            let (own, mut sum) = (v[low - piece.low.start], [0.0; L]);
            let curvatures = &self.curvature.pairs[row.clone()];
            for (at, (&high, curvature)) in self.pairs.highs(row.clone()).iter().zip(curvatures).enumerate() {
                let high = high as usize - piece.low.start;
                let side = if SIDES { self.pairs.tilt(row.start + at) } else { 0.0 };
                let (other, out) = (&v[high], &mut out[high]);
                for lane in 0..L {
                    let mut gap = own[lane] - other[lane];
                    if SIDES {
                        gap += side * position[lane];
                    }
                    let flow = curvature * gap;
                    sum[lane] += flow;
                    out[lane] -= flow;
                    if SIDES {
                        tilt[lane] += side * flow;
                    }
                }
            }
            for lane in 0..L {
                out[low - piece.low.start][lane] += sum[lane];
            }
        }
        part.tilt = tilt;
    }
}

/// What a piece of the pairs adds to a product: to the candidates from its first row on, and to the position term.
struct Part<const L: usize> {
    sums: Vec<[f64; L]>,
    tilt: [f64; L],
}

/// Adds `terms` to the sums, one by one.
pub(crate) fn add_all<const L: usize>(sums: &mut [[f64; L]], terms: &[[f64; L]]) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        for lane in 0..L {
            sum[lane] += term[lane];
        }
    }
}

/// `size` with a random sign in each of up to 64 lanes.
pub(crate) fn signed<const L: usize>(size: f64, random: &mut SplitMix64) -> [f64; L] {
    let bits = random.next();
    core::array::from_fn(|lane| f64::from_bits(size.to_bits() ^ (bits << lane & 1 << 63)))
}

/// Inner products, lane by lane.
fn products<const L: usize>(a: &[[f64; L]], b: &[[f64; L]]) -> [f64; L] {
    let mut sums = [0.0; L];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..L {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums
}
