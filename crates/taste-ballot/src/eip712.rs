//! The signed structs as EIP-712 hashes them. The only place that knows field order and types.
//!
//! Written out rather than generated: a struct's digest is hashed straight from our own types, without a copy, and the
//! vote wasm carries no code that puts type strings together. What is written here is held against viem's and ethers'
//! hashes of random messages (`tests/vectors.rs`).

use alloy_primitives::{Address, b256, keccak256};
use taste_core::{Candidate, Digest, Rules, Vote, VoteWire};

use crate::{ballot::Ballot, grant::SessionGrant, receipt::Receipt, revocation::Revocation, round::Round};

/// The domain's name, shown by wallets.
pub const DOMAIN_NAME: &str = "Tastemaker";
/// The domain's version; a change to any struct bumps it.
pub const DOMAIN_VERSION: &str = "2";
/// `hashDomain({name: "Tastemaker", version: "2"})`, computed once: it is the same for every message.
pub const DOMAIN_SEPARATOR: Digest =
    Digest(b256!("c7caa07b02598dd58c72728477d2cdbd1110f75745e91d25e12664006336b762").0);

const CANDIDATE: &str = "Candidate(bytes32 id,string kind,string mediaType,string title,string note)";
const RULES: &str = "Rules(string[] kinds,uint8 stars,bool halves,uint32 points,string cost,uint8 ranking,\
                     string[] reasons,string board)";
const ROUND: &str = "Round(address operator,string title,string question,string encoder,uint64 opensAt,\
                     uint64 closesAt,uint32 budget,address[] importers,Rules rules,bytes32 salt,Candidate[] candidates)";
const VOTE: &str = "Vote(string kind,bytes32[] candidates,string outcome,uint8 strength,uint32 propensity,\
                    string[] reasons)";
const BALLOT: &str = "Ballot(bytes32 round,address voter,uint64 sequence,uint64 issuedAt,uint64 deadline,\
                      string source,Vote[] votes)";
const SESSION_GRANT: &str = "SessionGrant(address voter,address session,string scope,string origin,\
                             uint64 notBefore,uint64 notAfter)";
const REVOCATION: &str = "Revocation(address voter,address session,uint64 revokedAt)";
const RECEIPT: &str = "Receipt(bytes32 ballot,bytes32 round,uint64 index,uint64 acceptedAt)";

