-- Version 1. Digests are 32-byte blobs, addresses 20-byte blobs, times Unix seconds.
-- uint64 values are stored as the i64 of the same bits; they are compared in Rust, never in SQL.

CREATE TABLE rounds (
    key     INTEGER PRIMARY KEY,
    id      BLOB    NOT NULL UNIQUE,
    signed  TEXT    NOT NULL,             -- canonical JSON of the SignedRound
    ballots INTEGER NOT NULL DEFAULT 0,   -- the next log index
    votes   INTEGER NOT NULL DEFAULT 0,
    voters  INTEGER NOT NULL DEFAULT 0    -- persons: rows of `persons`
);

CREATE TABLE candidates (
    round    INTEGER NOT NULL REFERENCES rounds,
    position INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    PRIMARY KEY (round, position)
) WITHOUT ROWID;
CREATE INDEX candidates_id ON candidates (id);

CREATE TABLE content (
    id    BLOB PRIMARY KEY,
    bytes BLOB NOT NULL
);

-- Either the numbers (little-endian f32) or the code of why there are none.
CREATE TABLE embeddings (
    candidate BLOB NOT NULL,
    encoder   TEXT NOT NULL,
    numbers   BLOB,
    failure   TEXT,
    PRIMARY KEY (candidate, encoder),
    CHECK ((numbers IS NULL) <> (failure IS NULL))
);

-- The log. `line` is the leaf: its exact bytes, without the line feed.
CREATE TABLE ballots (
    round       INTEGER NOT NULL REFERENCES rounds,
    position    INTEGER NOT NULL,
    id          BLOB    NOT NULL UNIQUE,
    voter       BLOB    NOT NULL,          -- as signed; claims come on top
    accepted_at INTEGER NOT NULL,
    line        BLOB    NOT NULL,
    UNIQUE (round, position)
);

CREATE TABLE sequences (
    voter  BLOB    NOT NULL,
    round  INTEGER NOT NULL REFERENCES rounds,
    signer BLOB    NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (voter, round, signer)
) WITHOUT ROWID;

-- What a person (effective voter and source) has used of a round.
CREATE TABLE persons (
    voter   BLOB    NOT NULL,
    round   INTEGER NOT NULL REFERENCES rounds,
    source  TEXT    NOT NULL,
    ballots INTEGER NOT NULL,
    votes   INTEGER NOT NULL,
    PRIMARY KEY (voter, round, source)
) WITHOUT ROWID;

-- Which wallet a session key belongs to: in one round, or (empty scope) in all.
CREATE TABLE claims (
    session BLOB    NOT NULL,
    scope   BLOB    NOT NULL,
    voter   BLOB    NOT NULL,
    ballots INTEGER NOT NULL,              -- guest ballots that changed hands
    signed  TEXT    NOT NULL,              -- canonical JSON of the Claim
    PRIMARY KEY (session, scope)
) WITHOUT ROWID;
CREATE INDEX claims_voter ON claims (voter);

CREATE TABLE features (
    digest BLOB PRIMARY KEY,
    bytes  BLOB NOT NULL
);

CREATE TABLE models (
    key      INTEGER PRIMARY KEY,          -- the highest of a round is its current model
    round    INTEGER NOT NULL REFERENCES rounds,
    digest   BLOB    NOT NULL,
    features BLOB    NOT NULL REFERENCES features,
    log_size INTEGER NOT NULL,
    votes    INTEGER NOT NULL,             -- accepted votes at the time: the next training counts from here
    metrics  TEXT    NOT NULL,
    bytes    BLOB    NOT NULL
);
CREATE INDEX models_round ON models (round, key);
CREATE INDEX models_digest ON models (digest);
