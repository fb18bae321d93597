//! Each way in which a message can be wrong, and the code it is refused with.
#![allow(clippy::unwrap_used)] // also in the functions that the tests share

use taste_ballot::{
    Address, Ballot, BallotError, ChainEvidence, LogEntry, MAX_IMPORTERS, MAX_SIGNATURE, MAX_SOURCE,
    MAX_VOTES, Receipt, Revocation, Round, Scope, SessionGrant, SessionKey, Signature, SignedBallot,
    SignedGrant, SignedRevocation, recover,
};
use taste_core::{
    ApprovalOutcome, Candidate, CandidateKind, Digest, DuelOutcome, PointsCost, Rules, Stars, Vote, VoteKind,
};

const NOW: u64 = 1_800_000_000;
const ROUND: Digest = Digest([0xaa; 32]);

fn key(seed: u8) -> SessionKey {
    SessionKey::from_bytes(&[seed; 32]).unwrap()
}

fn wallet() -> SessionKey {
    key(1)
}

fn session() -> SessionKey {
    key(2)
}

fn stranger() -> SessionKey {
    key(3)
}

fn grant() -> SessionGrant {
    SessionGrant {
        voter: wallet().address(),
        session: session().address(),
        scope: Scope::EveryRound,
        origin: "https://example.org".into(),
        not_before: NOW - 10,
        not_after: NOW + 10,
    }
}

fn signed_grant() -> SignedGrant {
    grant().sign(&wallet(), &session())
}

fn ballot(voter: Address) -> Ballot {
    Ballot {
        round: ROUND,
        voter,
        sequence: 1,
        issued_at: NOW,
        deadline: NOW + 60,
        source: String::new(),
        votes: vec![Vote::duel(Digest([1; 32]), Digest([2; 32]), DuelOutcome::Left).unwrap()],
    }
}

fn granted(grant: SignedGrant) -> SignedBallot {
    ballot(wallet().address()).sign_granted(&session(), grant)
}

/// 65 bytes that no key made.
fn nobodys() -> Signature {
    Signature::Recoverable([27; 65])
}

fn bytes(signature: &Signature) -> [u8; 65] {
    signature.as_bytes().try_into().unwrap()
}

fn high_s(signature: &Signature) -> Signature {
    // Any s above half the order will do: the top bit is set.
    let mut bytes = bytes(signature);
    bytes[32] |= 0x80;
    Signature::Recoverable(bytes)
}

#[test]
fn a_signed_ballot_belongs_to_its_voter() {
    for seed in 1..40 {
        let guest = key(seed);
        let signed = ballot(guest.address()).sign(&guest);
        let verified = signed.verify(NOW).unwrap();
        assert_eq!(
            (verified.id, verified.signer, verified.voter),
            (signed.ballot.digest(), guest.address(), guest.address())
        );
    }
    let verified = granted(signed_grant()).verify(NOW).unwrap();
    assert_eq!((verified.signer, verified.voter), (session().address(), wallet().address()));
}

