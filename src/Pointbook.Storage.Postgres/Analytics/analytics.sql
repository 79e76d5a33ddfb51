-- The analytics tables, derived from the journals. An operator may drop them at any time: the server fills them again.
-- If you change a table, you must change the version in AnalyticsSchema. There are no upgrades.

CREATE TABLE analytics.export_schema (
    version integer NOT NULL PRIMARY KEY
);

COMMENT ON TABLE analytics.export_schema IS 'The version of these analytics tables. A server that has another version drops them and fills new ones.';

CREATE TABLE analytics.export_position (
    partition     integer     NOT NULL PRIMARY KEY,
    last_sequence bigint      NOT NULL,
    seal          bytea       NOT NULL CHECK (octet_length(seal) = 32),
    recorded_at   timestamptz,
    is_emptying   boolean     NOT NULL
);

COMMENT ON TABLE analytics.export_position IS 'The position of the tables in the journal of each partition. If you DELETE a row, the server deletes the rows of that partition and fills them again.';
COMMENT ON COLUMN analytics.export_position.last_sequence IS 'The tables contain every entry up to this one, and none after it.';
COMMENT ON COLUMN analytics.export_position.seal IS 'The seal of the commit that ends with last_sequence. The tables belong to the journal that has this seal.';
COMMENT ON COLUMN analytics.export_position.recorded_at IS 'When that commit was recorded: the tables show the ledger as of this time. Null while they are empty.';
COMMENT ON COLUMN analytics.export_position.is_emptying IS 'True while the server deletes rows, before it fills the tables again.';

CREATE TABLE analytics.account (
    partition integer NOT NULL,
    opening   bigint  NOT NULL,
    account   text    COLLATE "C",
    PRIMARY KEY (partition, opening)
);

CREATE INDEX account_by_key ON analytics.account (account);

COMMENT ON TABLE analytics.account IS 'Every account that has an entry. Only this table and the columns operation.reference and operation.reason of this schema contain personal text.';
COMMENT ON COLUMN analytics.account.opening IS 'The first entry of the account. Partition and opening identify the account in all tables.';
COMMENT ON COLUMN analytics.account.account IS 'The account key; null after the server has erased the texts of the account.';

CREATE TABLE analytics.operation (
    partition      integer     NOT NULL,
    sequence       bigint      NOT NULL,
    last_sequence  bigint      NOT NULL,
    id             text        NOT NULL COLLATE "C",
    opening        bigint      NOT NULL,
    kind           text        NOT NULL COLLATE "C",
    points         bigint      NOT NULL,
    balance_before bigint      NOT NULL,
    balance_after  bigint      NOT NULL,
    hold_until     timestamptz,
    subject        bigint,
    recorded_at    timestamptz NOT NULL,
    decided_at     timestamptz NOT NULL,
    reference      text,
    reason         text,
    actor          text,
    PRIMARY KEY (partition, sequence)
);

CREATE INDEX operation_by_account ON analytics.operation (partition, opening, sequence);
CREATE INDEX operation_by_time ON analytics.operation USING brin (recorded_at);

COMMENT ON TABLE analytics.operation IS 'Every operation: a credit, deduction, spend, capture, reversal, expiry, flush, restore or erasure. Its entries are those from sequence to last_sequence.';
COMMENT ON COLUMN analytics.operation.sequence IS 'The first entry of the operation.';
COMMENT ON COLUMN analytics.operation.last_sequence IS 'The last entry of the operation.';
COMMENT ON COLUMN analytics.operation.id IS 'The id that the API shows, as in GET /v1/accounts/{account}/transactions/{id}.';
COMMENT ON COLUMN analytics.operation.opening IS 'The first entry of the account, see table account.';
COMMENT ON COLUMN analytics.operation.kind IS 'credit, deduction, spend, capture, reversal, expiry, flush, restore or erasure.';
COMMENT ON COLUMN analytics.operation.points IS 'The change of the account''s balance.';
COMMENT ON COLUMN analytics.operation.hold_until IS 'For a spend that began as pending: when its hold ends or would have ended. Null for all other operations.';
COMMENT ON COLUMN analytics.operation.subject IS 'The first entry, in the same partition, of the operation that a capture, reversal or restore refers to.';
COMMENT ON COLUMN analytics.operation.recorded_at IS 'When the operation was committed. Later commits of a partition have later values.';
COMMENT ON COLUMN analytics.operation.decided_at IS 'The server''s clock when it decided the operation.';
COMMENT ON COLUMN analytics.operation.reference IS 'The client''s own reference; null if the client sent none or the server has erased it. The same holds for reason.';
COMMENT ON COLUMN analytics.operation.actor IS 'The caller: the name of an API key, or jwt: and the subject of a token.';

