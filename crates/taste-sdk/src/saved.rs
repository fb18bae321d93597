//! What survives a reload, with a version.

use alloc::{boxed::Box, string::String};
use serde::{Deserialize, Serialize};
use taste_core::RoundId;

use crate::{error::SdkError, records::Records};

/// The version written.
const FORMAT: &str = "tastemaker.session/2";

/// A session's memory, as the store keeps it. The key is not in here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    format: String,
    round: RoundId,
    records: Records,
    keep_going: bool,
}

impl Saved {
    /// A memory of this version.
    pub fn new(round: RoundId, records: Records, keep_going: bool) -> Self {
        Self { format: FORMAT.into(), round, records, keep_going }
    }

    /// As it was written, by whichever version; for a reader that has no serde.
    pub fn from_parts(format: String, round: RoundId, records: Records, keep_going: bool) -> Self {
        Self { format, round, records, keep_going }
    }

    pub(crate) fn open(self, round: RoundId) -> Result<(Records, bool), Box<SdkError>> {
        if self.format != FORMAT {
            return Err(SdkError::Saved {
                found: ["format ", &self.format[..], ", expected ", FORMAT].concat(),
            }
            .into());
        }
        if self.round != round {
            return Err(SdkError::Saved {
                found: ["round ", &self.round.to_hex(), ", expected ", &round.to_hex()].concat(),
            }
            .into());
        }
        Ok((self.records, self.keep_going))
    }
}
