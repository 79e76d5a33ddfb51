-- What the projection keeps for histories and statements.

CREATE TABLE operation (
    account        text        NOT NULL COLLATE "C",
    partition      integer     NOT NULL,
    first_sequence bigint      NOT NULL,
    last_sequence  bigint      NOT NULL,
    kind           text        NOT NULL COLLATE "C",
    decided_at     timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    points         bigint      NOT NULL,
    payers         bytea       NOT NULL,
    checksum       bytea       NOT NULL CHECK (octet_length(checksum) = 16),
    pieces         bytea,
    PRIMARY KEY (partition, account, first_sequence),
    CHECK (last_sequence >= first_sequence)
);

COMMENT ON TABLE operation IS 'Every operation of each account: where its entries stand in the journal, and what it comes to. Derived.';
COMMENT ON COLUMN operation.last_sequence IS 'All entries from the first one to this one are the operation''s.';
COMMENT ON COLUMN operation.kind IS 'credit, deduction, spend, capture, reversal, expiry, flush or restore.';
COMMENT ON COLUMN operation.points IS 'By how much it changed the account''s balance.';
COMMENT ON COLUMN operation.payers IS 'By how much it changed the balance of each payer, in a compact form.';
COMMENT ON COLUMN operation.checksum IS 'XXH3 (64 bits) of the row, then of its first entry.';
COMMENT ON COLUMN operation.pieces IS 'XXH3 (64 bits) of its further entries, one for 256 of them; null if there are none.';

CREATE TABLE payer_flow (
    partition    integer NOT NULL,
    payer        text    NOT NULL COLLATE "C",
    recorded_day date    NOT NULL,
    kind         text    NOT NULL COLLATE "C",
    occurred_day date    NOT NULL,
    points       numeric NOT NULL,
    PRIMARY KEY (partition, payer, recorded_day, kind, occurred_day)
);

COMMENT ON TABLE payer_flow IS 'By how much each payer''s balances changed over all accounts of a partition, by day and kind. Days are of UTC. Derived.';
COMMENT ON COLUMN payer_flow.recorded_day IS 'The day of the commit.';
COMMENT ON COLUMN payer_flow.kind IS 'credit, deduction, draw, return, expiry, flush or restore.';
COMMENT ON COLUMN payer_flow.occurred_day IS 'The day of the transaction''s timestamp; infinity for all but credits and deductions.';

CREATE TABLE payer_stock (
    partition    integer NOT NULL,
    payer        text    NOT NULL COLLATE "C",
    recorded_day date    NOT NULL,
    occurred_day date    NOT NULL,
    expires_day  date    NOT NULL,
    lot_points   numeric NOT NULL,
    PRIMARY KEY (partition, payer, recorded_day, occurred_day, expires_day)
);

COMMENT ON TABLE payer_stock IS 'By how much what is left in each payer''s lots changed over all accounts of a partition. Days are of UTC. Derived.';
COMMENT ON COLUMN payer_stock.recorded_day IS 'The day of the commit.';
COMMENT ON COLUMN payer_stock.occurred_day IS 'The day of the lots'' timestamps.';
COMMENT ON COLUMN payer_stock.expires_day IS 'The day on which the lots expire; infinity if they do not.';

CREATE VIEW history AS
SELECT account, partition, first_sequence AS sequence, last_sequence, kind, points, decided_at, recorded_at
FROM operation;

COMMENT ON VIEW history IS 'Every operation of an account, flushed ones included. Ask for one account and its partition, in the order of sequence. Lines, keys and references are in the journal: GET /v1/accounts/{account}/transactions shows them.';
