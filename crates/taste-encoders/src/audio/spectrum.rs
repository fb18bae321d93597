//! The power spectrum of a window: Cooley and Tukey's transform in f64, twiddles and window from `libm`.

/// A transform of one length, with its tables.
pub(super) struct Spectrum {
    window: Vec<f64>,
    /// cos and sin of −2πk/n for k below n/2.
    turns: Vec<[f64; 2]>,
    work: Vec<[f64; 2]>,
}

impl Spectrum {
    /// `length` is a power of two.
    pub(super) fn new(length: usize) -> Self {
        let angle = |at: usize| 2.0 * core::f64::consts::PI * at as f64 / length as f64;
        Self {
            window: (0..length).map(|at| 0.5 - 0.5 * libm::cos(angle(at))).collect(),
            turns: (0..length / 2).map(|at| [libm::cos(angle(at)), -libm::sin(angle(at))]).collect(),
            work: vec![[0.0; 2]; length],
        }
    }

    /// Power of the bins from 1 to n/2; the constant part is left out.
    pub(super) fn power(&mut self, samples: &[f32]) -> Vec<f64> {
        let length = self.work.len();
        let bits = length.trailing_zeros();
        for (at, (sample, weight)) in samples.iter().zip(&self.window).enumerate() {
            let to = at.reverse_bits() >> (usize::BITS - bits);
            self.work[to] = [f64::from(*sample) * weight, 0.0];
        }
        let mut half = 1;
        while half < length {
            let stride = length / (2 * half);
            for start in (0..length).step_by(2 * half) {
                for at in 0..half {
                    let [cos, sin] = self.turns[at * stride];
                    let [re, im] = self.work[start + at + half];
                    let turned = [re * cos - im * sin, re * sin + im * cos];
                    let [re, im] = self.work[start + at];
                    self.work[start + at] = [re + turned[0], im + turned[1]];
                    self.work[start + at + half] = [re - turned[0], im - turned[1]];
                }
            }
            half *= 2;
        }
        self.work[1..=length / 2].iter().map(|[re, im]| re * re + im * im).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_the_sum_that_defines_it() {
        let length = 32;
        let samples: Vec<f32> = (0..length).map(|at| ((at * 37 + 11) % 17) as f32 / 17.0 - 0.4).collect();
        let mut spectrum = Spectrum::new(length);
        let window = spectrum.window.clone();
        let power = spectrum.power(&samples);
        for (bin, found) in (1..).zip(power) {
            let (mut re, mut im) = (0.0, 0.0);
            for (at, sample) in samples.iter().enumerate() {
                let angle = -2.0 * core::f64::consts::PI * (bin * at) as f64 / length as f64;
                re += f64::from(*sample) * window[at] * libm::cos(angle);
                im += f64::from(*sample) * window[at] * libm::sin(angle);
            }
            assert!((found - (re * re + im * im)).abs() < 1e-12, "{bin}");
        }
    }
}
