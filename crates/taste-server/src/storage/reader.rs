//! What can be asked of the database.

use std::{collections::BTreeMap, ops::Deref};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};
use taste_ballot::{Address, BallotId, Claim, Receipt, RevocationEntry, SignedRound};
use taste_core::{CandidateId, Digest, RoundId, Vote};

use crate::error::ServerError;

/// A connection to ask.
pub(crate) struct Reader<'a>(&'a Connection);

/// A round as it is stored.
pub(crate) struct RoundRow {
    /// Its key within the database.
    pub(crate) key: i64,
    /// The manifest.
    pub(crate) signed: SignedRound,
    /// Ballots, votes, persons.
    pub(crate) totals: super::Totals,
}

/// Which lines of a list: at most `limit`, and no further one once there are `enough` bytes.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    /// The first, from 0.
    pub(crate) from: u64,
    /// The most lines.
    pub(crate) limit: u64,
    /// So many bytes are enough.
    pub(crate) enough: usize,
}

/// What a vote leaves of the question it is about.
pub(crate) struct Answered {
    /// SHA-256 of kind and candidates, whichever way they were laid out.
    pub(crate) question: [u8; 32],
    /// There is an answer; a skip takes it back.
    pub(crate) stands: bool,
}

impl Answered {
    pub(crate) fn of(vote: &Vote) -> Self {
        let mut candidates = vote.question().candidates();
        candidates.sort_unstable();
        let mut digest = Sha256::new_with_prefix(vote.kind().as_str());
        for candidate in candidates {
            digest.update(candidate.0);
        }
        Self { question: digest.finalize().into(), stands: !vote.is_skip() }
    }
}

