//! Roots by the processor's instructions. `libm`'s square root is a loop over bits where the compiler offers it no instruction (in
//! wasm), and its cube root uses fused products, which wasm lacks. Both are rounded correctly there and here: the same bits.

/// The square root: IEEE 754 defines every bit of it.
pub(crate) fn sqrt(value: f64) -> f64 {
    value.sqrt()
}

/// The cube root of a number from 2^-10 to 2, correctly rounded.
pub(crate) fn cube_root(value: f64) -> f64 {
    // One over the root: a guess from the exponent, right to a tenth, and three more terms of the series for what is
    // missing, twice. No division.
    let mut inverse = f64::from_bits(0x553E_F0FF_289D_D796 - value.to_bits() / 3);
    for _ in 0..2 {
        let rest = 1.0 - value * inverse * (inverse * inverse);
        inverse += inverse * rest * (1.0 / 3.0 + rest * (2.0 / 9.0 + rest * (14.0 / 81.0)));
    }
    let square = inverse * inverse;
    let root = value * square;
    // How far its cube is off, to 106 bits; a Newton step from there is exact to some 2^-100.
    let (second, second_rest) = product(root, root);
    let (third, third_rest) = product(root, second);
    let excess = (third - value) + (third_rest + root * second_rest);
    let step = excess * square * (1.0 / 3.0);
    // Both ends of the doubt round alike, or nearly half lies between: then the slow way decides.
    const DOUBT: f64 = 1.0 / (1u128 << 80) as f64;
    let (low, high) = (root - (step + DOUBT), root - (step - DOUBT));
    if low == high { low } else { libm::cbrt(value) }
}

/// A product and what its rounding left out, by Dekker's and Veltkamp's way (*A floating-point technique for extending the
/// available precision*, 1971).
fn product(a: f64, b: f64) -> (f64, f64) {
    let halves = |value: f64| {
        let scaled = value * 134_217_729.0;
        let upper = scaled - (scaled - value);
        (upper, value - upper)
    };
    let ((a_upper, a_lower), (b_upper, b_lower)) = (halves(a), halves(b));
    let rounded = a * b;
    let rest = ((a_upper * b_upper - rounded) + a_upper * b_lower + a_lower * b_upper) + a_lower * b_lower;
    (rounded, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_have_the_bits_of_libm() {
        let mut state = 7u64;
        for _ in 0..300_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Any mantissa, exponents from 2^-10 to just below 2.
            let value = f64::from_bits((state >> 12) | ((1013 + (state & 0xFFF) % 11) << 52));
            assert_eq!(cube_root(value).to_bits(), libm::cbrt(value).to_bits(), "{value:e}");
            assert_eq!(sqrt(value).to_bits(), libm::sqrt(value).to_bits(), "{value:e}");
        }
        // Cubes, and their neighbours on either side.
        for at in 7..=80 {
            let cube = f64::from(at * at * at) / 262_144.0;
            for value in [cube.next_down(), cube, cube.next_up()] {
                assert_eq!(cube_root(value).to_bits(), libm::cbrt(value).to_bits(), "{value:e}");
            }
        }
    }
}
