//! What can be changed in the database. A writer can also ask everything that a reader can, and sees its own changes.

use std::ops::Deref;

use rusqlite::{Connection, params};
use taste_ballot::{Address, BallotId, Claim, GrantId, LogEntry, RevocationEntry, Scope, SignedRound};
use taste_core::{CandidateId, Digest, RoundId};

use super::{Answered, ModelRow, Reader};
use crate::error::ServerError;

/// The writer's connection, inside of a transaction.
pub(crate) struct Writer<'a>(Reader<'a>);

/// Counts of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Accepted ballots: the log's size.
    pub(crate) ballots: u64,
    /// Votes in them.
    pub(crate) votes: u64,
    /// Persons who sent them.
    pub(crate) voters: u64,
}

/// What a claim did.
pub(crate) struct Claimed {
    /// Guest ballots that have changed hands by grants of this scope, however often they are sent.
    pub(crate) ballots: u64,
    /// The rounds in which votes changed hands just now, with their new counts.
    pub(crate) rounds: Vec<(RoundId, Totals)>,
}

/// A ballot that has passed every check, ready to be appended.
pub(crate) struct NewBallot<'a> {
    pub(crate) round: i64,
    pub(crate) index: u64,
    pub(crate) id: BallotId,
    pub(crate) voter: Address,
    pub(crate) signer: Address,
    pub(crate) sequence: u64,
    /// Whose budget it takes from.
    pub(crate) person: Address,
    pub(crate) source: &'a str,
    pub(crate) votes: u64,
    /// The answers that now stand or stand no more; none where nobody counts them.
    pub(crate) answers: &'a [Answered],
    pub(crate) accepted_at: u64,
    pub(crate) line: &'a [u8],
}

