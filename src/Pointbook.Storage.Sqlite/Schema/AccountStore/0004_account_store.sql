-- Derived from the journal. An operator may delete this file at any time: the next start rebuilds it.
-- Times are microseconds since 1970-01-01T00:00:00Z.

-- The tables contain every entry up to last_sequence, and none after target_sequence.
CREATE TABLE account_store_position (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last_sequence   INTEGER NOT NULL,
    seal            BLOB    NOT NULL,
    target_sequence INTEGER NOT NULL,
    target_seal     BLOB    NOT NULL,
    accounts        INTEGER NOT NULL DEFAULT 0 -- the number of accounts. It only decides when the directory grows
) STRICT;

INSERT INTO account_store_position (id, last_sequence, seal, target_sequence, target_seal)
VALUES (1, 0, zeroblob(32), 0, zeroblob(32));

-- The account store: what the writer needs to load an account. docs/architecture.md describes snapshots, chunks and buckets.

-- One row for each account that has an entry. A row may be later than the position of the tables.
CREATE TABLE account (
    account    TEXT    NOT NULL PRIMARY KEY,
    stands_at  INTEGER NOT NULL, -- the last entry that the snapshot contains
    next_due   INTEGER,          -- when the next lot expires or the next hold ends; null if nothing does
    oldest_key INTEGER,          -- when the oldest idempotency key was used; null if there is none
    snapshot   BLOB    NOT NULL  -- begins with a checksum of the whole row
) STRICT, WITHOUT ROWID;

CREATE INDEX account_by_due ON account (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX account_by_oldest_key ON account (oldest_key) WHERE oldest_key IS NOT NULL;

-- The parts of long snapshots. Each snapshot has the checksums of its chunks.
CREATE TABLE account_chunk (
    account TEXT    NOT NULL,
    chunk   INTEGER NOT NULL,
    body    BLOB    NOT NULL,
    PRIMARY KEY (account, chunk)
) STRICT, WITHOUT ROWID;

-- The directory: the digests of all accounts. By it, the server distinguishes a lost row from an account that never existed.
-- There is always at least one bucket.
CREATE TABLE account_bucket (
    bucket INTEGER NOT NULL PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1073741823), -- 0, 1, 2 ...
    body   BLOB    NOT NULL
) STRICT;

INSERT INTO account_bucket (bucket, body) VALUES (0, x'0857d6964e3302db01000000');

-- Accounts whose rows are damaged. Loads and rounds do not rely on these rows until they are rewritten. A start rebuilds all tables instead.
CREATE TABLE damaged_account (
    account TEXT NOT NULL PRIMARY KEY,
    damage  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Unfinished erasures: the journal may still contain texts of their accounts. The server ignores those after last_sequence.
CREATE TABLE erasure (
    sequence INTEGER NOT NULL PRIMARY KEY, -- the entry that erases the account
    opening  INTEGER NOT NULL              -- the first entry of the account
) STRICT;

-- The index of the operations of an account. The operations themselves are in the journal.
CREATE TABLE operation (
    opening        INTEGER NOT NULL, -- the first entry of the account
    first_sequence INTEGER NOT NULL, -- the first entry of the operation
    PRIMARY KEY (opening, first_sequence)
) STRICT, WITHOUT ROWID;
