//! The EIP-712 structs, their digests, and the conversions from our own structs. The only place that knows both.

use alloy_primitives::{B256, b256, keccak256};
use alloy_sol_types::SolStruct;
use taste_core::{Candidate, Digest, Vote, VoteWire};

use crate::{ballot::Ballot, grant::SessionGrant, receipt::Receipt, round::Round};

/// The domain's name, shown by wallets.
pub const DOMAIN_NAME: &str = "Tastemaker";
/// The domain's version; a change to any struct bumps it.
pub const DOMAIN_VERSION: &str = "1";
/// `hashDomain({name: "Tastemaker", version: "1"})`, computed once: it is the same for every message.
pub const DOMAIN_SEPARATOR: Digest =
    Digest(b256!("6d502caa17d85b1477eae5ec70495f9c07aafc35040c1752af4b2bfc8d5360e8").0);

/// The structs as Solidity writes them; field order is signed order.
#[allow(missing_docs)]
pub(crate) mod typed {
    alloy_sol_types::sol! {
        struct Candidate {
            bytes32 id;
            string kind;
            string mediaType;
            string title;
            string note;
        }

        struct Round {
            address operator;
            string title;
            string question;
            string encoder;
            uint64 opensAt;
            uint64 closesAt;
            uint32 budget;
            address[] importers;
            bytes32 salt;
            Candidate[] candidates;
        }

        struct Vote {
            string kind;
            bytes32[] candidates;
            string outcome;
            uint8 strength;
            uint32 propensity;
        }

        struct Ballot {
            bytes32 round;
            address voter;
            uint64 sequence;
            uint64 issuedAt;
            uint64 deadline;
            string source;
            Vote[] votes;
        }

        struct SessionGrant {
            address voter;
            address session;
            string scope;
            string origin;
            uint64 notBefore;
            uint64 notAfter;
        }

        struct Receipt {
            bytes32 ballot;
            bytes32 round;
            uint64 index;
            uint64 acceptedAt;
        }
    }
}

/// `keccak256(0x1901 ‖ domain separator ‖ hashStruct(message))`, as `hashTypedData` of viem computes it.
pub(crate) fn digest(message: &impl SolStruct) -> Digest {
    let mut bytes = [0; 66];
    bytes[..2].copy_from_slice(&[0x19, 0x01]);
    bytes[2..34].copy_from_slice(DOMAIN_SEPARATOR.as_bytes());
    bytes[34..].copy_from_slice(message.eip712_hash_struct().as_slice());
    Digest(keccak256(bytes).0)
}

/// A struct's name and its EIP-712 `encodeType` string.
pub type TypeString = (&'static str, String);

/// The type strings of all signed structs, to compare another implementation's table with.
pub fn type_strings() -> Vec<TypeString> {
    fn of<S: SolStruct>() -> TypeString {
        (S::NAME, S::eip712_encode_type().into_owned())
    }
    vec![
        of::<typed::Candidate>(),
        of::<typed::Round>(),
        of::<typed::Vote>(),
        of::<typed::Ballot>(),
        of::<typed::SessionGrant>(),
        of::<typed::Receipt>(),
    ]
}

fn word(digest: &Digest) -> B256 {
    B256::from(digest.0)
}

impl From<&Candidate> for typed::Candidate {
    fn from(candidate: &Candidate) -> Self {
        Self {
            id: word(&candidate.id),
            kind: candidate.kind.as_str().into(),
            mediaType: candidate.media_type.clone(),
            title: candidate.title.clone(),
            note: candidate.note.clone(),
        }
    }
}

impl From<&Round> for typed::Round {
    fn from(round: &Round) -> Self {
        Self {
            operator: round.operator,
            title: round.title.clone(),
            question: round.question.clone(),
            encoder: round.encoder.0.clone(),
            opensAt: round.opens_at,
            closesAt: round.closes_at,
            budget: round.budget,
            importers: round.importers.clone(),
            salt: word(&round.salt),
            candidates: round.candidates.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Vote> for typed::Vote {
    fn from(vote: &Vote) -> Self {
        let wire = VoteWire::from(*vote);
        Self {
            kind: wire.kind,
            candidates: wire.candidates.iter().map(word).collect(),
            outcome: wire.outcome,
            strength: wire.strength,
            propensity: wire.propensity,
        }
    }
}

impl From<&Ballot> for typed::Ballot {
    fn from(ballot: &Ballot) -> Self {
        Self {
            round: word(&ballot.round),
            voter: ballot.voter,
            sequence: ballot.sequence,
            issuedAt: ballot.issued_at,
            deadline: ballot.deadline,
            source: ballot.source.clone(),
            votes: ballot.votes.iter().map(Into::into).collect(),
        }
    }
}

impl From<&SessionGrant> for typed::SessionGrant {
    fn from(grant: &SessionGrant) -> Self {
        Self {
            voter: grant.voter,
            session: grant.session,
            scope: grant.scope.to_string(),
            origin: grant.origin.clone(),
            notBefore: grant.not_before,
            notAfter: grant.not_after,
        }
    }
}

impl From<&Receipt> for typed::Receipt {
    fn from(receipt: &Receipt) -> Self {
        Self {
            ballot: word(&receipt.ballot),
            round: word(&receipt.round),
            index: receipt.index,
            acceptedAt: receipt.accepted_at,
        }
    }
}