impl<'a> Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.0
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self(Reader::new(connection))
    }

    fn run(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<usize, ServerError> {
        Ok(self.prepare_cached(sql)?.execute(parameters)?)
    }

    /// Stores a manifest; the round's key, and whether it is new.
    pub(crate) fn insert_round(
        &self,
        id: &RoundId,
        signed: &SignedRound,
    ) -> Result<(i64, bool), ServerError> {
        let json = serde_json::to_string(signed)
            .map_err(|error| ServerError::internal("a round has no JSON", error))?;
        if self.run(
            "INSERT INTO rounds (id, signed) VALUES (?, ?) ON CONFLICT DO NOTHING",
            params![id.0, json],
        )? == 0
        {
            let mut known = self.prepare_cached("SELECT key FROM rounds WHERE id = ?")?;
            return Ok((known.query_row([&id.0], |row| row.get(0))?, false));
        }
        let key = self.last_insert_rowid();
        for (position, candidate) in (0i64..).zip(&signed.round.candidates) {
            let row = params![key, position, candidate.id.0];
            self.run("INSERT INTO candidates (round, position, id) VALUES (?, ?, ?)", row)?;
        }
        Ok((key, true))
    }

    /// Stores content; the caller has checked its digest.
    pub(crate) fn insert_content(&self, id: &CandidateId, bytes: &[u8]) -> Result<bool, ServerError> {
        Ok(self.run(
            "INSERT INTO content (id, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING",
            params![id.0, bytes],
        )? > 0)
    }

    /// Stores what an encoder made of a candidate: its numbers, or the code of why there are none.
    pub(crate) fn insert_embedding(
        &self,
        candidate: &CandidateId,
        encoder: &str,
        result: Result<&[f32], &str>,
    ) -> Result<(), ServerError> {
        let numbers: Option<Vec<u8>> =
            result.ok().map(|numbers| numbers.iter().flat_map(|number| number.to_le_bytes()).collect());
        let sql = "INSERT INTO embeddings (candidate, encoder, numbers, failure) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
        self.run(sql, params![candidate.0, encoder, numbers, result.err()])?;
        Ok(())
    }

    /// Appends to the log and moves sequence, budget and counts with it.
    pub(crate) fn append(&self, ballot: &NewBallot<'_>, mut totals: Totals) -> Result<Totals, ServerError> {
        self.run(
            "INSERT INTO ballots (round, position, id, voter, accepted_at, line) VALUES (?, ?, ?, ?, ?, ?)",
            params![
                ballot.round,
                ballot.index,
                ballot.id.0,
                ballot.voter.0.0,
                ballot.accepted_at,
                ballot.line
            ],
        )?;
        let first = !self
            .prepare_cached("SELECT 1 FROM sequences WHERE voter = ? AND round = ?")?
            .exists(params![ballot.voter.0.0, ballot.round])?;
        self.run(
            "INSERT INTO sequences (voter, round, signer, last) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET last = excluded.last",
            params![ballot.voter.0.0, ballot.round, ballot.signer.0.0, ballot.sequence as i64],
        )?;
        if first {
            self.list_claims(&ballot.voter)?;
        }
        let new = self.add_to_person(ballot.round, &ballot.person, ballot.source, 1, ballot.votes)?;
        for answer in ballot.answers {
            self.put_answer(ballot.round, &ballot.person, ballot.source, answer)?;
        }
        totals.ballots += 1;
        totals.votes += ballot.votes;
        totals.voters += u64::from(new);
        self.run(
            "UPDATE rounds SET ballots = ?, votes = ?, voters = ? WHERE key = ?",
            params![totals.ballots, totals.votes, totals.voters, ballot.round],
        )?;
        Ok(totals)
    }

    fn put_answer(
        &self,
        round: i64,
        person: &Address,
        source: &str,
        answer: &Answered,
    ) -> Result<(), ServerError> {
        let row = params![person.0.0, round, source, answer.question];
        let sql = if answer.stands {
            "INSERT INTO answers (voter, round, source, question) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM answers WHERE voter = ? AND round = ? AND source = ? AND question = ?"
        };
        self.run(sql, row).map(drop)
    }

    /// Counts the answers of rounds that an older server kept, from their logs.
    pub(super) fn recount_answers(&self) -> Result<(), ServerError> {
        for row in self.rounds()?.into_iter().filter(|row| row.signed.round.budget > 0) {
            let id = row.signed.round.digest();
            self.each_accepted(row.key, &id, 0, |line, person| {
                let entry: LogEntry = serde_json::from_slice(line)
                    .map_err(|error| ServerError::internal("a line of a log cannot be read", error))?;
                let ballot = &entry.signed.ballot;
                let mut answers = ballot.votes.iter().map(Answered::of);
                answers.try_for_each(|answer| self.put_answer(row.key, &person, &ballot.source, &answer))
            })?;
        }
        Ok(())
    }

    /// Adds to what a person has used; true when the person is new to the round.
    fn add_to_person(
        &self,
        round: i64,
        voter: &Address,
        source: &str,
        ballots: u64,
        votes: u64,
    ) -> Result<bool, ServerError> {
        let row = params![voter.0.0, round, source, ballots, votes];
        let known = self.run(
            "UPDATE persons SET ballots = ballots + ?4, votes = votes + ?5 WHERE voter = ?1 AND round = ?2 AND source = ?3",
            row,
        )? > 0;
        if !known {
            self.run(
                "INSERT INTO persons (voter, round, source, ballots, votes) VALUES (?, ?, ?, ?, ?)",
                row,
            )?;
            self.list_revocations(voter)?;
        }
        Ok(!known)
    }

    /// Puts a session key's claims at the end of the public lists of the rounds in which it voted as a guest, where they
    /// are not there yet. A claim concerns a round by itself, or once the key votes there: either may come last.
    fn list_claims(&self, session: &Address) -> Result<(), ServerError> {
        let sql = "SELECT DISTINCT s.round, c.scope FROM sequences s JOIN rounds r ON r.key = s.round
                   JOIN claims c ON c.session = s.voter AND (c.scope = x'' OR c.scope = r.id)
                   WHERE s.voter = ? ORDER BY s.round, c.scope";
        let lines: Vec<(i64, Vec<u8>)> = self
            .prepare_cached(sql)?
            .query_map([&session.0.0], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let sql = "INSERT INTO round_claims (round, position, session, scope)
                   VALUES (?1, (SELECT coalesce(max(position) + 1, 0) FROM round_claims WHERE round = ?1), ?2, ?3)
                   ON CONFLICT (round, session, scope) DO NOTHING";
        lines
            .iter()
            .try_for_each(|(round, scope)| self.run(sql, params![round, session.0.0, scope]).map(drop))
    }

    /// The same for a voter's revocations, in the rounds that the voter takes part in. They stay when the voter turns out to
    /// be a wallet's guest.
    fn list_revocations(&self, voter: &Address) -> Result<(), ServerError> {
        let sql = "SELECT DISTINCT p.round, v.session FROM persons p JOIN revocations v ON v.voter = p.voter
                   WHERE p.voter = ? ORDER BY p.round, v.session";
        let lines: Vec<(i64, [u8; 20])> = self
            .prepare_cached(sql)?
            .query_map([&voter.0.0], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let sql = "INSERT INTO round_revocations (round, position, voter, session)
                   VALUES (?1, (SELECT coalesce(max(position) + 1, 0) FROM round_revocations WHERE round = ?1), ?2, ?3)
                   ON CONFLICT (round, voter, session) DO NOTHING";
        lines
            .iter()
            .try_for_each(|(round, session)| self.run(sql, params![round, voter.0.0, session]).map(drop))
    }

    /// Ties a session key to its wallet: the guest's ballots so far belong to the wallet from here on.
    pub(crate) fn claim(&self, id: &GrantId, claim: &Claim) -> Result<Claimed, ServerError> {
        let grant = &claim.grant;
        let scope = scope_bytes(&grant.scope);
        let (moved, rounds) = self.move_votes(&grant.session, &grant.voter, &grant.scope)?;
        let json = serde_json::to_string(claim)
            .map_err(|error| ServerError::internal("a grant has no JSON", error))?;
        self.run(
            "INSERT INTO claims (session, scope, voter, ballots, signed) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET ballots = ballots + excluded.ballots, signed = excluded.signed",
            params![grant.session.0.0, scope, grant.voter.0.0, moved, json],
        )?;
        self.list_claims(&grant.session)?;
        tracing::debug!(grant = %id, moved, "a session key was claimed");
        let mut statement =
            self.prepare_cached("SELECT ballots FROM claims WHERE session = ? AND scope = ?")?;
        let ballots = statement.query_row(params![grant.session.0.0, scope], |row| row.get(0))?;
        Ok(Claimed { ballots, rounds })
    }

    /// Takes a session key's permission back; false where that was done before, and the first revocation stands.
    pub(crate) fn revoke(&self, entry: &RevocationEntry) -> Result<bool, ServerError> {
        let revocation = &entry.signed.revocation;
        let json = serde_json::to_string(entry)
            .map_err(|error| ServerError::internal("a revocation has no JSON", error))?;
        let new = self.run(
            "INSERT INTO revocations (voter, session, received_at, entry) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![revocation.voter.0.0, revocation.session.0.0, entry.received_at, json],
        )? > 0;
        self.list_revocations(&revocation.voter)?;
        Ok(new)
    }

    fn move_votes(
        &self,
        session: &Address,
        wallet: &Address,
        scope: &Scope,
    ) -> Result<(u64, Vec<(RoundId, Totals)>), ServerError> {
        let sql = "SELECT p.round, p.source, p.ballots, p.votes, r.id
                   FROM persons p JOIN rounds r ON r.key = p.round WHERE p.voter = ?";
        let rows: Vec<(i64, String, u64, u64, Digest)> = self
            .prepare_cached(sql)?
            .query_map([&session.0.0], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, Digest(row.get(4)?)))
            })?
            .collect::<Result<_, _>>()?;
        let (mut moved, mut rounds) = (0, Vec::new());
        for (round, source, ballots, votes, id) in rows.iter().filter(|row| scope.covers(&row.4)) {
            let whose = params![session.0.0, round, source];
            self.run("DELETE FROM persons WHERE voter = ? AND round = ? AND source = ?", whose)?;
            if !self.add_to_person(*round, wallet, source, *ballots, *votes)? {
                // Two persons turned out to be one.
                self.run("UPDATE rounds SET voters = voters - 1 WHERE key = ?", [round])?;
            }
            // Of a question that both have answered, one answer is left.
            let to = params![session.0.0, round, source, wallet.0.0];
            self.run(
                "INSERT INTO answers (voter, round, source, question)
                 SELECT ?4, round, source, question FROM answers WHERE voter = ?1 AND round = ?2 AND source = ?3
                 ON CONFLICT DO NOTHING",
                to,
            )?;
            self.run("DELETE FROM answers WHERE voter = ? AND round = ? AND source = ?", whose)?;
            moved += ballots;
            rounds.push((*id, self.totals(*round)?));
        }
        Ok((moved, rounds))
    }

    /// Stores a trained model and its features; from here on it is the round's current one.
    pub(crate) fn insert_model(
        &self,
        round: i64,
        row: &ModelRow,
        model: &[u8],
        features: &[u8],
    ) -> Result<(), ServerError> {
        self.run(
            "INSERT INTO features (digest, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING",
            params![row.features.0, features],
        )?;
        self.run(
            "INSERT INTO models (round, digest, features, log_size, votes, metrics, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![round, row.digest.0, row.features.0, row.log_size, row.votes, row.metrics, model],
        )?;
        Ok(())
    }
}

/// A scope as it is stored: a round's id, or nothing for every round.
pub(crate) fn scope_bytes(scope: &Scope) -> &[u8] {
    match scope {
        Scope::EveryRound => b"",
        Scope::Round(round) => &round.0,
    }
}
