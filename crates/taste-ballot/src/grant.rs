//! The session grant: a wallet lets a session key vote in its name, and the session key agrees.

use alloy_primitives::Address;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use taste_core::{Digest, RoundId, shortened};

use crate::{eip712, error::BallotError, json, receipt::ChainEvidence, signature::Signature};
#[cfg(feature = "curve")]
use crate::{key::SessionKey, signature::expect_signer};

/// A grant's name: its EIP-712 digest.
pub type GrantId = Digest;

/// Which rounds a grant covers. Written `*` or the round's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every round of every operator, those to come included.
    EveryRound,
    /// This one.
    Round(RoundId),
}

impl Scope {
    /// Whether votes in this round are covered.
    pub fn covers(&self, round: &RoundId) -> bool {
        match self {
            Self::EveryRound => true,
            Self::Round(only) => only == round,
        }
    }
}

impl Scope {
    /// As it is written everywhere: what [`Display`](fmt::Display) writes.
    pub fn to_text(&self) -> String {
        match self {
            Self::EveryRound => "*".into(),
            Self::Round(id) => id.to_hex(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl FromStr for Scope {
    type Err = BallotError;

    fn from_str(text: &str) -> Result<Self, BallotError> {
        if text == "*" {
            return Ok(Self::EveryRound);
        }
        // The text itself is signed, so capitals would be another message with the same meaning.
        match text.parse::<RoundId>() {
            Ok(id) if id.to_hex() == text => Ok(Self::Round(id)),
            _ => Err(BallotError::Scope { found: shortened(text) }),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// What a wallet signs once, so that a session key may vote for it from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionGrant {
    /// The wallet: who the votes belong to.
    #[serde(with = "json::address")]
    pub voter: Address,
    /// The key that may sign them.
    #[serde(with = "json::address")]
    pub session: Address,
    /// In which rounds.
    pub scope: Scope,
    /// The page that asked, as the wallet's owner reads it: `https://example.org`.
    pub origin: String,
    /// First valid second (Unix).
    #[serde(with = "json::decimal")]
    pub not_before: u64,
    /// Last valid second (Unix).
    #[serde(with = "json::decimal")]
    pub not_after: u64,
}

impl SessionGrant {
    /// The EIP-712 digest: the grant's id, and what both parties sign.
    pub fn digest(&self) -> GrantId {
        eip712::digest(self)
    }

    /// Adds the session key's acceptance to a signature that the wallet already gave.
    #[cfg(feature = "curve")]
    pub fn accept(self, wallet: Signature, session: &SessionKey) -> SignedGrant {
        let acceptance = session.sign_digest(&self.digest());
        SignedGrant { grant: self, signature: wallet, acceptance }
    }

    /// Signs with both keys: where the voter's key is at hand, as in tests and tools.
    #[cfg(feature = "curve")]
    pub fn sign(self, voter: &SessionKey, session: &SessionKey) -> SignedGrant {
        let signature = voter.sign_digest(&self.digest());
        self.accept(signature, session)
    }
}

/// A grant with the wallet's signature and the session key's acceptance, both over the same digest.
///
/// Without the acceptance, any wallet could claim a stranger's guest votes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedGrant {
    /// What is signed.
    pub grant: SessionGrant,
    /// The voter's.
    pub signature: Signature,
    /// The session key's.
    pub acceptance: Signature,
}

impl SignedGrant {
    /// Checks both signatures; time and scope are [`SignedGrant::covers`]'s part.
    ///
    /// # Errors
    /// [`BallotError::HighS`] for the high-s twin of either, [`BallotError::GrantSignature`] and
    /// [`BallotError::GrantAcceptance`] when it is not theirs; [`BallotError::ContractSignature`] where the wallet may be a
    /// contract and only its chain can tell.
    #[cfg(feature = "curve")]
    pub fn verify(&self) -> Result<(), BallotError> {
        self.check_wallet()?;
        self.check_acceptance()
    }

    /// Checks the wallet's signature alone.
    ///
    /// # Errors
    /// [`BallotError::HighS`], [`BallotError::GrantSignature`], [`BallotError::ContractSignature`].
    #[cfg(feature = "curve")]
    pub fn check_wallet(&self) -> Result<(), BallotError> {
        let voter = self.grant.voter;
        let wallet = expect_signer(&self.grant.digest(), &self.signature, voter);
        or_else(wallet, BallotError::GrantSignature { voter })
    }

    /// Checks the session key's signature alone: the wallet's may be one that only a chain can judge.
    ///
    /// # Errors
    /// [`BallotError::HighS`], [`BallotError::GrantAcceptance`].
    #[cfg(feature = "curve")]
    pub fn check_acceptance(&self) -> Result<(), BallotError> {
        let session = self.grant.session;
        let otherwise = BallotError::GrantAcceptance { session };
        match or_else(expect_signer(&self.grant.digest(), &self.acceptance, session), otherwise.clone()) {
            Err(BallotError::ContractSignature) => Err(otherwise),
            checked => checked,
        }
    }

    /// Checks that the grant speaks for this voter, in this round, at this time (Unix seconds).
    ///
    /// # Errors
    /// In this order: [`BallotError::GrantMismatch`], [`BallotError::GrantScope`], [`BallotError::GrantNotYet`],
    /// [`BallotError::GrantExpired`].
    pub fn covers(&self, voter: Address, round: &RoundId, now: u64) -> Result<(), BallotError> {
        let SessionGrant { voter: granted, scope, not_before, not_after, .. } = self.grant;
        if granted != voter {
            return Err(BallotError::GrantMismatch { granted, voter });
        }
        if !scope.covers(round) {
            return Err(BallotError::GrantScope { scope, round: *round });
        }
        if now < not_before {
            return Err(BallotError::GrantNotYet { not_before, now });
        }
        if now > not_after {
            return Err(BallotError::GrantExpired { not_after, now });
        }
        Ok(())
    }
}

/// A grant by which guest votes became a wallet's, as an operator keeps and publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// What is signed.
    pub grant: SessionGrant,
    /// The voter's.
    pub signature: Signature,
    /// The session key's.
    pub acceptance: Signature,
    /// Where the voter is a contract wallet: which chain said that its signature is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainEvidence>,
}

impl Claim {
    /// A grant with what a chain said of it.
    pub fn new(signed: SignedGrant, chain: Option<ChainEvidence>) -> Self {
        let SignedGrant { grant, signature, acceptance } = signed;
        Self { grant, signature, acceptance, chain }
    }

    /// The grant without what a chain said of it.
    pub fn signed(&self) -> SignedGrant {
        let Self { grant, signature, acceptance, .. } = self.clone();
        SignedGrant { grant, signature, acceptance }
    }

    /// As [`SignedGrant::verify`]; where a chain vouched for the wallet's signature, that one is taken on its word.
    ///
    /// # Errors
    /// As [`SignedGrant::verify`].
    #[cfg(feature = "curve")]
    pub fn verify(&self) -> Result<(), BallotError> {
        match self.chain {
            Some(_) => self.signed().check_acceptance(),
            None => self.signed().verify(),
        }
    }
}

/// What is wrong with a signature, in one word for all that is nobody's remedy.
#[cfg(feature = "curve")]
fn or_else(checked: Result<(), BallotError>, otherwise: BallotError) -> Result<(), BallotError> {
    match checked {
        Ok(()) => Ok(()),
        Err(error @ (BallotError::HighS | BallotError::ContractSignature)) => Err(error),
        Err(_) => Err(otherwise),
    }
}
