-- Derived from the journal; this file may be deleted at any time and is rebuilt at the next start.
-- Times are microseconds since 1970-01-01T00:00:00Z.

-- Everything up to last_sequence is in the tables, and nothing after target_sequence.
CREATE TABLE projection_position (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last_sequence   INTEGER NOT NULL,
    seal            BLOB    NOT NULL,
    target_sequence INTEGER NOT NULL,
    target_seal     BLOB    NOT NULL
) STRICT;

INSERT INTO projection_position (id, last_sequence, seal, target_sequence, target_seal)
VALUES (1, 0, zeroblob(32), 0, zeroblob(32));

-- stands_at is the last entry that the rows of the account contain; it may be ahead of the position.
CREATE TABLE account (
    account   TEXT    NOT NULL PRIMARY KEY,
    stands_at INTEGER NOT NULL,
    open_lots INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE payer_balance (
    account        TEXT    NOT NULL,
    payer          TEXT    NOT NULL,
    points         INTEGER NOT NULL,
    outstanding    INTEGER NOT NULL, -- deductions that no lot has paid for yet
    first_sequence INTEGER NOT NULL, -- payers are listed in this order
    PRIMARY KEY (account, payer)
) STRICT, WITHOUT ROWID;

CREATE TABLE open_lot (
    account     TEXT    NOT NULL,
    occurred_at INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    payer       TEXT    NOT NULL,
    remaining   INTEGER NOT NULL,
    expires_at  INTEGER,
    PRIMARY KEY (account, occurred_at, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_key (
    account     TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    hash        BLOB    NOT NULL,
    operation   INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

-- Which journal entries are an account's: runs of sequences that stand next to each other.
CREATE TABLE account_entry (
    account        TEXT    NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence  INTEGER NOT NULL,
    PRIMARY KEY (account, first_sequence)
) STRICT, WITHOUT ROWID;

-- The same, of entries up to the account's latest flush.
CREATE TABLE archived_entry (
    account        TEXT    NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence  INTEGER NOT NULL,
    PRIMARY KEY (account, first_sequence)
) STRICT, WITHOUT ROWID;

-- Sums over all accounts, as decimal text because they may leave 64 bits.
CREATE TABLE payer_total (
    payer       TEXT NOT NULL PRIMARY KEY,
    points      TEXT NOT NULL,
    outstanding TEXT NOT NULL
) STRICT, WITHOUT ROWID;
