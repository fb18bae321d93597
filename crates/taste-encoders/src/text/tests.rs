use super::*;

#[test]
fn the_table_describes_every_number() {
    assert_eq!(text("Hello, world!").unwrap().dimension(), TEXT_DIMENSION);
    assert_eq!(TEXT_DIMENSION, 1024);
}
