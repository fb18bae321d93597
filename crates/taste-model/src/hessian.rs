//! The curvature of a board's posterior, and linear systems in it. What the curvature is made of is in `pairs.rs`.

use alloc::{vec, vec::Vec};

use crate::{pairs::Pairs, random::SplitMix64};

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
    pub(crate) curvatures: Vec<f64>,
    pub(crate) diagonal: Vec<f64>,
}

impl Hessian<'_> {
    /// The whole matrix, row-major `[unknowns, unknowns]`.
    pub(crate) fn dense(&self) -> Vec<f64> {
        let (n, m) = (self.pairs.candidates(), self.diagonal.len());
        let mut matrix = vec![0.0; m * m];
        for (i, value) in self.diagonal.iter().enumerate() {
            matrix[i * m + i] = *value;
        }
        for low in 0..n {
            let (first, row) = self.pairs.row(low);
            for (pair, curvature) in row.iter().zip(&self.curvatures[first..]) {
                let high = pair.high as usize;
                matrix[low * m + high] -= curvature;
                matrix[high * m + low] -= curvature;
                if m > n {
                    let tilt = f64::from(pair.side) * curvature;
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
        let mut noise = vec![[0.0; L]; self.diagonal.len()];
        for (i, noise) in noise.iter_mut().enumerate() {
            let precision = if i < n { self.ridge.rating } else { self.ridge.position };
            *noise = signed(libm::sqrt(precision), random);
        }
        for low in 0..n {
            let (first, row) = self.pairs.row(low);
            for (pair, curvature) in row.iter().zip(&self.curvatures[first..]) {
                let flow: [f64; L] = signed(libm::sqrt(*curvature), random);
                let side = f64::from(pair.side);
                for lane in 0..L {
                    noise[low][lane] += flow[lane];
                    noise[pair.high as usize][lane] -= flow[lane];
                }
                if self.pairs.sides() {
                    for lane in 0..L {
                        noise[n][lane] += side * flow[lane];
                    }
                }
            }
        }
        noise
    }

    /// Solves A x = b by conjugate gradients, to a residual of `precision` times b's norm.
    pub(crate) fn solve(&self, b: &[f64], precision: f64) -> Vec<f64> {
        let b: Vec<[f64; 1]> = b.iter().map(|&value| [value]).collect();
        self.solve_all(&b, precision).into_iter().map(|[value]| value).collect()
    }

    /// The same for `L` right sides at once: each pair is read once for all of them.
    pub(crate) fn solve_all<const L: usize>(&self, b: &[[f64; L]], precision: f64) -> Vec<[f64; L]> {
        let n = b.len();
        let mut x = vec![[0.0; L]; n];
        let mut residual = b.to_vec();
        let target = products(b, b).map(|square| precision * precision * square);
        let mut scaled = residual.clone();
        for (scaled, diagonal) in scaled.iter_mut().zip(&self.diagonal) {
            for scaled in scaled {
                *scaled /= diagonal;
            }
        }
        let mut direction = scaled.clone();
        let mut energy = products(&residual, &scaled);
        let mut applied = vec![[0.0; L]; n];
        let mut going = [true; L];
        for _ in 0..(2 * n + 100) {
            let left = products(&residual, &residual);
            for lane in 0..L {
                going[lane] &= left[lane] > target[lane] && energy[lane] > 0.0;
            }
            if going == [false; L] {
                break;
            }
            self.apply(&direction, &mut applied);
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
                    scaled[i][lane] = residual[i][lane] / self.diagonal[i];
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
        x
    }

    fn apply<const L: usize>(&self, v: &[[f64; L]], out: &mut [[f64; L]]) {
        // The loop over pairs is most of a board's time: it has no place for a term that is not there.
        if self.pairs.sides() { self.multiply::<L, true>(v, out) } else { self.multiply::<L, false>(v, out) }
    }

    fn multiply<const L: usize, const SIDES: bool>(&self, v: &[[f64; L]], out: &mut [[f64; L]]) {
        let n = self.pairs.candidates();
        let position = if SIDES { v[n] } else { [0.0; L] };
        let mut tilt = position.map(|value| self.ridge.position * value);
        for (out, v) in out[..n].iter_mut().zip(v) {
            *out = v.map(|value| self.ridge.rating * value);
        }
        for low in 0..n {
            let (first, row) = self.pairs.row(low);
            // The lower number's sum stays in a register: only the higher ones are written.
            let (own, mut sum) = (v[low], [0.0; L]);
            for (pair, curvature) in row.iter().zip(&self.curvatures[first..]) {
                let (other, out) = (&v[pair.high as usize], &mut out[pair.high as usize]);
                let side = f64::from(pair.side);
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
                out[low][lane] += sum[lane];
            }
        }
        if SIDES {
            out[n] = tilt;
        }
    }
}

/// `size` with a random sign in each of up to 64 lanes.
pub(crate) fn signed<const L: usize>(size: f64, random: &mut SplitMix64) -> [f64; L] {
    let bits = random.next();
    core::array::from_fn(|lane| if bits >> (63 - lane) & 1 == 0 { size } else { -size })
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