CREATE TABLE analytics.entry (
    partition   integer     NOT NULL,
    sequence    bigint      NOT NULL,
    operation   bigint      NOT NULL,
    opening     bigint      NOT NULL,
    kind        text        NOT NULL COLLATE "C",
    payer       text        COLLATE "C",
    points      bigint      NOT NULL,
    lot_points  bigint      NOT NULL,
    lot         bigint,
    occurred_at timestamptz,
    expires_at  timestamptz,
    subject     bigint,
    recorded_at timestamptz NOT NULL,
    decided_at  timestamptz NOT NULL,
    PRIMARY KEY (partition, sequence)
);

CREATE INDEX entry_by_time ON analytics.entry USING brin (recorded_at);

COMMENT ON TABLE analytics.entry IS 'Every entry of the journals, as docs/rules.md describes them. The sum of a payer''s points is its balance. The sum of a lot''s lot_points is what is left of the lot.';
COMMENT ON COLUMN analytics.entry.sequence IS 'The position of the entry in the journal of the partition: 1, 2, 3 … without a gap.';
COMMENT ON COLUMN analytics.entry.operation IS 'The first entry of the operation that the entry belongs to.';
COMMENT ON COLUMN analytics.entry.opening IS 'The first entry of the account, see table account.';
COMMENT ON COLUMN analytics.entry.kind IS 'credit, deduction, spend, draw, settlement, capture, reversal, return, expiry, flush, restore or erasure.';
COMMENT ON COLUMN analytics.entry.payer IS 'The payer of the points. Null in the first entry of a spend or reversal, in captures, erasures and flushes of empty accounts, and in entries that name a pending spend.';
COMMENT ON COLUMN analytics.entry.points IS 'The change of the payer''s balance.';
COMMENT ON COLUMN analytics.entry.lot_points IS 'The change of what is left of the lot.';
COMMENT ON COLUMN analytics.entry.lot IS 'The lot that changes: the sequence of its credit in the same partition.';
COMMENT ON COLUMN analytics.entry.occurred_at IS 'The timestamp of the transaction, or of the lot that changes.';
COMMENT ON COLUMN analytics.entry.expires_at IS 'When the lot expires. In an entry that opens or names a pending spend: when its hold ends.';
COMMENT ON COLUMN analytics.entry.subject IS 'The operation that a capture, reversal or restore refers to, or the pending spend that a later entry of a flush or restore names.';

CREATE TABLE analytics.lot (
    partition   integer     NOT NULL,
    opening     bigint      NOT NULL,
    sequence    bigint      NOT NULL,
    payer       text        NOT NULL COLLATE "C",
    occurred_at timestamptz NOT NULL,
    expires_at  timestamptz,
    points      bigint      NOT NULL,
    remaining   bigint      NOT NULL CHECK (remaining BETWEEN 0 AND points),
    PRIMARY KEY (partition, opening, sequence)
);

COMMENT ON TABLE analytics.lot IS 'One row for each credit, with what is left of it. Credits of which nothing is left stay in the table.';
COMMENT ON COLUMN analytics.lot.sequence IS 'The entry of the credit.';
COMMENT ON COLUMN analytics.lot.points IS 'The points of the credit.';
COMMENT ON COLUMN analytics.lot.remaining IS 'What is left of the credit. Unpaid deductions of the payer are not subtracted yet. An expired lot becomes 0 when the server records the expiry.';

