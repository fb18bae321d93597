//! sRGB to CIELAB.
//!
//! IEC 61966-2-1 for the curve, its matrix to XYZ, and CIE 15 for L\*a\*b\* under the D65 white point of the 2°
//! observer: the constants of scikit-image's `rgb2lab`, which is the oracle of the tests.

use crate::roots::cube_root;

/// X, Y, Z of the white point.
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];

/// Rows give X, Y, Z of linear red, green, blue.
const XYZ: [[f64; 3]; 3] =
    [[0.412_453, 0.357_580, 0.180_423], [0.212_671, 0.715_160, 0.072_169], [0.019_334, 0.119_193, 0.950_227]];

/// L (0 to 100), a and b of each pixel.
pub(crate) fn from_srgb(pixels: &[[u8; 3]]) -> Vec<[f64; 3]> {
    let mut linear = [0.0; 256];
    for (code, value) in linear.iter_mut().enumerate() {
        let coded = code as f64 / 255.0;
        *value = if coded > 0.040_45 { libm::pow((coded + 0.055) / 1.055, 2.4) } else { coded / 12.92 };
    }
    pixels
        .iter()
        .map(|&[r, g, b]| {
            let (r, g, b) = (linear[usize::from(r)], linear[usize::from(g)], linear[usize::from(b)]);
            let [x, y, z] =
                [0, 1, 2].map(|i| curve((XYZ[i][0] * r + XYZ[i][1] * g + XYZ[i][2] * b) / WHITE[i]));
            [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
        })
        .collect()
}

/// The compressive curve: a cube root, with a straight piece near black.
fn curve(t: f64) -> f64 {
    if t > 0.008_856 { cube_root(t) } else { 7.787 * t + 16.0 / 116.0 }
}
