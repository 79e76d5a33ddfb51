-- One generation of the read model. Derived from the journal; this file may be deleted at any time and is built again while the server runs.

CREATE TABLE read_model (
    id            INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version       INTEGER NOT NULL, -- of the tables and of what is in them
    last_sequence INTEGER NOT NULL, -- everything up to this entry is in the tables, and nothing after it
    seal          BLOB    NOT NULL, -- of the commit that ends there
    is_complete   INTEGER NOT NULL, -- 1 if the generation answers queries; 0 while it is built
    damage        TEXT              -- why a new generation must replace it
) STRICT;

-- Sums over all accounts, as decimal text because they may leave 64 bits. docs/architecture.md describes the checksums under "Read model".
CREATE TABLE payer_total (
    payer       TEXT NOT NULL PRIMARY KEY,
    points      TEXT NOT NULL,
    outstanding TEXT NOT NULL,
    checksum    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What balances changed by, by UTC days; days are counted from 0001-01-01, which is 0.
CREATE TABLE payer_flow (
    payer        TEXT    NOT NULL,
    recorded_day INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    occurred_day INTEGER NOT NULL, -- of the timestamp of credits and deductions; -1 for all other kinds
    points       TEXT    NOT NULL,
    checksum     INTEGER NOT NULL,
    PRIMARY KEY (payer, recorded_day, kind, occurred_day)
) STRICT, WITHOUT ROWID;

-- What lots changed by, by UTC days. All rows of one payer, age and expiry add up to what is left in such lots.
CREATE TABLE payer_stock (
    payer        TEXT    NOT NULL,
    recorded_day INTEGER NOT NULL,
    occurred_day INTEGER NOT NULL,
    expires_day  INTEGER NOT NULL, -- -1 for lots that do not expire
    lot_points   TEXT    NOT NULL,
    checksum     INTEGER NOT NULL,
    PRIMARY KEY (payer, recorded_day, occurred_day, expires_day)
) STRICT, WITHOUT ROWID;