CREATE TABLE analytics.account_balance (
    partition         integer NOT NULL,
    opening           bigint  NOT NULL,
    payer             text    NOT NULL COLLATE "C",
    first_sequence    bigint  NOT NULL,
    points            bigint  NOT NULL CHECK (points >= 0),
    unpaid_deductions bigint  NOT NULL CHECK (unpaid_deductions >= 0),
    PRIMARY KEY (partition, opening, payer)
);

COMMENT ON TABLE analytics.account_balance IS 'The balance of each payer in each account. A payer keeps its row at 0 points, until a flush.';
COMMENT ON COLUMN analytics.account_balance.first_sequence IS 'The payer''s first entry since the last flush. The API lists payers in this order.';
COMMENT ON COLUMN analytics.account_balance.points IS 'The balance: what is left of the payer''s lots minus its unpaid deductions. Points that pending spends hold are not included.';
COMMENT ON COLUMN analytics.account_balance.unpaid_deductions IS 'The part of the payer''s deductions that no lot has paid yet.';

CREATE TABLE analytics.hold (
    partition  integer     NOT NULL,
    opening    bigint      NOT NULL,
    spend      bigint      NOT NULL,
    payer      text        NOT NULL COLLATE "C",
    points     bigint      NOT NULL CHECK (points > 0),
    hold_until timestamptz NOT NULL,
    PRIMARY KEY (partition, opening, spend, payer)
);

COMMENT ON TABLE analytics.hold IS 'What pending spends hold: one row for each pending spend and each payer that it draws from. These points are in no balance and in no lot. The rows of a spend disappear with its capture, its reversal, the end of its hold, or a flush. A restore of the flush brings them back.';
COMMENT ON COLUMN analytics.hold.spend IS 'The first entry of the spend. The entries of the spend say from which lots it draws.';
COMMENT ON COLUMN analytics.hold.points IS 'The points of the payer that the spend holds.';
COMMENT ON COLUMN analytics.hold.hold_until IS 'When the hold ends. The row stays until the server records the end.';

CREATE VIEW analytics.balance AS
SELECT account.account, balance.payer, balance.points, balance.unpaid_deductions, balance.partition, balance.opening
FROM analytics.account_balance AS balance
JOIN analytics.account AS account USING (partition, opening);

COMMENT ON VIEW analytics.balance IS 'The balance of each payer in each account, with the account key.';

CREATE VIEW analytics.open_lot AS
SELECT account.account, lot.payer, lot.occurred_at, lot.expires_at, lot.points, lot.remaining, lot.partition, lot.opening, lot.sequence
FROM analytics.lot AS lot
JOIN analytics.account AS account USING (partition, opening)
WHERE lot.remaining > 0;

COMMENT ON VIEW analytics.open_lot IS 'The lots of which something is left, with the account key. Spends draw on them in the order of occurred_at and sequence.';

CREATE VIEW analytics.pending_spend AS
SELECT
    account.account, operation.id, held.points, held.hold_until, operation.recorded_at, operation.reference, operation.reason, operation.actor,
    held.partition, held.opening, held.spend AS sequence
FROM (
    SELECT partition, opening, spend, hold_until, sum(points)::bigint AS points
    FROM analytics.hold
    GROUP BY partition, opening, spend, hold_until
) AS held
JOIN analytics.account AS account USING (partition, opening)
JOIN analytics.operation AS operation ON operation.partition = held.partition AND operation.sequence = held.spend;

COMMENT ON VIEW analytics.pending_spend IS 'The pending spends, with the account key and the points that each holds.';

CREATE VIEW analytics.history AS
SELECT
    account.account, operation.id, operation.kind, operation.points, operation.balance_after, operation.recorded_at, operation.hold_until,
    subject.id AS subject_id, operation.reference, operation.reason, operation.actor, operation.partition, operation.opening, operation.sequence
FROM analytics.operation AS operation
JOIN analytics.account AS account USING (partition, opening)
LEFT JOIN analytics.operation AS subject ON subject.partition = operation.partition AND subject.sequence = operation.subject;

COMMENT ON VIEW analytics.history IS 'Every operation with its account key, including flushed ones. Within an account, sequence gives the order.';
COMMENT ON COLUMN analytics.history.subject_id IS 'The id of the operation that a capture, reversal or restore refers to.';
