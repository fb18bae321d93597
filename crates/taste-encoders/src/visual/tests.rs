use super::*;

#[test]
fn the_table_describes_every_number() {
    let grey = Rgba { width: 1, height: 1, pixels: &[128, 128, 128, 255] };
    assert_eq!(visual(&grey).unwrap().dimension(), VISUAL_DIMENSION);
    assert_eq!(VISUAL_DIMENSION, 128);
}