/// A model without its bytes.
pub(crate) struct ModelRow {
    /// The model file's digest.
    pub(crate) digest: Digest,
    /// The features file's digest.
    pub(crate) features: Digest,
    /// Ballots that it has learned from.
    pub(crate) log_size: u64,
    /// Votes accepted at that time.
    pub(crate) votes: u64,
    /// JSON.
    pub(crate) metrics: String,
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self(connection)
    }

    /// Refuses a database whose logs have holes: index 0, 1, 2, … up to the count of each round.
    pub(crate) fn check_logs(&self) -> Result<(), ServerError> {
        let sql = "SELECT r.id, r.ballots, count(b.position), coalesce(max(b.position) + 1, 0)
                   FROM rounds r LEFT JOIN ballots b ON b.round = r.key GROUP BY r.key";
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (expected, count, end): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            if expected != count || count != end {
                return Err(ServerError::Database {
                    reason: format!(
                        "the log of round {} should have {expected} ballots, has {count}, the last at {}",
                        Digest(row.get(0)?),
                        end - 1
                    ),
                });
            }
        }
        Ok(())
    }

    /// The counts of a round, as this connection sees them.
    pub(crate) fn totals(&self, round: i64) -> Result<super::Totals, ServerError> {
        let mut statement = self.prepare_cached("SELECT ballots, votes, voters FROM rounds WHERE key = ?")?;
        Ok(statement.query_row([round], |row| {
            Ok(super::Totals { ballots: row.get(0)?, votes: row.get(1)?, voters: row.get(2)? })
        })?)
    }

    /// Every round, in the order they came.
    pub(crate) fn rounds(&self) -> Result<Vec<RoundRow>, ServerError> {
        let mut statement =
            self.prepare("SELECT key, signed, ballots, votes, voters FROM rounds ORDER BY key")?;
        let mut rows = statement.query([])?;
        let mut rounds = Vec::new();
        while let Some(row) = rows.next()? {
            let signed: String = row.get(1)?;
            rounds.push(RoundRow {
                key: row.get(0)?,
                signed: serde_json::from_str(&signed)
                    .map_err(|error| ServerError::internal("a stored round cannot be read", error))?,
                totals: super::Totals { ballots: row.get(2)?, votes: row.get(3)?, voters: row.get(4)? },
            });
        }
        Ok(rounds)
    }

    /// The receipt's fields of an accepted ballot.
    pub(crate) fn receipt(&self, ballot: &BallotId) -> Result<Option<Receipt>, ServerError> {
        let sql = "SELECT r.id, b.position, b.accepted_at FROM ballots b JOIN rounds r ON r.key = b.round WHERE b.id = ?";
        let receipt = |row: &Row<'_>| {
            Ok(Receipt {
                ballot: *ballot,
                round: Digest(row.get(0)?),
                index: row.get(1)?,
                accepted_at: row.get(2)?,
            })
        };
        Ok(self.prepare_cached(sql)?.query_row([&ballot.0], receipt).optional()?)
    }

    /// Lines of a round's log, each with a line feed.
    pub(crate) fn log(&self, round: i64, page: Page) -> Result<Vec<u8>, ServerError> {
        let sql = "SELECT line FROM ballots WHERE round = ? AND position >= ? ORDER BY position LIMIT ?";
        self.lines(sql, params![round, clamped(page.from), clamped(page.limit)], page.enough)
    }

    /// Hands over the ballots of a round from an index on, one by one, a log may be long: each line of the log, and who
    /// it belongs to now (the wallet, where the signing session was claimed).
    pub(crate) fn each_accepted(
        &self,
        round: i64,
        id: &RoundId,
        from: u64,
        mut each: impl FnMut(&[u8], Address) -> Result<(), ServerError>,
    ) -> Result<(), ServerError> {
        let sql = "SELECT b.line, coalesce(
                       (SELECT c.voter FROM claims c WHERE c.session = b.voter AND (c.scope = x'' OR c.scope = ?) LIMIT 1),
                       b.voter)
                   FROM ballots b WHERE b.round = ? AND b.position >= ? ORDER BY b.position";
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params![id.0, round, clamped(from)])?;
        while let Some(row) = rows.next()? {
            let line = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            each(line, Address::from(row.get::<_, [u8; 20]>(1)?))?;
        }
        Ok(())
    }

    /// The wallet that a session key belongs to, whatever the scope.
    pub(crate) fn wallet_of(&self, session: &Address) -> Result<Option<Address>, ServerError> {
        let mut statement = self.prepare_cached("SELECT voter FROM claims WHERE session = ? LIMIT 1")?;
        Ok(statement.query_row([&session.0.0], address).optional()?)
    }

    /// Whose votes a voter's votes are in this round: its wallet's, where it is a claimed session key.
    pub(crate) fn effective_voter(&self, voter: Address, round: &RoundId) -> Result<Address, ServerError> {
        let sql = "SELECT voter FROM claims WHERE session = ? AND (scope = x'' OR scope = ?) LIMIT 1";
        let wallet = self.prepare_cached(sql)?.query_row(params![voter.0.0, round.0], address).optional()?;
        Ok(wallet.unwrap_or(voter))
    }

    /// Whether this session key was claimed with this very scope (empty: every round).
    pub(crate) fn is_claimed(&self, session: &Address, scope: &[u8]) -> Result<bool, ServerError> {
        let mut statement = self.prepare_cached("SELECT 1 FROM claims WHERE session = ? AND scope = ?")?;
        Ok(statement.exists(params![session.0.0, scope])?)
    }

    /// The wallet of every session key that was claimed in this round.
    pub(crate) fn claims(&self, round: &RoundId) -> Result<BTreeMap<Address, Address>, ServerError> {
        let mut statement =
            self.prepare_cached("SELECT session, voter FROM claims WHERE scope = x'' OR scope = ?")?;
        let rows = statement.query_map([&round.0], |row| {
            Ok((Address::from(row.get::<_, [u8; 20]>(0)?), Address::from(row.get::<_, [u8; 20]>(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The signed grants whose session keys voted in a round as guests, a line each, in the order in which they came to it.
    pub(crate) fn claim_lines(&self, round: i64, page: Page) -> Result<Vec<u8>, ServerError> {
        let sql =
            "SELECT c.signed FROM round_claims l JOIN claims c ON c.session = l.session AND c.scope = l.scope
             WHERE l.round = ? AND l.position >= ? ORDER BY l.position LIMIT ?";
        self.lines(sql, params![round, clamped(page.from), clamped(page.limit)], page.enough)
    }

    /// The claim of a session key with this very scope (empty: every round).
    pub(crate) fn claim(&self, session: &Address, scope: &[u8]) -> Result<Option<Claim>, ServerError> {
        let mut statement =
            self.prepare_cached("SELECT signed FROM claims WHERE session = ? AND scope = ?")?;
        let signed: Option<String> =
            statement.query_row(params![session.0.0, scope], |row| row.get(0)).optional()?;
        let read = |text: String| {
            serde_json::from_str(&text)
                .map_err(|error| ServerError::internal("a stored claim cannot be read", error))
        };
        signed.map(read).transpose()
    }

    /// The revocation of a session key by a voter.
    pub(crate) fn revocation(
        &self,
        voter: &Address,
        session: &Address,
    ) -> Result<Option<RevocationEntry>, ServerError> {
        let sql = "SELECT entry FROM revocations WHERE voter = ? AND session = ?";
        let entry: Option<String> = self
            .prepare_cached(sql)?
            .query_row(params![voter.0.0, session.0.0], |row| row.get(0))
            .optional()?;
        let read = |text: String| {
            serde_json::from_str(&text)
                .map_err(|error| ServerError::internal("a stored revocation cannot be read", error))
        };
        entry.map(read).transpose()
    }

    /// The revocations of a round's voters, a line each, in the order in which they came to it.
    pub(crate) fn revocation_lines(&self, round: i64, page: Page) -> Result<Vec<u8>, ServerError> {
        let sql = "SELECT v.entry FROM round_revocations l
             JOIN revocations v ON v.voter = l.voter AND v.session = l.session
             WHERE l.round = ? AND l.position >= ? ORDER BY l.position LIMIT ?";
        self.lines(sql, params![round, clamped(page.from), clamped(page.limit)], page.enough)
    }

    /// The first column of what is found, a line each, until there is enough.
    fn lines(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        enough: usize,
    ) -> Result<Vec<u8>, ServerError> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut lines = Vec::new();
        while lines.len() < enough
            && let Some(row) = rows.next()?
        {
            lines.extend_from_slice(row.get_ref(0)?.as_bytes().map_err(rusqlite::Error::from)?);
            lines.push(b'\n');
        }
        Ok(lines)
    }

    /// Whether session keys belong to this address.
    pub(crate) fn has_sessions(&self, wallet: &Address) -> Result<bool, ServerError> {
        Ok(self.prepare_cached("SELECT 1 FROM claims WHERE voter = ? LIMIT 1")?.exists([&wallet.0.0])?)
    }

    /// The last accepted sequence of a voter and key.
    pub(crate) fn last_sequence(
        &self,
        round: i64,
        voter: &Address,
        signer: &Address,
    ) -> Result<Option<u64>, ServerError> {
        let sql = "SELECT last FROM sequences WHERE voter = ? AND round = ? AND signer = ?";
        let last =
            self.prepare_cached(sql)?.query_row(params![voter.0.0, round, signer.0.0], |row| row.get(0));
        Ok(last.optional()?.map(|bits: i64| bits as u64))
    }

    /// In how many questions of a round a person's answer stands.
    pub(crate) fn answers(&self, round: i64, voter: &Address, source: &str) -> Result<u64, ServerError> {
        let sql = "SELECT count(*) FROM answers WHERE voter = ? AND round = ? AND source = ?";
        Ok(self.prepare_cached(sql)?.query_row(params![voter.0.0, round, source], |row| row.get(0))?)
    }

    /// Whether a person's answer to this question stands.
    pub(crate) fn answered(
        &self,
        round: i64,
        voter: &Address,
        source: &str,
        question: &[u8; 32],
    ) -> Result<bool, ServerError> {
        let sql = "SELECT 1 FROM answers WHERE voter = ? AND round = ? AND source = ? AND question = ?";
        Ok(self.prepare_cached(sql)?.exists(params![voter.0.0, round, source, question])?)
    }

    /// Candidates of a round whose content has not come yet, in the manifest's order.
    pub(crate) fn missing(&self, round: i64) -> Result<Vec<CandidateId>, ServerError> {
        let sql = "SELECT c.id FROM candidates c WHERE c.round = ?
                   AND NOT EXISTS (SELECT 1 FROM content WHERE content.id = c.id) ORDER BY c.position";
        self.digests(sql, params![round])
    }

    /// The rounds that list a candidate, in the order they came.
    pub(crate) fn rounds_with(&self, candidate: &CandidateId) -> Result<Vec<RoundId>, ServerError> {
        let sql =
            "SELECT r.id FROM candidates c JOIN rounds r ON r.key = c.round WHERE c.id = ? ORDER BY r.key";
        self.digests(sql, [&candidate.0])
    }

    /// A candidate's content.
    pub(crate) fn content(&self, candidate: &CandidateId) -> Result<Option<Vec<u8>>, ServerError> {
        self.bytes("SELECT bytes FROM content WHERE id = ?", candidate)
    }

    /// Candidates that nobody has tried to embed with this encoder.
    pub(crate) fn unembedded(&self, round: i64, encoder: &str) -> Result<Vec<CandidateId>, ServerError> {
        let sql = "SELECT c.id FROM candidates c WHERE c.round = ? AND NOT EXISTS
                   (SELECT 1 FROM embeddings e WHERE e.candidate = c.id AND e.encoder = ?) ORDER BY c.position";
        self.digests(sql, params![round, encoder])
    }

    /// Candidates that could not be embedded, with the code of why.
    pub(crate) fn failed_embeddings(
        &self,
        round: i64,
        encoder: &str,
    ) -> Result<Vec<(CandidateId, String)>, ServerError> {
        let sql = "SELECT c.id, e.failure FROM candidates c JOIN embeddings e ON e.candidate = c.id AND e.encoder = ?
                   WHERE c.round = ? AND e.failure IS NOT NULL ORDER BY c.position";
        let mut statement = self.prepare_cached(sql)?;
        let rows =
            statement.query_map(params![encoder, round], |row| Ok((Digest(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The embedding of each candidate in the manifest's order; none where there is none.
    pub(crate) fn embeddings(&self, round: i64, encoder: &str) -> Result<Vec<Option<Vec<f32>>>, ServerError> {
        let sql = "SELECT e.numbers FROM candidates c LEFT JOIN embeddings e ON e.candidate = c.id AND e.encoder = ?
                   WHERE c.round = ? ORDER BY c.position";
        let mut statement = self.prepare_cached(sql)?;
        let rows = statement.query_map(params![encoder, round], |row| {
            let bytes: Option<Vec<u8>> = row.get(0)?;
            Ok(bytes.map(|bytes| bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A round's current model.
    pub(crate) fn current_model(&self, round: i64) -> Result<Option<ModelRow>, ServerError> {
        let sql = "SELECT digest, features, log_size, votes, metrics FROM models WHERE round = ? ORDER BY key DESC LIMIT 1";
        let model = |row: &Row<'_>| {
            Ok(ModelRow {
                digest: Digest(row.get(0)?),
                features: Digest(row.get(1)?),
                log_size: row.get(2)?,
                votes: row.get(3)?,
                metrics: row.get(4)?,
            })
        };
        Ok(self.prepare_cached(sql)?.query_row([round], model).optional()?)
    }

    /// A model file.
    pub(crate) fn model(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ServerError> {
        self.bytes("SELECT bytes FROM models WHERE digest = ? LIMIT 1", digest)
    }

    /// A features file.
    pub(crate) fn features(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ServerError> {
        self.bytes("SELECT bytes FROM features WHERE digest = ?", digest)
    }

    fn bytes(&self, sql: &str, id: &Digest) -> Result<Option<Vec<u8>>, ServerError> {
        Ok(self.prepare_cached(sql)?.query_row([&id.0], |row| row.get(0)).optional()?)
    }

    fn digests(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<Digest>, ServerError> {
        let mut statement = self.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, |row| row.get(0).map(Digest))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn address(row: &Row<'_>) -> rusqlite::Result<Address> {
    row.get::<_, [u8; 20]>(0).map(Address::from)
}

/// SQLite's integers end at 2⁶³; nothing is stored beyond.
fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
