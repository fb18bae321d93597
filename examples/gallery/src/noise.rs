//! Value noise and a sine, from arithmetic alone.

use std::f64::consts::{PI, TAU};

/// Smooth noise in [0, 1] over the plane.
pub(crate) struct Noise(u32);

impl Noise {
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed)
    }

    fn lattice(&self, x: i32, y: i32) -> f64 {
        let mut h = (x as u32)
            .wrapping_mul(374_761_393)
            .wrapping_add((y as u32).wrapping_mul(668_265_263))
            .wrapping_add(self.0);
        h = (h ^ (h >> 13)).wrapping_mul(1_274_126_177);
        f64::from(h ^ (h >> 16)) / 4_294_967_296.0
    }

    fn value(&self, x: f64, y: f64) -> f64 {
        let (xi, yi) = (x.floor(), y.floor());
        let ease = |t: f64| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
        let (u, w) = (ease(x - xi), ease(y - yi));
        let (xi, yi) = (xi as i32, yi as i32);
        let a = self.lattice(xi, yi);
        let b = self.lattice(xi + 1, yi);
        let c = self.lattice(xi, yi + 1);
        let d = self.lattice(xi + 1, yi + 1);
        a + (b - a) * u + (c - a) * w + (a - b - c + d) * u * w
    }

    /// Fractal noise of so many octaves.
    pub(crate) fn at(&self, x: f64, y: f64, octaves: u32) -> f64 {
        let (mut x, mut y, mut weight, mut sum, mut total) = (x, y, 1.0, 0.0, 0.0);
        for _ in 0..octaves {
            sum += weight * self.value(x, y);
            total += weight;
            weight *= 0.5;
            x = x * 2.0 + 17.3;
            y = y * 2.0 + 9.1;
        }
        sum / total
    }
}

/// Sine by its Taylor polynomial of degree 9: platform sines differ in the last bits, this one does not.
pub(crate) fn sin(x: f64) -> f64 {
    let x = x - TAU * (x / TAU + 0.5).floor();
    let (sign, mut x) = if x < 0.0 { (-1.0, -x) } else { (1.0, x) };
    if x > PI / 2.0 {
        x = PI - x;
    }
    let q = x * x;
    sign * x * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0 * (1.0 - q / 72.0))))
}

/// Cosine, as [`sin`].
pub(crate) fn cos(x: f64) -> f64 {
    sin(x + PI / 2.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sine_is_a_sine() {
        for i in -100..100 {
            let x = f64::from(i) * 0.173;
            assert!((super::sin(x) - x.sin()).abs() < 5e-6, "{x}");
            assert!((super::cos(x) - x.cos()).abs() < 5e-6, "{x}");
        }
    }
}
