//! Where each parameter lies in the one flat vector that the training step moves.
//!
//! One vector instead of a tensor each keeps the step's graph small: AdamW is a dozen nodes, not a dozen a
//! parameter, and a Gaussian prior is one vector of precisions of the same length.

use std::ops::Range;

/// The sizes that shape a training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Candidates, n.
    pub candidates: usize,
    /// Numbers in an embedding, d.
    pub dimension: usize,
    /// Units of the hidden layer; none = the embedding itself is the input of both heads.
    pub hidden: Option<usize>,
    /// Taste features, r.
    pub rank: usize,
    /// Persons, P.
    pub persons: usize,
}

impl Shape {
    /// How many numbers feed the two heads: hidden units or embedding numbers.
    pub fn inputs(&self) -> usize {
        self.hidden.unwrap_or(self.dimension)
    }
}

/// The parameters in the order in which they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// W1 `[d, hidden]`; empty without a hidden layer.
    HiddenWeights,
    /// b1 `[hidden]`; empty without a hidden layer.
    HiddenBias,
    /// w `[k]`: crowd utility.
    Utility,
    /// F `[k, r]`: taste features.
    Features,
    /// Z `[P, r]`: what each person's taste is.
    Taste,
    /// `[P]`: each person's approval threshold, less the mean.
    Threshold,
    /// o `[n]`: what a candidate's votes say beyond its content.
    Offset,
    /// ρ: the tie threshold is τ = 10⁻³ + softplus(ρ − 2).
    Tie,
    /// β: log-odds in favour of the left side.
    Position,
    /// μₐ: mean approval threshold.
    MeanThreshold,
}

impl Parameter {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::HiddenWeights,
        Self::HiddenBias,
        Self::Utility,
        Self::Features,
        Self::Taste,
        Self::Threshold,
        Self::Offset,
        Self::Tie,
        Self::Position,
        Self::MeanThreshold,
    ];

    /// The parameter's dimensions.
    pub fn dims(self, shape: &Shape) -> Vec<usize> {
        let hidden = shape.hidden.unwrap_or(0);
        match self {
            Self::HiddenWeights => vec![shape.dimension, hidden],
            Self::HiddenBias => vec![hidden],
            Self::Utility => vec![shape.inputs()],
            Self::Features => vec![shape.inputs(), shape.rank],
            Self::Taste => vec![shape.persons, shape.rank],
            Self::Threshold => vec![shape.persons],
            Self::Offset => vec![shape.candidates],
            Self::Tie | Self::Position | Self::MeanThreshold => vec![1],
        }
    }
}

/// A shape with the place of every parameter worked out.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The sizes it was made from.
    pub shape: Shape,
    ranges: Vec<Range<usize>>,
}

impl Layout {
    /// Lays the parameters out.
    pub fn new(shape: Shape) -> Self {
        let mut start = 0;
        let ranges = Parameter::ALL
            .iter()
            .map(|parameter| {
                let end = start + parameter.dims(&shape).iter().product::<usize>();
                let range = start..end;
                start = end;
                range
            })
            .collect();
        Self { shape, ranges }
    }

    /// Where a parameter lies.
    pub fn range(&self, parameter: Parameter) -> Range<usize> {
        self.ranges[parameter as usize].clone()
    }

    /// How many numbers in all.
    pub fn len(&self) -> usize {
        self.ranges.last().map_or(0, |last| last.end)
    }

    /// Never: three scalars are always there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_lie_one_after_the_other_without_gaps() {
        for hidden in [None, Some(4)] {
            let layout = Layout::new(Shape { candidates: 5, dimension: 3, hidden, rank: 2, persons: 7 });
            let mut next = 0;
            for parameter in Parameter::ALL {
                let range = layout.range(parameter);
                assert_eq!(range.start, next, "{parameter:?}");
                next = range.end;
            }
            assert_eq!(next, layout.len());
        }
    }
}
