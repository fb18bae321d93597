//! How long work reports where it is and learns that it should stop.

/// What training is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// How much content and how much each candidate's own votes should count.
    Scales,
    /// Steps of the ONNX graph.
    Steps,
    /// The population prior, from everybody's posterior.
    Prior,
    /// Temperature and personal scale, on people kept aside.
    Calibration,
    /// Held-out persons, one by one.
    Evaluation,
}

impl Stage {
    /// A word for the progress bar.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scales => "scales",
            Self::Steps => "steps",
            Self::Prior => "prior",
            Self::Calibration => "calibration",
            Self::Evaluation => "evaluation",
        }
    }
}

/// Receives progress; a bar, a log line, or nothing ([`Silent`]).
pub trait Progress {
    /// `done` of `total` units of this stage are finished. A stage may run more than once.
    fn advance(&mut self, stage: Stage, done: usize, total: usize);

    /// Asked often; once it says true, work ends with [`TrainError::Cancelled`](crate::TrainError::Cancelled).
    fn cancelled(&self) -> bool {
        false
    }
}

/// Says nothing and never cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn advance(&mut self, _: Stage, _: usize, _: usize) {}
}
