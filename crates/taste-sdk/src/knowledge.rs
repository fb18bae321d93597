//! What the session knows about taste: the model, the round's features, and this person's posterior.
//!
//! The one file of this crate that speaks to `taste-model`. Everything here can be thrown away and rebuilt from
//! the model's files and the person's own votes, so none of it is saved.

use alloc::collections::BTreeSet;
use taste_core::{CandidateId, Digest, Judgement};

use crate::{choose::Pair, error::SdkError, guess::Forecast};

/// A model, the round's features under it, and this person's posterior.
#[derive(Debug)]
pub enum Knowledge {}

impl Knowledge {
    pub(crate) fn read(_: &[u8], _: &[u8], _: Digest, expected: usize) -> Result<Self, SdkError> {
        Err(SdkError::Features { expected, found: 0 })
    }
    pub(crate) fn digest(&self) -> Digest {
        match *self {}
    }
    pub(crate) fn duel(&self, _: usize, _: usize) -> Forecast {
        match *self {}
    }
    pub(crate) fn approval(&self, _: usize) -> Forecast {
        match *self {}
    }
    pub(crate) fn learn(&mut self, _: &[Judgement], _: impl Fn(CandidateId) -> Option<usize>) {
        match *self {}
    }
    pub(crate) fn choose(
        &self,
        _: &[u32],
        _: &[bool],
        _: &BTreeSet<(usize, usize)>,
        _: bool,
        _: &[u8; 32],
    ) -> Option<Pair> {
        match *self {}
    }
}
