-- One generation of the read model, derived from the journal. An operator may delete this file at any time: the server builds it again while it runs.

CREATE TABLE read_model (
    id            INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    generation_id BLOB    NOT NULL, -- random: no other generation ever has it, but another file may get the same number
    version       INTEGER NOT NULL, -- of the tables and of their content
    last_sequence INTEGER NOT NULL, -- the tables contain every entry up to this one, and none after it
    seal          BLOB    NOT NULL, -- of the commit that ends with last_sequence
    is_complete   INTEGER NOT NULL, -- 1 if the generation answers queries; 0 while the server builds it
    damage        TEXT              -- why a new generation must replace it
) STRICT;

-- Sums over all accounts, as decimal text because they may not fit into 64 bits. docs/architecture.md describes the checksums under "Read model".
CREATE TABLE payer_total (
    payer       TEXT NOT NULL PRIMARY KEY,
    points      TEXT NOT NULL,
    outstanding TEXT NOT NULL,
    checksum    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The changes of balances, by UTC day. A day is the number of days since 0001-01-01.
CREATE TABLE payer_flow (
    payer        TEXT    NOT NULL,
    recorded_day INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    occurred_day INTEGER NOT NULL, -- of the timestamp of credits and deductions; -1 for all other kinds
    points       TEXT    NOT NULL,
    checksum     INTEGER NOT NULL,
    PRIMARY KEY (payer, recorded_day, kind, occurred_day)
) STRICT, WITHOUT ROWID;

-- The changes of lots, by UTC day. The sum of all rows of one payer, age and expiry is what is left of these lots.
CREATE TABLE payer_stock (
    payer        TEXT    NOT NULL,
    recorded_day INTEGER NOT NULL,
    occurred_day INTEGER NOT NULL,
    expires_day  INTEGER NOT NULL, -- -1 for lots that do not expire
    lot_points   TEXT    NOT NULL,
    checksum     INTEGER NOT NULL,
    PRIMARY KEY (payer, recorded_day, occurred_day, expires_day)
) STRICT, WITHOUT ROWID;