#[test]
fn each_wrong_grant_has_its_code() {
    let changed = |change: fn(&mut SessionGrant)| {
        let mut grant = grant();
        change(&mut grant);
        granted(grant.sign(&wallet(), &session()))
    };
    let resigned = |change: fn(&mut SignedGrant)| {
        let mut signed = signed_grant();
        change(&mut signed);
        granted(signed)
    };
    let table: [(&str, SignedBallot, &str); 14] = [
        (
            "signed by a stranger",
            granted(grant().sign(&stranger(), &session())),
            "BallotError::GrantSignature",
        ),
        ("signed by nobody", resigned(|g| g.signature = nobodys()), "BallotError::GrantSignature"),
        ("changed after signing", resigned(|g| g.grant.not_after += 1), "BallotError::GrantSignature"),
        (
            "accepted by a stranger",
            granted(grant().sign(&wallet(), &stranger())),
            "BallotError::GrantAcceptance",
        ),
        (
            "accepted by the wallet",
            granted(grant().sign(&wallet(), &wallet())),
            "BallotError::GrantAcceptance",
        ),
        ("wallet's high-s twin", resigned(|g| g.signature = high_s(&g.signature)), "BallotError::HighS"),
        ("session's high-s twin", resigned(|g| g.acceptance = high_s(&g.acceptance)), "BallotError::HighS"),
        (
            "for another voter",
            ballot(stranger().address()).sign_granted(&session(), signed_grant()),
            "BallotError::GrantMismatch",
        ),
        (
            "for another round",
            changed(|g| g.scope = Scope::Round(Digest([0xbb; 32]))),
            "BallotError::GrantScope",
        ),
        ("not yet valid", changed(|g| g.not_before = NOW + 1), "BallotError::GrantNotYet"),
        ("expired", changed(|g| g.not_after = NOW - 1), "BallotError::GrantExpired"),
        (
            "used by a stranger",
            ballot(wallet().address()).sign_granted(&stranger(), signed_grant()),
            "BallotError::SignerMismatch",
        ),
        (
            "attached to the wallet's own signature",
            ballot(wallet().address()).sign_granted(&wallet(), signed_grant()),
            "BallotError::SignerMismatch",
        ),
        ("not attached", ballot(wallet().address()).sign(&session()), "BallotError::SignerMismatch"),
    ];
    for (what, signed, code) in table {
        assert_eq!(signed.verify(NOW).unwrap_err().code(), code, "a grant {what}");
    }
}

#[test]
fn a_grant_holds_from_its_first_to_its_last_second_and_in_its_scope() {
    let signed = granted(signed_grant());
    for (now, held) in [(NOW - 11, false), (NOW - 10, true), (NOW + 10, true), (NOW + 11, false)] {
        assert_eq!(signed.verify(now).is_ok(), held, "{now}");
    }
    let only = SessionGrant { scope: Scope::Round(ROUND), ..grant() };
    assert!(granted(only.sign(&wallet(), &session())).verify(NOW).is_ok());
}

#[test]
fn the_first_wrong_thing_in_the_documented_order_gives_the_code() {
    // Everything is wrong: each remedy uncovers the next refusal.
    let mut signed = SignedBallot {
        ballot: Ballot { votes: vec![], ..ballot(stranger().address()) },
        signature: high_s(&nobodys()),
        grant: Some(
            SessionGrant { scope: Scope::Round(Digest([0xbb; 32])), not_after: NOW - 1, ..grant() }
                .sign(&stranger(), &stranger()),
        ),
    };
    let code = |signed: &SignedBallot| signed.verify(NOW).unwrap_err().code();
    assert_eq!(code(&signed), "BallotError::NoVotes");
    signed.ballot.votes = ballot(wallet().address()).votes;
    assert_eq!(code(&signed), "BallotError::GrantSignature");
    let mut inner = signed.grant.unwrap().grant;
    signed.grant = Some(inner.clone().sign(&wallet(), &stranger()));
    assert_eq!(code(&signed), "BallotError::GrantAcceptance");
    signed.grant = Some(inner.clone().sign(&wallet(), &session()));
    assert_eq!(code(&signed), "BallotError::GrantMismatch");
    signed.ballot.voter = wallet().address();
    assert_eq!(code(&signed), "BallotError::GrantScope");
    inner.scope = Scope::EveryRound;
    signed.grant = Some(inner.clone().sign(&wallet(), &session()));
    assert_eq!(code(&signed), "BallotError::GrantExpired");
    inner.not_after = NOW;
    signed.grant = Some(inner.sign(&wallet(), &session()));
    assert_eq!(code(&signed), "BallotError::HighS");
    let mut zero = bytes(&nobodys());
    zero[..32].fill(0);
    signed.signature = Signature::Recoverable(zero);
    assert_eq!(code(&signed), "BallotError::Signature");
    signed.signature = stranger().sign_digest(&signed.ballot.digest());
    assert_eq!(code(&signed), "BallotError::SignerMismatch");
    signed.signature = session().sign_digest(&signed.ballot.digest());
    assert!(signed.verify(NOW).is_ok());
}