/// A struct's name and its EIP-712 `encodeType` string.
pub type TypeString = (&'static str, String);

/// The type strings of all signed structs, to compare another implementation's table with. A struct's own type comes
/// first, then those it refers to, by name.
pub fn type_strings() -> Vec<TypeString> {
    vec![
        ("Candidate", CANDIDATE.into()),
        ("Rules", RULES.into()),
        ("Round", [ROUND, CANDIDATE, RULES].concat()),
        ("Vote", VOTE.into()),
        ("Ballot", [BALLOT, VOTE].concat()),
        ("SessionGrant", SESSION_GRANT.into()),
        ("Revocation", REVOCATION.into()),
        ("Receipt", RECEIPT.into()),
    ]
}

/// A struct that can be hashed.
pub(crate) trait Typed {
    /// Keccak-256 of its type string, computed once.
    const TYPE_HASH: Digest;

    /// Appends the fields in signed order.
    fn fields(&self, fields: &mut Fields);
}

/// `encodeData`: the type's hash, then one word of 32 bytes a field.
pub(crate) struct Fields(Vec<u8>);

impl Fields {
    fn word(&mut self, digest: &Digest) {
        self.0.extend(digest.0);
    }

    fn address(&mut self, address: &Address) {
        self.0.extend(address.into_word());
    }

    /// Any `uintN` up to 64 bits.
    fn number(&mut self, number: u64) {
        self.0.extend([0; 24]);
        self.0.extend(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.0.extend(keccak256(text));
    }

    /// An array: the hash of its items' words, one after the other.
    fn list<T>(&mut self, items: &[T], word: impl Fn(&mut Self, &T)) {
        let mut words = Self(Vec::with_capacity(32 * items.len()));
        for item in items {
            word(&mut words, item);
        }
        self.0.extend(keccak256(words.0));
    }

    fn texts(&mut self, texts: &[String]) {
        self.list(texts, |words, text| words.text(text));
    }

    fn structs<T: Typed>(&mut self, items: &[T]) {
        self.list(items, |words, item| words.word(&hash_struct(item)));
    }
}

/// `hashStruct`.
fn hash_struct<T: Typed>(message: &T) -> Digest {
    let mut fields = Fields(Vec::with_capacity(32 * 12));
    fields.word(&T::TYPE_HASH);
    message.fields(&mut fields);
    Digest(keccak256(fields.0).0)
}

/// `keccak256(0x1901 ‖ domain separator ‖ hashStruct(message))`, as `hashTypedData` of viem computes it.
pub(crate) fn digest<T: Typed>(message: &T) -> Digest {
    let mut bytes = [0; 66];
    bytes[..2].copy_from_slice(&[0x19, 0x01]);
    bytes[2..34].copy_from_slice(DOMAIN_SEPARATOR.as_bytes());
    bytes[34..].copy_from_slice(hash_struct(message).as_bytes());
    Digest(keccak256(bytes).0)
}

impl Typed for Candidate {
    const TYPE_HASH: Digest =
        Digest(b256!("107cd8c47690c3f264d03c3c6698f7bb2fed9c522b116244150c4fed58b0ef4a").0);

    fn fields(&self, fields: &mut Fields) {
        fields.word(&self.id);
        fields.text(self.kind.as_str());
        fields.text(&self.media_type);
        fields.text(&self.title);
        fields.text(&self.note);
    }
}

impl Typed for Rules {
    const TYPE_HASH: Digest =
        Digest(b256!("098e8921f48a1787107a9983f3a6f8fd1940d2190f4ecf1a82d44843f16a518e").0);

    fn fields(&self, fields: &mut Fields) {
        fields.list(&self.kinds, |words, kind| words.text(kind.as_str()));
        fields.number(self.stars.into());
        fields.number(self.halves.into());
        fields.number(self.points.into());
        fields.text(self.cost.as_str());
        fields.number(self.ranking.into());
        fields.texts(&self.reasons);
        fields.text(self.board.as_str());
    }
}

impl Typed for Round {
    const TYPE_HASH: Digest =
        Digest(b256!("ff83420f890e602d6d43d53356886f7f3405ceb423c7edf90c5159bfe9cbbe37").0);

    fn fields(&self, fields: &mut Fields) {
        fields.address(&self.operator);
        fields.text(&self.title);
        fields.text(&self.question);
        fields.text(&self.encoder.0);
        fields.number(self.opens_at);
        fields.number(self.closes_at);
        fields.number(self.budget.into());
        fields.list(&self.importers, Fields::address);
        fields.word(&hash_struct(&self.rules));
        fields.word(&self.salt);
        fields.structs(&self.candidates);
    }
}

impl Typed for Vote {
    const TYPE_HASH: Digest =
        Digest(b256!("01fc00424206d835cea6ef6426eb16d6ac9ec9c0977577f5c7190a7ee53a6553").0);

    fn fields(&self, fields: &mut Fields) {
        let wire = VoteWire::from(self);
        fields.text(&wire.kind);
        fields.list(&wire.candidates, Fields::word);
        fields.text(&wire.outcome);
        fields.number(wire.strength.into());
        fields.number(wire.propensity.into());
        fields.texts(&wire.reasons);
    }
}

impl Typed for Ballot {
    const TYPE_HASH: Digest =
        Digest(b256!("05674d9dde100e580e249f796bf3dae7c42a0793af5758ca678977f28f98d39d").0);

    fn fields(&self, fields: &mut Fields) {
        fields.word(&self.round);
        fields.address(&self.voter);
        fields.number(self.sequence);
        fields.number(self.issued_at);
        fields.number(self.deadline);
        fields.text(&self.source);
        fields.structs(&self.votes);
    }
}

impl Typed for SessionGrant {
    const TYPE_HASH: Digest =
        Digest(b256!("4dfff3d69c49626b32f2c259ed6f728b4f4ed720ede4980dc399f96d2baba58d").0);

    fn fields(&self, fields: &mut Fields) {
        fields.address(&self.voter);
        fields.address(&self.session);
        fields.text(&self.scope.to_text());
        fields.text(&self.origin);
        fields.number(self.not_before);
        fields.number(self.not_after);
    }
}

impl Typed for Revocation {
    const TYPE_HASH: Digest =
        Digest(b256!("90a82a8799ec64f7568805af1b4dceb11da3c8b009b8b8c07418a0fbf93075f4").0);

    fn fields(&self, fields: &mut Fields) {
        fields.address(&self.voter);
        fields.address(&self.session);
        fields.number(self.revoked_at);
    }
}

impl Typed for Receipt {
    const TYPE_HASH: Digest =
        Digest(b256!("2ad15efc740c1fa0d9bc8b7887e6e752294ca483e6beaa954b80d82749a40320").0);

    fn fields(&self, fields: &mut Fields) {
        fields.word(&self.ballot);
        fields.word(&self.round);
        fields.number(self.index);
        fields.number(self.accepted_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_type_is_that_of_its_string() {
        let hashes = [
            Candidate::TYPE_HASH,
            Rules::TYPE_HASH,
            Round::TYPE_HASH,
            Vote::TYPE_HASH,
            Ballot::TYPE_HASH,
            SessionGrant::TYPE_HASH,
            Revocation::TYPE_HASH,
            Receipt::TYPE_HASH,
        ];
        for ((name, text), hash) in type_strings().into_iter().zip(hashes) {
            assert_eq!(hash.0, keccak256(&text).0, "{name}: {text}");
        }
    }
}
