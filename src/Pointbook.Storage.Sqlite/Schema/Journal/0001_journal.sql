-- The record of everything that happened. The server only adds rows. Times are microseconds since 1970-01-01T00:00:00Z.

-- What the creation of the store fixes.
CREATE TABLE store (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    partition_count INTEGER NOT NULL CHECK (partition_count = 1)
) STRICT;

INSERT INTO store (id, partition_count) VALUES (1, 1);

-- One row for each batch of commands that became durable together.
-- The only index is the table itself, because the cost of a commit is the number of pages that it changes at random places.
CREATE TABLE journal_commit (
    last_sequence  INTEGER NOT NULL PRIMARY KEY,
    first_sequence INTEGER NOT NULL,
    commit_id      BLOB    NOT NULL,            -- random, 16 bytes
    format         INTEGER NOT NULL,            -- the version of the format of body and seal
    decided_at     INTEGER NOT NULL,            -- the clock at the decision
    recorded_at    INTEGER NOT NULL,            -- not before decided_at, and later than in all earlier commits
    previous_seal  BLOB    NOT NULL,            -- 32 bytes
    seal           BLOB    NOT NULL,            -- 32 bytes: SHA-256 of previous_seal, the columns before it, and body
    body           BLOB    NOT NULL,            -- the entries: docs/architecture.md, "Journal format"
    texts          BLOB    NOT NULL             -- the texts whose digests body contains; empty if it contains none
) STRICT;
