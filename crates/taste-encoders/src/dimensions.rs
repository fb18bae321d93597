//! Which numbers an embedding has, and how raw measurements become comparable ones.

/// Neighbouring dimensions of one kind: what they measure, and the constants that scale them.
///
/// A raw measurement `v` enters the embedding as `clamp((v − centre) / spread, −LIMIT, LIMIT)`. Centre and spread are
/// round numbers near the mean and the standard deviation over ordinary content; they never depend on a round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// What is measured.
    pub name: &'static str,
    /// How many dimensions.
    pub len: usize,
    /// The raw value that becomes zero.
    pub centre: f64,
    /// The raw distance that becomes one.
    pub spread: f64,
}

impl Group {
    pub(crate) const fn new(name: &'static str, len: usize, centre: f64, spread: f64) -> Self {
        Self { name, len, centre, spread }
    }
}

/// No scaled measurement is further from zero, so that one odd value cannot drown the others.
const LIMIT: f64 = 4.0;

/// How many dimensions a table describes.
pub(crate) const fn total(groups: &[Group]) -> usize {
    let mut sum = 0;
    let mut index = 0;
    while index < groups.len() {
        sum += groups[index].len;
        index += 1;
    }
    sum
}

/// What every embedding has as its last number before it is brought to unit norm. Without it, dividing by the norm would
/// mix all measurements into each; with it, one number over the last gives the measurement back, and the norm
/// varies little.
pub const ANCHOR: f32 = 16.0;

/// Scales raw measurements, in the table's order, and adds the anchor.
pub(crate) fn scaled(groups: &[Group], raw: &[f64]) -> Vec<f32> {
    let mut values = vec![0.0; raw.len() + 1];
    scale(groups, raw, &mut values);
    values[raw.len()] = ANCHOR;
    values
}

/// Scales raw measurements, in the table's order, into the first of some numbers.
pub(crate) fn scale(groups: &[Group], raw: &[f64], into: &mut [f32]) {
    debug_assert_eq!(raw.len(), total(groups), "the table describes every measurement");
    let mut measured = into.iter_mut().zip(raw);
    for group in groups {
        for (value, raw) in measured.by_ref().take(group.len) {
            *value = limited((raw - group.centre) / group.spread);
        }
    }
}

/// A scaled measurement as it enters the embedding.
pub(crate) fn limited(scaled: f64) -> f32 {
    scaled.clamp(-LIMIT, LIMIT) as f32
}
