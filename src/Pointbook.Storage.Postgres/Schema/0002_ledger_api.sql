-- What the projection keeps for holds, reversals, expiry, histories and statements. The derived tables change so much that they are
-- emptied and filled from the journal again at the next start.

-- The position first: whoever is in the middle of a round is waited for, and does not go on afterwards.
UPDATE projection_position
SET last_sequence = 0, seal = decode(repeat('00', 32), 'hex'), target_sequence = 0, target_seal = decode(repeat('00', 32), 'hex'),
    resets = resets + 1, damage = NULL;

-- In the order in which an account is loaded.
TRUNCATE account, idempotency_key, payer_balance, lot, payer_total;

DROP TABLE account_entry;
DROP TABLE archived_entry;

-- Accounts are listed in the order of their keys, partition by partition.
ALTER TABLE account
    ADD COLUMN flushed_through        bigint NOT NULL,
    ADD COLUMN flushed_through_before bigint NOT NULL,
    ADD COLUMN held                   bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT account_pkey,
    ADD PRIMARY KEY (partition, account);

COMMENT ON COLUMN account.open_lots IS 'How many rows of lot are the account''s.';
COMMENT ON COLUMN account.flushed_through IS 'The last entry of the latest flush that was not taken back, or 0: the account''s entries up to it are archived.';
COMMENT ON COLUMN account.flushed_through_before IS 'What flushed_through was before that flush, and is again if it is taken back.';
COMMENT ON COLUMN account.held IS 'The sum over the account''s rows of hold.';

-- For the sweeper, for reads of one account, and for the sums of one payer.
CREATE INDEX lot_by_expiry ON lot (partition, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX lot_by_account_expiry ON lot (account, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX lot_by_payer_expiry ON lot (partition, payer, expires_at) WHERE expires_at IS NOT NULL;

COMMENT ON COLUMN lot.expires_at IS 'When what is left expires; null if it does not.';

CREATE INDEX idempotency_key_by_age ON idempotency_key (partition, decided_at);

COMMENT ON COLUMN idempotency_key.decided_at IS 'The clock when that was decided. Keys that are older than keys are kept count as unused and are deleted.';

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

CREATE TABLE operation_end (
    account   text    NOT NULL COLLATE "C",
    partition integer NOT NULL,
    subject   bigint  NOT NULL,
    kind      text    NOT NULL COLLATE "C" CHECK (kind IN ('capture', 'reversal', 'restore')),
    sequence  bigint  NOT NULL,
    PRIMARY KEY (partition, account, subject)
);

COMMENT ON TABLE operation_end IS 'What became of spends that were captured or reversed, and of flushes that were restored. Derived.';
COMMENT ON COLUMN operation_end.subject IS 'The first entry of the spend or flush.';
COMMENT ON COLUMN operation_end.sequence IS 'The first entry of the latest capture, reversal or restore of it.';

CREATE TABLE hold (
    account   text        NOT NULL COLLATE "C",
    partition integer     NOT NULL,
    sequence  bigint      NOT NULL,
    ends_at   timestamptz NOT NULL,
    points    bigint      NOT NULL CHECK (points > 0),
    is_aside  boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (partition, account, sequence)
);

CREATE INDEX hold_by_end ON hold (partition, ends_at) WHERE NOT is_aside;
CREATE INDEX hold_by_account_end ON hold (account, ends_at);

COMMENT ON TABLE hold IS 'Spends that are pending. Where an account stands at its latest flush, those that went with it. Derived.';
COMMENT ON COLUMN hold.sequence IS 'The first entry of the spend.';
COMMENT ON COLUMN hold.ends_at IS 'When the spend is undone unless it was captured.';
COMMENT ON COLUMN hold.points IS 'The sum over its rows of held_draw.';
COMMENT ON COLUMN hold.is_aside IS 'Whether it went with the flush at which the account stands; then it is not due.';

CREATE TABLE held_draw (
    account     text        NOT NULL COLLATE "C",
    partition   integer     NOT NULL,
    hold        bigint      NOT NULL,
    occurred_at timestamptz NOT NULL,
    lot         bigint      NOT NULL,
    payer       text        NOT NULL COLLATE "C",
    points      bigint      NOT NULL CHECK (points > 0),
    expires_at  timestamptz,
    PRIMARY KEY (partition, account, hold, occurred_at, lot)
);

COMMENT ON TABLE held_draw IS 'What the spends in hold have drawn from lots, and give back if they are undone. Derived.';
COMMENT ON COLUMN held_draw.hold IS 'The first entry of the spend.';
COMMENT ON COLUMN held_draw.occurred_at IS 'The timestamp of the lot.';
COMMENT ON COLUMN held_draw.lot IS 'The sequence of the lot''s credit.';
COMMENT ON COLUMN held_draw.expires_at IS 'When the lot expires; null if it does not.';

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
SELECT
    operation.account, operation.partition, operation.first_sequence AS sequence, operation.last_sequence, operation.kind, operation.points,
    operation.decided_at, operation.recorded_at, operation.last_sequence <= account.flushed_through AS is_archived
FROM operation
JOIN account ON account.partition = operation.partition AND account.account = operation.account;

COMMENT ON VIEW history IS 'Every operation of an account, flushed ones included. Ask for one account and its partition, in the order of sequence. Lines, keys and references are in the journal: GET /v1/accounts/{account}/transactions shows them.';

CREATE VIEW held AS
SELECT
    hold.account, hold.partition, hold.sequence, hold.ends_at,
    (
        SELECT sum(points)
        FROM held_draw
        WHERE held_draw.partition = hold.partition AND held_draw.account = hold.account AND held_draw.hold = hold.sequence
    ) AS points
FROM hold
JOIN account ON account.partition = hold.partition AND account.account = hold.account
WHERE account.stands_at > account.flushed_through;

COMMENT ON VIEW held IS 'Spends that are pending: how many points each of them holds, and when it is undone unless it was captured.';