#[test]
fn a_ballot_has_1_to_256_votes_and_a_short_source() {
    let checked = |votes: usize, source: usize| {
        let votes = vec![Vote::approval(Digest([1; 32]), ApprovalOutcome::For); votes];
        let ballot = Ballot { votes, source: "s".repeat(source), ..ballot(wallet().address()) };
        ballot.sign(&wallet()).verify(NOW).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(checked(0, 0), Err("BallotError::NoVotes"));
    assert_eq!(checked(1, MAX_SOURCE), Ok(()));
    assert_eq!(checked(MAX_VOTES, 0), Ok(()));
    assert_eq!(checked(MAX_VOTES + 1, 0), Err("BallotError::TooManyVotes"));
    assert_eq!(checked(1, MAX_SOURCE + 1), Err("BallotError::TooLong"));
}

#[test]
fn a_round_or_receipt_must_be_signed_by_its_operator() {
    let round = round();
    assert_eq!(round.clone().sign(&wallet()).verify(), Ok(wallet().address()));
    assert_eq!(round.sign(&stranger()).verify().unwrap_err().code(), "BallotError::SignerMismatch");
    let receipt = Receipt { ballot: Digest([5; 32]), round: ROUND, index: 0, accepted_at: NOW };
    assert_eq!(receipt.sign(&wallet()).verify(wallet().address()), Ok(()));
    assert_eq!(
        receipt.sign(&stranger()).verify(wallet().address()).unwrap_err().code(),
        "BallotError::SignerMismatch"
    );
}

fn candidate(seed: u8) -> Candidate {
    Candidate {
        id: Digest([seed; 32]),
        kind: CandidateKind::Text,
        media_type: "text/plain".into(),
        title: String::new(),
        note: String::new(),
    }
}

fn round() -> Round {
    Round {
        operator: wallet().address(),
        title: "Jokes".into(),
        question: "Which is funnier?".into(),
        encoder: "text@1".into(),
        opens_at: NOW,
        closes_at: NOW + 1,
        budget: 0,
        importers: vec![],
        rules: Rules::default(),
        salt: Digest([9; 32]),
        candidates: vec![candidate(1), candidate(2)],
    }
}

#[test]
fn each_limit_of_a_round_has_its_code() {
    assert!(round().checked().is_ok());
    type Change = fn(&mut Round);
    let table: [(Change, &str); 12] = [
        (|r| r.candidates.truncate(1), "BallotError::CandidateCount"),
        (|r| r.candidates = vec![candidate(1); 100_001], "BallotError::CandidateCount"),
        (|r| r.candidates.push(candidate(1)), "BallotError::DuplicateCandidate"),
        (|r| r.importers = vec![Address::ZERO; MAX_IMPORTERS + 1], "BallotError::TooManyImporters"),
        (|r| r.title = "é".repeat(101), "BallotError::TooLong"),
        (|r| r.question = "q".repeat(301), "BallotError::TooLong"),
        (|r| r.encoder = "e".repeat(101).as_str().into(), "BallotError::TooLong"),
        (|r| r.closes_at = r.opens_at, "BallotError::Window"),
        (|r| r.rules.stars = 1, "CoreError::Range"),
        (|r| r.rules.reasons = vec!["form".into(); 2], "CoreError::Twice"),
        (|r| r.candidates[1].title = "t".repeat(201), "CoreError::TooLong"),
        (|r| r.candidates[1].note = "n".repeat(501), "CoreError::TooLong"),
    ];
    for (change, code) in table {
        let mut round = round();
        change(&mut round);
        assert_eq!(round.checked().unwrap_err().code(), code);
    }
}

#[test]
fn each_broken_rule_has_its_code() {
    let id = |seed| Digest([seed; 32]);
    let ids = |count: u8| (1..=count).map(id).collect::<Vec<_>>();
    let mut round = round();
    round.candidates = (1..=6).map(candidate).collect();
    let stars = |half_steps, of| Vote::stars(id(1), Some(Stars::new(half_steps, of).unwrap()));
    let ranking = |count: u8| Vote::ranking(ids(count), Some((0..count).rev().collect())).unwrap();
    let points = |given: &[u16]| Vote::points(ids(given.len() as u8), Some(given.to_vec())).unwrap();
    let because = |reasons: &[&str]| Vote {
        reasons: reasons.iter().map(|&reason| reason.into()).collect(),
        ..Vote::approval(id(1), ApprovalOutcome::For)
    };

    let rules = Rules::default();
    let whole = Rules { halves: true, stars: 10, ..rules.clone() };
    let only = Rules { kinds: vec![VoteKind::Stars, VoteKind::Points], ..rules.clone() };
    let quadratic = Rules { cost: PointsCost::Quadratic, ..rules.clone() };
    let tagged = Rules { reasons: ["form", "colour", "wit"].map(Into::into).into(), ..rules.clone() };
    for (rules, vote, expected) in [
        (&rules, stars(10, 5), None),
        (&rules, stars(9, 5), Some("BallotError::StarsScale")),
        (&rules, stars(8, 4), Some("BallotError::StarsScale")),
        (&rules, Vote::stars(id(1), None), None),
        (&whole, stars(19, 10), None),
        (&whole, stars(10, 5), Some("BallotError::StarsScale")),
        (&only, stars(10, 5), None),
        (&only, Vote::approval(id(1), ApprovalOutcome::Skip), Some("BallotError::KindNotAllowed")),
        (&only, ranking(4), Some("BallotError::KindNotAllowed")),
        (&rules, ranking(4), None),
        (&rules, ranking(3), Some("BallotError::RankingSize")),
        (&rules, ranking(5), Some("BallotError::RankingSize")),
        (&rules, Vote::ranking(ids(3), None).unwrap(), Some("BallotError::RankingSize")),
        (&rules, points(&[7, 0, 3]), None),
        (&rules, points(&[0, 0]), None),
        (&rules, points(&[7, 1, 3]), Some("BallotError::PointsBudget")),
        (&rules, points(&[1000; 6]), Some("BallotError::PointsBudget")),
        (&rules, Vote::points(ids(2), None).unwrap(), None),
        (&quadratic, points(&[3, 1, 0]), None),
        (&quadratic, points(&[3, 1, 1]), Some("BallotError::PointsBudget")),
        (&quadratic, points(&[1000; 6]), Some("BallotError::PointsBudget")),
        (&rules, because(&["form"]), Some("BallotError::ForeignReason")),
        (&tagged, because(&[]), None),
        (&tagged, because(&["form", "wit"]), None),
        (&tagged, because(&["wit", "form"]), Some("BallotError::ReasonOrder")),
        (&tagged, because(&["form", "form"]), Some("BallotError::ReasonOrder")),
        (&tagged, because(&["form", "Form"]), Some("BallotError::ForeignReason")),
    ] {
        round.rules = rules.clone();
        let found = round.allows(&vote).err();
        assert_eq!(found.as_ref().map(BallotError::code), expected, "{vote:?} {found:?}");
    }
    round.rules = Rules::default();
    round.candidates.truncate(3);
    assert!(round.allows(&ranking(3)).is_ok(), "a round of three ranks three");
}

#[test]
fn a_key_is_a_number_from_1_to_the_order_minus_1() {
    let mut order: [u8; 32] =
        "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141".parse::<Digest>().unwrap().0;
    for wrong in [[0; 32], order, [0xff; 32]] {
        assert_eq!(SessionKey::from_bytes(&wrong).unwrap_err(), BallotError::Key);
    }
    order[31] -= 1;
    assert_eq!(SessionKey::from_bytes(&order).unwrap().to_bytes(), order);
    let key = key(0x42);
    assert_eq!(format!("{key:?}"), format!("SessionKey({})", key.address()));
}

#[test]
fn a_zero_in_a_signature_is_nobodys_and_half_the_order_is_the_highest_s() {
    let signature = wallet().sign_digest(&ROUND);
    let with = |place: core::ops::Range<usize>, part: [u8; 32]| {
        let mut bytes = bytes(&signature);
        bytes[place].copy_from_slice(&part);
        Signature::Recoverable(bytes)
    };
    for place in [0..32, 32..64] {
        assert_eq!(recover(&ROUND, &with(place, [0; 32])), Err(BallotError::Signature));
    }
    assert_eq!(recover(&ROUND, &with(0..32, [0xff; 32])), Err(BallotError::Signature));
    let mut half: [u8; 32] =
        "0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0".parse::<Digest>().unwrap().0;
    assert!(recover(&ROUND, &with(32..64, half)).is_ok(), "some key's, if not the wallet's");
    half[31] += 1;
    assert_eq!(recover(&ROUND, &with(32..64, half)), Err(BallotError::HighS));
}

#[test]
fn a_signature_has_one_spelling() {
    let signature = wallet().sign_digest(&ROUND);
    let text = signature.to_string();
    assert_eq!(text.parse(), Ok(signature));
    for wrong in [
        String::new(),
        "0x".into(),
        text[2..].into(),
        text[..131].into(),
        text.to_uppercase().replace("0X", "0x"),
        text.replace("0x", "0X"),
        format!("0x{}", "é".repeat(65)),
        format!("0x{}", "00".repeat(MAX_SIGNATURE + 1)),
    ] {
        assert_eq!(wrong.parse::<Signature>().unwrap_err().code(), "BallotError::SignatureFormat", "{wrong}");
    }
}

#[test]
fn the_length_says_which_form_a_signature_has() {
    let mut owner = bytes(&wallet().sign_digest(&ROUND)).to_vec();
    assert!(matches!(Signature::from_bytes(owner.clone()), Ok(Signature::Recoverable(_))));
    owner[64] = 31; // an owner of a Safe, by eth_sign
    assert!(matches!(Signature::from_bytes(owner), Ok(Signature::Contract(_))));
    assert!(matches!(Signature::from_bytes(vec![1; 128]), Ok(Signature::P256(_))));
    for length in [1, 64, 66, 127, 129, 130, MAX_SIGNATURE] {
        let signature = Signature::from_bytes(vec![7; length]).unwrap();
        assert_eq!(signature, Signature::Contract(vec![7; length]));
        assert_eq!(signature.to_string().parse(), Ok(signature.clone()));
        assert_eq!(recover(&ROUND, &signature), Err(BallotError::ContractSignature));
    }
}

#[test]
fn a_contract_wallets_signature_is_its_voters_alone_and_taken_only_on_a_chains_word() {
    let contracts = || Signature::Contract(vec![7; 66]);
    let code = |signed: &SignedBallot| signed.verify(NOW).map(|_| ()).map_err(|error| error.code());
    let evidence = Some(ChainEvidence { id: 1, block: 20_000_000 });
    let entry = |signed: SignedBallot, chain| LogEntry { index: 0, accepted_at: NOW, signed, chain };

    let direct = SignedBallot { signature: contracts(), ..ballot(wallet().address()).sign(&session()) };
    assert_eq!(code(&direct), Err("BallotError::ContractSignature"));
    assert_eq!(entry(direct.clone(), None).verify().unwrap_err().code(), "BallotError::ContractSignature");
    assert_eq!(entry(direct, evidence).verify().unwrap().signer, wallet().address());

    let mut by_grant = granted(SignedGrant { signature: contracts(), ..signed_grant() });
    assert_eq!(code(&by_grant), Err("BallotError::ContractSignature"));
    assert_eq!(entry(by_grant.clone(), evidence).verify().unwrap().signer, session().address());
    // The chain's word is about the voter's signature and about nothing else.
    let mut late = entry(by_grant.clone(), evidence);
    late.accepted_at = NOW + 11;
    assert_eq!(late.verify().unwrap_err().code(), "BallotError::GrantExpired");
    by_grant.signature = contracts();
    assert_eq!(
        entry(by_grant.clone(), evidence).verify().unwrap_err().code(),
        "BallotError::ContractSignature"
    );
    by_grant.grant.as_mut().unwrap().acceptance = contracts();
    assert_eq!(entry(by_grant, evidence).verify().unwrap_err().code(), "BallotError::GrantAcceptance");
}

#[test]
fn a_log_line_names_a_chain_only_where_one_was_asked() {
    let signed = ballot(wallet().address()).sign(&wallet());
    let mut entry = LogEntry { index: 0, accepted_at: NOW, signed, chain: None };
    let plain = serde_json::to_string(&entry).unwrap();
    assert!(!plain.contains("chain"));
    entry.chain = Some(ChainEvidence { id: 8453, block: 7 });
    let vouched = serde_json::to_string(&entry).unwrap();
    assert_eq!(
        vouched,
        format!("{},\"chain\":{{\"id\":\"8453\",\"block\":\"7\"}}}}", &plain[..plain.len() - 1])
    );
    assert_eq!(serde_json::from_str::<LogEntry>(&vouched).unwrap(), entry);
}

#[test]
fn a_revocation_is_its_voters() {
    let revocation = Revocation { voter: wallet().address(), session: session().address(), revoked_at: NOW };
    assert_eq!(revocation.sign(&wallet()).verify(), Ok(()));
    let code = |signed: SignedRevocation| signed.verify().unwrap_err().code();
    // Not the session key either: who granted takes it back, and nobody else.
    for other in [session(), stranger()] {
        assert_eq!(code(revocation.sign(&other)), "BallotError::RevocationSignature");
    }
    let mut changed = revocation.sign(&wallet());
    changed.revocation.revoked_at += 1;
    assert_eq!(code(changed), "BallotError::RevocationSignature");
    let twin = SignedRevocation { signature: high_s(&revocation.sign(&wallet()).signature), revocation };
    assert_eq!(code(twin), "BallotError::HighS");
}

#[test]
fn a_wallet_may_write_v_as_0_or_1_and_digits_as_capitals() {
    let signature = wallet().sign_digest(&ROUND);
    let text = signature.to_string();
    let v = bytes(&signature)[64] - 27;
    for spelling in [text.clone(), format!("{}0{v}", &text[..130]), text.to_uppercase()] {
        assert_eq!(Signature::from_wallet(&spelling).as_ref(), Ok(&signature), "{spelling}");
    }
    for wrong in ["0x", "Hello", ""] {
        assert_eq!(Signature::from_wallet(wrong).unwrap_err().code(), "BallotError::SignatureFormat");
    }
}

#[test]
fn json_that_is_not_canonical_in_meaning_is_refused() {
    let json = serde_json::to_string(&granted(signed_grant())).unwrap();
    let read = |json: &str| serde_json::from_str::<SignedBallot>(json);
    assert!(read(&json).is_ok());
    for (what, from, to) in [
        ("a number that is not a string", r#""sequence":"1""#, r#""sequence":1"#),
        ("a sign", r#""sequence":"1""#, r#""sequence":"+1""#),
        ("a leading zero", r#""sequence":"1""#, r#""sequence":"01""#),
        ("a strength as a string", r#""strength":0"#, r#""strength":"0""#),
        ("a strength above 100", r#""strength":0"#, r#""strength":101"#),
        ("a strength below nothing", r#""strength":0"#, r#""strength":-1"#),
        ("a fraction", r#""strength":0"#, r#""strength":1.0"#),
        ("a number without end", r#""strength":0"#, r#""strength":1e999"#),
        ("deep nesting", r#""source":"""#, &format!(r#""source":{}{}"#, "[".repeat(1000), "]".repeat(1000))),
        ("an unknown field", r#""source""#, r#""note":"","source""#),
        ("a missing field", r#""source":"","#, ""),
        ("a field twice", r#""source":"","#, r#""source":"","source":"","#),
        ("an unknown outcome", r#""outcome":"left""#, r#""outcome":"LEFT""#),
        ("an unknown scope", r#""scope":"*""#, r#""scope":"all""#),
        ("a scope in capitals", r#""scope":"*""#, &format!(r#""scope":"0x{}""#, "AB".repeat(32))),
    ] {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json, "{what}");
        assert!(read(&changed).is_err(), "{what} is accepted");
    }
}
