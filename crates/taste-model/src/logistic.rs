//! The logistic function, alone and under a normal distribution, with the same bits in wasm and natively.

/// σ(x) = 1 / (1 + e⁻ˣ), without overflow.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::exp(-x))
    } else {
        let e = libm::exp(x);
        e / (1.0 + e)
    }
}

/// σ(d) and σ(−d), for many at once, each to full relative precision: where one side always wins, 1 − σ(d) would be all
/// rounding. e^−|d| is taken at most 708 deep, where a double ends.
///
/// No branch and no table, so that a compiler does several lanes at a time; sums, products and quotients alone, so that the bits
/// are the same in each. e^x = 2^k·e^r with |r| ≤ ½ ln 2 and e^r by its Taylor series to r¹³, whose rest is under 2⁻⁵⁵.
pub(crate) fn both_sides<const L: usize>(gaps: &[f64; L]) -> [[f64; 2]; L] {
    /// Added and taken away again, it leaves the nearest whole number, whose low bits are then the sum's.
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let mut sides = [[0.0; 2]; L];
    for lane in 0..L {
        let gap = gaps[lane];
        let x = (-gap.abs()).max(-708.0);
        let shifted = x * core::f64::consts::LOG2_E + WHOLE;
        let k = shifted - WHOLE;
        let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
        let mut series = 1.0 / 6_227_020_800.0;
        series = series * r + 1.0 / 479_001_600.0;
        series = series * r + 1.0 / 39_916_800.0;
        series = series * r + 1.0 / 3_628_800.0;
        series = series * r + 1.0 / 362_880.0;
        series = series * r + 1.0 / 40_320.0;
        series = series * r + 1.0 / 5_040.0;
        series = series * r + 1.0 / 720.0;
        series = series * r + 1.0 / 120.0;
        series = series * r + 1.0 / 24.0;
        series = series * r + 1.0 / 6.0;
        series = series * r + 0.5;
        series = series * r + 1.0;
        series = series * r + 1.0;
        let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
        let e = series * power;
        let larger = 1.0 / (1.0 + e);
        let smaller = e * larger;
        sides[lane] = if gap >= 0.0 { [larger, smaller] } else { [smaller, larger] };
    }
    sides
}

/// ln σ(x), exact in both tails.
pub(crate) fn log_sigmoid(x: f64) -> f64 {
    if x >= 0.0 { -libm::log1p(libm::exp(-x)) } else { x - libm::log1p(libm::exp(x)) }
}

/// Φ(x), the standard normal distribution function.
pub(crate) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)
}

/// E σ(X) for X ~ N(mean, variance), within 3e-9 everywhere.
///
/// The logistic as a mixture of eight probits, σ(x) ≈ Σ pᵢ Φ(sᵢ x) (Monahan & Stefanski 1992, *Normal scale mixture
/// approximations to F*(z) and computation of the logistic-normal integral*), whose expectation is closed:
/// Σ pᵢ Φ(sᵢ mean / √(1 + sᵢ² variance)). Unlike Gauss–Hermite it stays exact for wide distributions.
pub(crate) fn expected_sigmoid(mean: f64, variance: f64) -> f64 {
    let mut sum = 0.0;
    for (weight, scale) in PROBITS {
        sum += weight * normal_cdf(scale * mean / libm::sqrt(1.0 + scale * scale * variance));
    }
    sum
}

/// Weights (they sum to one) and scales of the mixture.
const PROBITS: [(f64, f64); 8] = [
    (0.003246343272134, 1.365340806296348),
    (0.051517477033972, 1.059523971016916),
    (0.195077912673858, 0.830791313765644),
    (0.315569823632818, 0.650732166639391),
    (0.274149576158423, 0.508135425366489),
    (0.131076880695470, 0.396313345166341),
    (0.027912418727972, 0.308904252267995),
    (0.001449567805354, 0.238212616409306),
];

/// Φ⁻¹(p) for 0 < p < 1, by Newton steps on Φ from a bracket; exact to about 1e-13.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    // In the lower tail Newton on ln Φ from x = 0 walks monotonically to the root, since ln Φ is concave.
    let mut x = 0.0;
    for _ in 0..60 {
        let cdf = normal_cdf(x);
        let density = libm::exp(-0.5 * x * x) / libm::sqrt(2.0 * core::f64::consts::PI);
        let step = (libm::log(cdf) - libm::log(p)) * cdf / density;
        x -= step;
        if step.abs() <= 1e-14 * (1.0 + x.abs()) {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_undoes_the_distribution_function() {
        // scipy.stats.norm.ppf
        for (p, x) in
            [(0.975, 1.959963984540054), (0.5, 0.0), (0.025, -1.959963984540054), (1e-6, -4.753424308822899)]
        {
            assert!((normal_quantile(p) - x).abs() < 1e-10, "{p}: {}", normal_quantile(p));
        }
    }

    #[test]
    fn both_sides_agree_with_the_library_to_the_last_place_or_two() {
        let mut worst = 0.0f64;
        for step in -70_000..=70_000 {
            let gap = f64::from(step) * 0.01 + 1e-3;
            let [[p, q]] = both_sides(&[gap]);
            let e = libm::exp(-gap.abs());
            let (larger, smaller) = (1.0 / (1.0 + e), e / (1.0 + e));
            let (expected, other) = if gap >= 0.0 { (larger, smaller) } else { (smaller, larger) };
            worst = worst.max((p / expected - 1.0).abs()).max((q / other - 1.0).abs());
            assert_eq!(both_sides(&[0.5, gap, -3.0])[1], [p, q], "in any lane the same");
        }
        assert!(worst < 5e-16, "{worst}");
        assert_eq!(both_sides(&[0.0]), [[0.5, 0.5]]);
        for [p, q] in both_sides(&[1e300, -1e300, f64::INFINITY]) {
            assert!(p.max(q) == 1.0 && p.min(q) < 1e-300, "{p} {q}");
        }
    }

    #[test]
    fn the_logistic_neither_overflows_nor_loses_its_tails() {
        assert_eq!(sigmoid(-800.0), 0.0);
        assert_eq!(sigmoid(800.0), 1.0);
        assert_eq!(log_sigmoid(-800.0), -800.0);
        assert!((libm::exp(log_sigmoid(-3.0)) - sigmoid(-3.0)).abs() < 1e-16);
    }
}
