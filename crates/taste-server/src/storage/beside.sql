-- Version 4: what is public beside a round's log, numbered from 0 in the order in which it came to the round. A line keeps its
-- number, as a ballot does: who reads page after page misses nothing.
CREATE TABLE round_claims (
    round    INTEGER NOT NULL REFERENCES rounds,
    position INTEGER NOT NULL,
    session  BLOB    NOT NULL,             -- session and scope: whose line in claims
    scope    BLOB    NOT NULL,
    PRIMARY KEY (round, position),
    UNIQUE (round, session, scope)
) WITHOUT ROWID;

CREATE TABLE round_revocations (
    round    INTEGER NOT NULL REFERENCES rounds,
    position INTEGER NOT NULL,
    voter    BLOB    NOT NULL,             -- voter and session: whose line in revocations
    session  BLOB    NOT NULL,
    PRIMARY KEY (round, position),
    UNIQUE (round, voter, session)
) WITHOUT ROWID;

-- What is there already keeps the order in which it was given so far.
INSERT INTO round_claims (round, position, session, scope)
SELECT s.round, row_number() OVER (PARTITION BY s.round ORDER BY c.session, c.scope) - 1, c.session, c.scope
FROM claims c
JOIN (SELECT DISTINCT voter, round FROM sequences) s ON s.voter = c.session
JOIN rounds r ON r.key = s.round
WHERE c.scope = x'' OR c.scope = r.id;

INSERT INTO round_revocations (round, position, voter, session)
SELECT p.round, row_number() OVER (PARTITION BY p.round ORDER BY v.voter, v.session) - 1, v.voter, v.session
FROM revocations v
JOIN (SELECT DISTINCT voter, round FROM persons) p ON p.voter = v.voter;
