//! Whether a ballot is accepted: the steps of ARCHITECTURE.md, in their order, one function each.
//!
//! [`check`] is everything that needs no lock: it runs on a reader, beside other ballots. [`commit`] is what must not
//! race: it runs inside of the writer's transaction, where nothing else is written. What is *not* here: HTTP.

use std::sync::Arc;

use serde_json::Value;
use taste_ballot::{
    Address, Ballot, BallotError, BallotId, ChainEvidence, Claim, LogEntry, Receipt, Signature, SignedBallot,
    SignedGrant, SignedReceipt, parse_address,
};
use taste_core::{Digest, RoundId, Vote, VoteWire};

use crate::{
    chain::{Chains, Question},
    config::ServerConfig,
    error::ServerError,
    round::{LiveRound, State},
    service::Service,
    storage::{NewBallot, Reader, Totals, Writer, scope_bytes},
};

/// What became of a ballot.
pub(crate) struct Answer {
    /// Whether it is in the log only now; else it was accepted before, and this is the same receipt.
    pub(crate) new: bool,
    pub(crate) receipt: SignedReceipt,
}

/// Takes a ballot through all steps. The receipt is signed after the commit: signing is deterministic (RFC 6979), so the
/// same ballot gets the same bytes however often it is sent, and the writer's thread does not wait for it.
pub(crate) async fn accept(service: &Arc<Service>, body: axum::body::Bytes) -> Result<Answer, ServerError> {
    let now = service.now();
    let checking = service.clone();
    let mut candidate = match service.store.read(move |reader| check(&checking, reader, &body, now)).await? {
        Checked::Before(receipt) => return Ok(Answer { new: false, receipt: receipt.sign(&service.key) }),
        Checked::Passed(candidate) => candidate,
    };
    // Everything that costs less has been looked at, and no connection to the database is held meanwhile.
    if let Vouched::Ask(question) = &candidate.vouched {
        candidate.vouched = Vouched::By(service.chains.ask(question, now).await?);
    }
    let round = candidate.round.clone();
    match service.store.write(move |writer| commit(writer, &candidate, now)).await? {
        Committed::Before(receipt) => Ok(Answer { new: false, receipt: receipt.sign(&service.key) }),
        Committed::New { receipt, totals, claimed } => {
            service.rounds.votes_moved(&claimed);
            round.advance(totals);
            service.trainer.votes_came(&round, totals.votes);
            Ok(Answer { new: true, receipt: receipt.sign(&service.key) })
        }
    }
}

/// A ballot that has passed the steps without a lock.
struct Candidate {
    round: Arc<LiveRound>,
    signed: SignedBallot,
    id: BallotId,
    signer: Address,
    vouched: Vouched,
}

/// Who says that the voter's own signature (the ballot's, or the grant's) is good.
pub(crate) enum Vouched {
    /// Arithmetic.
    Here,
    /// The chain of a contract wallet.
    By(ChainEvidence),
    /// Such a chain may, once it is asked.
    Ask(Question),
}

