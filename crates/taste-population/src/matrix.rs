//! The little dense linear algebra that closed-form fits need: Cholesky, inverse, symmetric eigenvectors. Row-major
//! f64, fixed order, a few hundred rows at most.

/// The lower Cholesky factor in place of the lower triangle; none where the matrix is not positive definite.
pub fn cholesky(mut a: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    for i in 0..n {
        let (above, below) = a.split_at_mut(i * n);
        let row = &mut below[..n];
        for j in 0..i {
            let other = &above[j * n..j * n + j + 1];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if pivot <= 0.0 || !pivot.is_finite() {
            return None;
        }
        row[i] = libm::sqrt(pivot);
        row[i + 1..].fill(0.0);
    }
    Some(a)
}

/// ln det of L Lᵀ.
pub fn log_determinant(lower: &[f64], n: usize) -> f64 {
    (0..n).map(|i| 2.0 * libm::log(lower[i * n + i])).sum()
}

/// x with L Lᵀ x = b.
pub fn solve(lower: &[f64], n: usize, b: &[f64]) -> Vec<f64> {
    let mut x = b.to_vec();
    for i in 0..n {
        x[i] = (x[i] - dot(&lower[i * n..i * n + i], &x[..i])) / lower[i * n + i];
    }
    for i in (0..n).rev() {
        x[i] /= lower[i * n + i];
        let value = x[i];
        for j in 0..i {
            x[j] -= lower[i * n + j] * value;
        }
    }
    x
}

/// (L Lᵀ)⁻¹.
pub fn inverse(lower: &[f64], n: usize) -> Vec<f64> {
    let mut result = vec![0.0; n * n];
    let mut unit = vec![0.0; n];
    for column in 0..n {
        unit[column] = 1.0;
        let x = solve(lower, n, &unit);
        unit[column] = 0.0;
        // Symmetric: the column is the row.
        result[column * n..(column + 1) * n].copy_from_slice(&x);
    }
    result
}

/// Eigenvalues, largest first, and eigenvectors as columns, by cyclic Jacobi rotations (Golub & Van Loan, 8.5).
pub fn eigen(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|i| vectors[i * n + i] = 1.0);
    for _ in 0..60 {
        let off: f64 =
            (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * n + j] * a[i * n + j]).sum();
        let scale: f64 = (0..n).map(|i| a[i * n + i] * a[i * n + i]).sum();
        if off <= 1e-28 * scale {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, n, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]).then(i.cmp(&j)));
    let values = order.iter().map(|&i| a[i * n + i]).collect();
    let mut sorted = vec![0.0; n * n];
    for (new, &old) in order.iter().enumerate() {
        // An eigenvector's sign is arbitrary: the largest entry is made positive, so that equal inputs stay equal.
        let largest =
            (0..n).max_by(|&i, &j| vectors[i * n + old].abs().total_cmp(&vectors[j * n + old].abs()));
        let sign = if largest.is_some_and(|i| vectors[i * n + old] < 0.0) { -1.0 } else { 1.0 };
        for row in 0..n {
            sorted[row * n + new] = sign * vectors[row * n + old];
        }
    }
    (values, sorted)
}

/// The `count` leading eigenvectors of a symmetric positive semidefinite matrix, by orthogonal iteration from unit vectors
/// (Golub & Van Loan, 8.2): for large matrices of which few are wanted.
pub fn leading(matrix: &[f64], n: usize, count: usize, rounds: usize) -> Vec<Vec<f64>> {
    // A start that no symmetry of the matrix makes orthogonal to what is sought.
    let mut axes: Vec<Vec<f64>> =
        (0..count).map(|k| (0..n).map(|i| libm::cos((i + 1) as f64 * (k as f64 + 0.7))).collect()).collect();
    for _ in 0..rounds {
        for axis in &mut axes {
            *axis = matrix.chunks_exact(n).map(|row| dot(row, axis)).collect();
        }
        for k in 0..count {
            let (before, rest) = axes.split_at_mut(k);
            let axis = &mut rest[0];
            for other in before.iter() {
                let along = dot(axis, other);
                axis.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
            }
            let norm = libm::sqrt(dot(axis, axis)).max(1e-300);
            axis.iter_mut().for_each(|value| *value /= norm);
        }
    }
    axes
}

fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + libm::sqrt(theta * theta + 1.0));
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / libm::sqrt(t * t + 1.0);
    let s = t * c;
    for k in 0..n {
        let (kp, kq) = (a[k * n + p], a[k * n + q]);
        a[k * n + p] = c * kp - s * kq;
        a[k * n + q] = s * kp + c * kq;
    }
    for k in 0..n {
        let (pk, qk) = (a[p * n + k], a[q * n + k]);
        a[p * n + k] = c * pk - s * qk;
        a[q * n + k] = s * pk + c * qk;
        let (kp, kq) = (vectors[k * n + p], vectors[k * n + q]);
        vectors[k * n + p] = c * kp - s * kq;
        vectors[k * n + q] = s * kp + c * kq;
    }
}

/// Σ aᵢbᵢ in eight interleaved sums added at the end: the order is fixed, and the compiler may vectorise.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0f64; 8];
    let (a_whole, a_rest) = a.as_chunks::<8>();
    let (b_whole, b_rest) = b.as_chunks::<8>();
    for (a, b) in a_whole.iter().zip(b_whole) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn covariance(n: usize) -> Vec<f64> {
        let mut random = Random::new(1, "matrix");
        let factor: Vec<f64> = (0..n * n).map(|_| random.normal()).collect();
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] =
                    dot(&factor[i * n..][..n], &factor[j * n..][..n]) + if i == j { 0.1 } else { 0.0 };
            }
        }
        a
    }

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let n = 13;
        let a = covariance(n);
        let inverse = inverse(&cholesky(a.clone(), n).unwrap(), n);
        for i in 0..n {
            for j in 0..n {
                let product = dot(&a[i * n..][..n], &inverse[j * n..][..n]);
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-9);
            }
        }
        assert!(cholesky(vec![1.0, 2.0, 2.0, 1.0], 2).is_none());
    }

    #[test]
    fn the_leading_axes_are_the_first_eigenvectors() {
        let n = 9;
        let a = covariance(n);
        let (_, vectors) = eigen(a.clone(), n);
        for (k, axis) in leading(&a, n, 3, 400).iter().enumerate() {
            let column: Vec<f64> = (0..n).map(|i| vectors[i * n + k]).collect();
            assert!((dot(axis, &column).abs() - 1.0).abs() < 1e-6, "{k}");
        }
    }

    #[test]
    fn eigenvectors_rebuild_the_matrix_and_values_multiply_to_its_determinant() {
        let n = 9;
        let a = covariance(n);
        let (values, vectors) = eigen(a.clone(), n);
        assert!(values.is_sorted_by(|x, y| x >= y));
        for i in 0..n {
            for j in 0..n {
                let rebuilt: f64 = (0..n).map(|k| vectors[i * n + k] * values[k] * vectors[j * n + k]).sum();
                assert!((rebuilt - a[i * n + j]).abs() < 1e-9);
            }
        }
        let log: f64 = values.iter().map(|v| v.ln()).sum();
        assert!((log - log_determinant(&cholesky(a, n).unwrap(), n)).abs() < 1e-9);
    }
}
