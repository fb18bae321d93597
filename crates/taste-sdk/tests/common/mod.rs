//! A small round, its operator, a model with a known taste in it, and a generator of chance.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use taste_ballot::{Receipt, Round, SessionKey, SignedBallot, SignedReceipt, SignedRound};
use taste_core::{Candidate, CandidateId, CandidateKind, Digest, Embedding, Rules};
use taste_model::{FeatureTable, Head, Likelihood, Prior, Provenance, TasteModel};
use taste_sdk::{Mind, SdkError, Session};

pub const NOW: u64 = 1_800_000_000;
pub const OPENS: u64 = NOW - 3600;
pub const CLOSES: u64 = NOW + 365 * 24 * 3600;

pub fn operator() -> SessionKey {
    SessionKey::from_bytes(&[1; 32]).unwrap()
}

pub fn guest() -> SessionKey {
    SessionKey::from_bytes(&[2; 32]).unwrap()
}

pub fn wallet() -> SessionKey {
    SessionKey::from_bytes(&[3; 32]).unwrap()
}

pub fn text(index: usize) -> String {
    format!("story number {index}")
}

pub fn id(index: usize) -> CandidateId {
    Digest(Sha256::digest(text(index)).into())
}

pub fn round(kind: CandidateKind, candidates: usize, budget: u32) -> SignedRound {
    let candidate = |index| Candidate {
        id: id(index),
        kind,
        media_type: "text/plain".into(),
        title: format!("number {index}"),
        note: String::new(),
    };
    let round = Round {
        operator: operator().address(),
        title: "A round".into(),
        question: "Which do you like more?".into(),
        encoder: "text@1".into(),
        opens_at: OPENS,
        closes_at: CLOSES,
        budget,
        importers: vec![],
        rules: Rules::default(),
        salt: Digest([9; 32]),
        candidates: (0..candidates).map(candidate).collect(),
    };
    round.sign(&operator())
}

pub fn session(candidates: usize) -> Session {
    Session::new(round(CandidateKind::Image, candidates, 0), None, guest().address()).unwrap()
}

pub fn seed(number: u64) -> [u8; 32] {
    Sha256::digest(number.to_le_bytes()).into()
}

/// Signs the next ballot as the session key does.
pub fn sign(session: &mut Session, key: &SessionKey, now: u64) -> Option<Digest> {
    let digest = session.make_ballot(now)?.digest();
    let id = session.seal(key.sign_digest(&digest)).unwrap();
    session.records().ballots.last().unwrap().signed.verify(now).unwrap();
    Some(id)
}

/// What the page does with a receipt: finds out who signed it, and hands both over.
pub fn acknowledge(session: &mut Session, receipt: SignedReceipt) -> Result<(), Box<SdkError>> {
    let signer = taste_ballot::recover(&receipt.receipt.digest(), &receipt.signature)?;
    session.accept_receipt(receipt, Some(signer))
}

/// Taste for a session of so many candidates.
pub fn mind(trained: &Trained, candidates: usize) -> Mind {
    Mind::new(&trained.features, trained.digest, (0..candidates).map(id).collect(), false).unwrap()
}

/// A session with somebody to ask about taste.
pub fn advised(candidates: usize, strength: f32) -> Session {
    let mut session = session(candidates);
    session.take_advice(Box::new(mind(&model(candidates, strength), candidates)), &seed(0));
    session
}

pub fn receipt(signed: &SignedBallot, index: u64) -> SignedReceipt {
    Receipt { ballot: signed.ballot.digest(), round: signed.ballot.round, index, accepted_at: NOW }
        .sign(&operator())
}

/// A model, its name, and its features file.
pub struct Trained {
    pub model: TasteModel,
    pub digest: Digest,
    pub features: Vec<u8>,
}

/// Two features; the crowd likes candidate 0 most (by `strength`), and people differ along both features.
pub fn model(candidates: usize, strength: f32) -> Trained {
    let dimension = candidates.max(2);
    let head = Head {
        mean: vec![0.0; dimension],
        inv_std: vec![1.0; dimension],
        hidden: None,
        utility_weights: (0..dimension).map(|i| if i == 0 { strength } else { 0.0 }).collect(),
        utility_bias: 0.0,
        feature_weights: (0..dimension)
            .flat_map(|i| [if i % 2 == 0 { 1.0 } else { -1.0 }, (i % 3) as f32])
            .collect(),
    };
    let likelihood = Likelihood { tie: 0.2, ..Likelihood::default() };
    let prior = Prior::isotropic(2, 1.0, 0.5, 0.0).unwrap();
    let model =
        TasteModel::new("text@1".into(), head, &prior, likelihood, BTreeMap::new(), Provenance::default())
            .unwrap();
    let digest = Digest(Sha256::digest(format!("{candidates} {strength}")).into());
    let embeddings: Vec<Embedding> = (0..candidates)
        .map(|i| {
            let values = (0..dimension).map(|j| if i == j { 1.0 } else { 0.0 }).collect();
            Embedding::normalised("text@1".into(), values).unwrap()
        })
        .collect();
    let rows = embeddings.iter().enumerate().map(|(i, e)| (id(i), e.values()));
    let features = FeatureTable::build(&model, digest, rows).unwrap().to_bytes();
    Trained { model, digest, features }
}

/// SplitMix64: chance that can be repeated.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    pub fn seed(&mut self) -> [u8; 32] {
        seed(self.below(u64::MAX))
    }
}