impl Vouched {
    /// Goes by what arithmetic says of a voter's signature, and where it does not know, by the chains there are.
    pub(crate) fn from_local(
        checked: Result<(), BallotError>,
        chains: &Chains,
        question: impl FnOnce() -> Question,
    ) -> Result<Self, ServerError> {
        match checked {
            Ok(()) => Ok(Self::Here),
            Err(error) if error.may_be_a_contracts() && chains.any() => Ok(Self::Ask(question())),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn evidence(&self) -> Option<ChainEvidence> {
        match self {
            Self::By(evidence) => Some(*evidence),
            Self::Here | Self::Ask(_) => None,
        }
    }
}

enum Checked {
    Before(Receipt),
    Passed(Box<Candidate>),
}

enum Committed {
    Before(Receipt),
    New { receipt: Receipt, totals: Totals, claimed: Vec<(RoundId, Totals)> },
}

/// Steps 1 to 8.
fn check(service: &Service, reader: &Reader<'_>, body: &[u8], now: u64) -> Result<Checked, ServerError> {
    let signed = shape(body)?;
    let round = service.rounds.get(&signed.ballot.round)?;
    let id = signed.ballot.digest();
    if let Some(receipt) = reader.receipt(&id)? {
        return Ok(Checked::Before(receipt));
    }
    window(&round, now)?;
    deadline(&signed.ballot, &service.config, now)?;
    let (signer, by_grant) = grant(service, reader, &signed, now)?;
    let vouched = signature(service, &signed, &id, signer, by_grant)?;
    source(&round, &signed.ballot)?;
    Ok(Checked::Passed(Box::new(Candidate { round, signed, id, signer, vouched })))
}

/// Steps 9 to 12, and again the steps that another ballot or grant may have overtaken.
fn commit(writer: &Writer<'_>, candidate: &Candidate, now: u64) -> Result<Committed, ServerError> {
    let Candidate { round, signed, id, signer, vouched } = candidate;
    let ballot = &signed.ballot;
    if let Some(receipt) = writer.receipt(id)? {
        return Ok(Committed::Before(receipt));
    }
    let mut claimed = Vec::new();
    not_revoked(writer, signed)?;
    if let Some(grant) = &signed.grant {
        session_free(writer, grant)?;
        // The first ballot under a grant claims as well, in case the grant itself never arrived.
        if !writer.is_claimed(&grant.grant.session, scope_bytes(&grant.grant.scope))? {
            let claim = Claim::new(grant.clone(), vouched.evidence());
            claimed = writer.claim(&grant.grant.digest(), &claim)?.rounds;
        }
    }
    let person = writer.effective_voter(ballot.voter, &round.id)?;
    sequence(writer, round, ballot, signer)?;
    budget(writer, round, ballot, &person)?;
    votes_belong(round, ballot)?;
    let totals = writer.totals(round.key)?;
    let entry = LogEntry {
        index: totals.ballots,
        accepted_at: now,
        signed: signed.clone(),
        chain: vouched.evidence(),
    };
    let line =
        serde_json::to_vec(&entry).map_err(|error| ServerError::internal("a ballot has no JSON", error))?;
    let row = NewBallot {
        round: round.key,
        index: entry.index,
        id: *id,
        voter: ballot.voter,
        signer: *signer,
        sequence: ballot.sequence,
        person,
        source: &ballot.source,
        votes: ballot.votes.len() as u64,
        accepted_at: now,
        line: &line,
    };
    let receipt = Receipt { ballot: *id, round: round.id, index: entry.index, accepted_at: now };
    Ok(Committed::New { receipt, totals: writer.append(&row, totals)?, claimed })
}

/// 1. It is a ballot, with 1 to 256 votes. (Its size was limited while it was read.)
fn shape(body: &[u8]) -> Result<SignedBallot, ServerError> {
    let signed: SignedBallot = serde_json::from_slice(body).map_err(|error| malformed(body, &error))?;
    signed.ballot.checked()?;
    Ok(signed)
}

/// 4. The round takes ballots now.
fn window(round: &LiveRound, now: u64) -> Result<(), ServerError> {
    match round.state(now) {
        State::Open => Ok(()),
        State::Closed => Err(ServerError::RoundClosed { closes_at: round.signed.round.closes_at }),
        state => {
            Err(ServerError::RoundNotOpen { state: state.as_str(), opens_at: round.signed.round.opens_at })
        }
    }
}

/// 5. It is neither late, nor from the future, nor valid for ever.
fn deadline(ballot: &Ballot, config: &ServerConfig, now: u64) -> Result<(), ServerError> {
    let Ballot { issued_at, deadline, .. } = *ballot;
    if deadline < now {
        return Err(ServerError::DeadlinePassed { deadline, now });
    }
    if issued_at > now.saturating_add(config.max_clock_skew) {
        return Err(ServerError::ClockSkew { issued_at, now });
    }
    match deadline.saturating_sub(issued_at) {
        lifetime if lifetime > config.max_ballot_lifetime => {
            Err(ServerError::LifetimeTooLong { lifetime, limit: config.max_ballot_lifetime })
        }
        _ => Ok(()),
    }
}

/// 6. The grant, where there is one, is in order. Says whose signature the ballot must carry, and who vouches for the
///    wallet's.
fn grant(
    service: &Service,
    reader: &Reader<'_>,
    signed: &SignedBallot,
    now: u64,
) -> Result<(Address, Option<Vouched>), ServerError> {
    let Some(grant) = &signed.grant else {
        not_revoked(reader, signed)?;
        return Ok((signed.ballot.voter, None));
    };
    let vouched = granted(&service.chains, reader, grant)?;
    grant.covers(signed.ballot.voter, &signed.ballot.round, now)?;
    not_revoked(reader, signed)?;
    session_free(reader, grant)?;
    Ok((grant.grant.session, Some(vouched)))
}

/// Both signatures of a grant. What a chain said of this very grant before still holds: a wallet takes it back by a
/// revocation.
pub(crate) fn granted(
    chains: &Chains,
    reader: &Reader<'_>,
    grant: &SignedGrant,
) -> Result<Vouched, ServerError> {
    let wallet = grant.check_wallet();
    let vouched = match &wallet {
        Err(error) if error.may_be_a_contracts() => {
            let known = reader.claim(&grant.grant.session, scope_bytes(&grant.grant.scope))?;
            known.filter(|known| known.signed() == *grant).and_then(|known| known.chain).map(Vouched::By)
        }
        _ => None,
    };
    let vouched = match vouched {
        Some(vouched) => vouched,
        None => Vouched::from_local(wallet, chains, || {
            Question::new(grant.grant.voter, grant.grant.digest(), &grant.signature)
        })?,
    };
    grant.check_acceptance()?;
    Ok(vouched)
}

/// The wallet has not taken the key back that signs: neither what it signs under a grant, nor what it signs as the guest
/// whose votes the wallet claimed.
fn not_revoked(reader: &Reader<'_>, signed: &SignedBallot) -> Result<(), ServerError> {
    let voter = signed.ballot.voter;
    let (wallet, session) = match &signed.grant {
        Some(grant) => (voter, grant.grant.session),
        None => match reader.wallet_of(&voter)? {
            Some(wallet) => (wallet, voter),
            None => return Ok(()),
        },
    };
    still_granted(reader, &wallet, &session)
}

/// A key that was taken back stays so.
pub(crate) fn still_granted(
    reader: &Reader<'_>,
    wallet: &Address,
    session: &Address,
) -> Result<(), ServerError> {
    match reader.revocation(wallet, session)? {
        Some(entry) => {
            let revoked_at = entry.signed.revocation.revoked_at;
            Err(BallotError::GrantRevoked { session: *session, revoked_at }.into())
        }
        None => Ok(()),
    }
}

/// 7. The signer signed. Without a grant that is the voter, which may be a contract.
fn signature(
    service: &Service,
    signed: &SignedBallot,
    id: &BallotId,
    signer: Address,
    by_grant: Option<Vouched>,
) -> Result<Vouched, ServerError> {
    let checked = signed.check_signature(id, signer);
    match by_grant {
        Some(vouched) => {
            checked?;
            Ok(vouched)
        }
        None => {
            Vouched::from_local(checked, &service.chains, || Question::new(signer, *id, &signed.signature))
        }
    }
}

/// A session key belongs to one wallet, and neither is the other to somebody else: claims have no chains.
pub(crate) fn session_free(reader: &Reader<'_>, grant: &SignedGrant) -> Result<(), ServerError> {
    let (voter, session) = (grant.grant.voter, grant.grant.session);
    let owner = reader.wallet_of(&session)?;
    let other = owner.is_some_and(|owner| owner != voter);
    let chain = owner.is_none()
        && (voter == session || reader.wallet_of(&voter)?.is_some() || reader.has_sessions(&session)?);
    if other || chain { Err(ServerError::SessionClaimed) } else { Ok(()) }
}

/// 8. Only importers speak for others.
fn source(round: &LiveRound, ballot: &Ballot) -> Result<(), ServerError> {
    if ballot.source.is_empty() || round.signed.round.importers.contains(&ballot.voter) {
        Ok(())
    } else {
        Err(ServerError::NotAnImporter { voter: ballot.voter })
    }
}

/// 9. The sequence goes on.
fn sequence(
    reader: &Reader<'_>,
    round: &LiveRound,
    ballot: &Ballot,
    signer: &Address,
) -> Result<(), ServerError> {
    match reader.last_sequence(round.key, &ballot.voter, signer)? {
        Some(last) if ballot.sequence <= last => Err(ServerError::SequenceBehind { last }),
        _ => Ok(()),
    }
}

/// 10. The person has votes left. Every accepted vote counts, one that replaces an earlier one too.
fn budget(
    reader: &Reader<'_>,
    round: &LiveRound,
    ballot: &Ballot,
    person: &Address,
) -> Result<(), ServerError> {
    let budget = round.signed.round.budget;
    if budget == 0 {
        return Ok(());
    }
    let used = reader.person_votes(round.key, person, &ballot.source)?;
    let votes = ballot.votes.len() as u64;
    if used + votes > u64::from(budget) {
        Err(ServerError::BudgetSpent { used, budget, votes })
    } else {
        Ok(())
    }
}

/// 11. Every vote is about candidates of this round, and such as its rules allow.
fn votes_belong(round: &LiveRound, ballot: &Ballot) -> Result<(), ServerError> {
    let mut candidates = ballot.votes.iter().flat_map(Vote::candidates);
    if let Some(candidate) = candidates.find(|candidate| !round.places.contains_key(candidate)) {
        return Err(ServerError::ForeignCandidate { candidate });
    }
    ballot.votes.iter().try_for_each(|vote| Ok(round.signed.round.allows(vote)?))
}

/// Why this body is no message. serde keeps only the text of an inner error, so the values are looked at once more to
/// find the one whose own code says it best. Only refused bodies pay for this.
pub(crate) fn malformed(body: &[u8], error: &serde_json::Error) -> ServerError {
    if let Ok(value) = serde_json::from_slice::<Value>(body)
        && let Some(leaf) = malformed_leaf("", &value)
    {
        return leaf;
    }
    let place = format!("line {} column {}", error.line(), error.column());
    // Only names of fields are repeated, never values: those may be secrets that were sent by mistake.
    let text = error.to_string();
    let reason = match ["unknown field", "missing field", "duplicate field"]
        .iter()
        .find(|start| text.starts_with(*start))
    {
        Some(_) => text.chars().take(200).collect(),
        None if error.is_data() => format!("a value of the wrong type at {place}"),
        None => format!("no JSON at {place}"),
    };
    ServerError::Malformed { reason }
}

fn malformed_leaf(name: &str, value: &Value) -> Option<ServerError> {
    match value {
        Value::Object(fields) => {
            // A vote is judged as a whole; what it needs depends on its kind.
            if name == "votes"
                && let Ok(wire) = serde_json::from_value::<VoteWire>(value.clone())
            {
                return Vote::try_from(wire).err().map(ServerError::Core);
            }
            fields.iter().find_map(|(name, value)| malformed_leaf(name, value))
        }
        Value::Array(values) => values.iter().find_map(|value| malformed_leaf(name, value)),
        Value::String(text) => match name {
            "round" | "ballot" | "salt" | "id" | "candidates" => {
                text.parse::<Digest>().err().map(ServerError::Core)
            }
            "voter" | "session" | "operator" | "importers" => {
                parse_address(text).err().map(ServerError::Ballot)
            }
            "signature" | "acceptance" => text.parse::<Signature>().err().map(ServerError::Ballot),
            "scope" => text.parse::<taste_ballot::Scope>().err().map(ServerError::Ballot),
            "sequence" | "issuedAt" | "deadline" | "notBefore" | "notAfter" | "revokedAt" | "opensAt"
            | "closesAt" => {
                let found = || text.chars().take(24).collect();
                let read = taste_ballot::json::decimal::deserialize(value);
                read.err().map(|_| ServerError::Ballot(BallotError::Number { found: found() }))
            }
            _ => None,
        },
        _ => None,
    }
}
