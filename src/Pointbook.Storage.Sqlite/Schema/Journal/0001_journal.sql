-- The truth. Rows are only ever added. Times are microseconds since 1970-01-01T00:00:00Z.

-- What is fixed when a store is created.
CREATE TABLE store (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    partition_count INTEGER NOT NULL CHECK (partition_count = 1)
) STRICT;

INSERT INTO store (id, partition_count) VALUES (1, 1);

-- One row for each batch of commands that became durable together.
CREATE TABLE journal_commit (
    last_sequence  INTEGER NOT NULL PRIMARY KEY,
    first_sequence INTEGER NOT NULL,
    commit_id      BLOB    NOT NULL,            -- random, 16 bytes
    format         INTEGER NOT NULL,            -- the version of the canonical format that is sealed
    decided_at     INTEGER NOT NULL,            -- the clock at the decision
    recorded_at    INTEGER NOT NULL,            -- not before decided_at, and after every commit before
    previous_seal  BLOB    NOT NULL,            -- 32 bytes
    seal           BLOB    NOT NULL             -- 32 bytes
) STRICT;

-- One row for each change of a lot or a balance, and for each header of an operation.
-- The only index is the table itself: what costs in a commit is the number of randomly touched pages.
CREATE TABLE journal_entry (
    sequence        INTEGER NOT NULL PRIMARY KEY, -- 1, 2, 3 ... without a gap
    kind            TEXT    NOT NULL,
    account         TEXT    NOT NULL,
    payer           TEXT,                         -- null on headers
    points          INTEGER NOT NULL,             -- by how much the payer's balance changes
    lot_points      INTEGER NOT NULL,             -- by how much the lot changes
    occurred_at     INTEGER,                      -- timestamp of the transaction, or of the lot
    lot             INTEGER,                      -- sequence of the lot's credit
    expires_at      INTEGER,
    operation       INTEGER NOT NULL,             -- sequence of the first entry of the operation
    subject         INTEGER,                      -- first entry of the operation this one is about
    idempotency_key TEXT,
    key_hash        BLOB,
    reference       TEXT,
    reason          TEXT,
    actor           TEXT
) STRICT;
