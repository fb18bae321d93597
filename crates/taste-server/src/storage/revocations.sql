-- Version 2: session keys that may not sign for a voter any more.
CREATE TABLE revocations (
    voter       BLOB    NOT NULL,
    session     BLOB    NOT NULL,
    received_at INTEGER NOT NULL,
    entry       TEXT    NOT NULL,          -- canonical JSON of the RevocationEntry
    PRIMARY KEY (voter, session)
) WITHOUT ROWID;
