-- Version 3: in rounds with a budget, the questions in which a person's answer stands.
CREATE TABLE answers (
    voter    BLOB    NOT NULL,             -- the person's, as in persons
    round    INTEGER NOT NULL REFERENCES rounds,
    source   TEXT    NOT NULL,
    question BLOB    NOT NULL,             -- SHA-256 of kind and candidates, whichever way they were laid out
    PRIMARY KEY (voter, round, source, question)
) WITHOUT ROWID;
