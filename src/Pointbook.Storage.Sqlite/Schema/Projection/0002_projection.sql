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

-- stands_at is the last entry that the rows of the account contain; it may be ahead of the position. Operations up to
-- flushed_through, the last entry of the latest flush that was not taken back, are the account's archive.
CREATE TABLE account (
    account                TEXT    NOT NULL PRIMARY KEY,
    stands_at              INTEGER NOT NULL,
    open_lots              INTEGER NOT NULL,
    flushed_through        INTEGER NOT NULL, -- 0 if there is none
    flushed_through_before INTEGER NOT NULL, -- what it was before that flush
    held                   INTEGER NOT NULL  -- the sum over the rows of hold
) STRICT, WITHOUT ROWID;

-- Accounts whose rows were found damaged. No load and no round relies on their rows, and the next start rebuilds everything.
CREATE TABLE damaged_account (
    account TEXT NOT NULL PRIMARY KEY,
    damage  TEXT NOT NULL
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

-- For the sweeper, for reads of one account, and for the sums of one payer.
CREATE INDEX open_lot_by_expiry ON open_lot (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX open_lot_by_account_expiry ON open_lot (account, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX open_lot_by_payer_expiry ON open_lot (payer, expires_at) WHERE expires_at IS NOT NULL;

-- The pending spends. Where an account stands at its latest flush, those that went with the flush: a restore brings them back.
CREATE TABLE hold (
    account  TEXT    NOT NULL,
    sequence INTEGER NOT NULL, -- the first entry of the spend
    ends_at  INTEGER NOT NULL,
    points   INTEGER NOT NULL, -- the sum of its draws
    is_aside INTEGER NOT NULL DEFAULT 0, -- 1 if it went with the flush at which the account stands; then it is not due
    PRIMARY KEY (account, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX hold_by_end ON hold (ends_at) WHERE is_aside = 0;
CREATE INDEX hold_by_account_end ON hold (account, ends_at);

-- What they have drawn, with what is needed to put it back into its lot.
CREATE TABLE held_draw (
    account     TEXT    NOT NULL,
    hold        INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    lot         INTEGER NOT NULL,
    payer       TEXT    NOT NULL,
    points      INTEGER NOT NULL,
    expires_at  INTEGER,
    PRIMARY KEY (account, hold, occurred_at, lot)
) STRICT, WITHOUT ROWID;

-- The operations of an account, which are runs of journal entries.
CREATE TABLE operation (
    account        TEXT    NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence  INTEGER NOT NULL,
    kind           TEXT    NOT NULL,
    decided_at     INTEGER,          -- null where it is recorded_at, as nearly always
    recorded_at    INTEGER NOT NULL,
    points         INTEGER NOT NULL, -- by how much the balance of the account changes
    payers         BLOB    NOT NULL, -- by how much the balance of each payer changes
    checksum       BLOB    NOT NULL, -- of the row and of the first entry
    pieces         BLOB,             -- checksums of the further entries, one for 256 of them; last, because it grows with them
    PRIMARY KEY (account, first_sequence)
) STRICT, WITHOUT ROWID;

-- What became of spends: their latest capture or reversal.
CREATE TABLE operation_end (
    account  TEXT    NOT NULL,
    subject  INTEGER NOT NULL, -- the first entry of the spend
    kind     TEXT    NOT NULL,
    sequence INTEGER NOT NULL, -- the first entry of that capture or reversal
    PRIMARY KEY (account, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_key (
    account     TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    hash        BLOB    NOT NULL,
    operation   INTEGER NOT NULL,
    decided_at  INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_key_by_age ON idempotency_key (decided_at);

-- Sums over all accounts, as decimal text because they may leave 64 bits.
CREATE TABLE payer_total (
    payer       TEXT NOT NULL PRIMARY KEY,
    points      TEXT NOT NULL,
    outstanding TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What balances changed by, by UTC days; days are counted from 0001-01-01, which is 0.
CREATE TABLE payer_flow (
    payer        TEXT    NOT NULL,
    recorded_day INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    occurred_day INTEGER NOT NULL, -- of the timestamp of credits and deductions; -1 for all other kinds
    points       TEXT    NOT NULL,
    PRIMARY KEY (payer, recorded_day, kind, occurred_day)
) STRICT, WITHOUT ROWID;

-- What lots changed by, by UTC days. All rows of one payer, age and expiry add up to what is left in such lots.
CREATE TABLE payer_stock (
    payer        TEXT    NOT NULL,
    recorded_day INTEGER NOT NULL,
    occurred_day INTEGER NOT NULL,
    expires_day  INTEGER NOT NULL, -- -1 for lots that do not expire
    lot_points   TEXT    NOT NULL,
    PRIMARY KEY (payer, recorded_day, occurred_day, expires_day)
) STRICT, WITHOUT ROWID;
