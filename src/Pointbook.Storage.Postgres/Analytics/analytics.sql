-- The analytics tables. They are derived from the journals and may be dropped at any time: the server fills them again.
-- A table that changes gets another version in AnalyticsSchema; there are no upgrades.

CREATE TABLE analytics.export_schema (
    version integer NOT NULL PRIMARY KEY
);

COMMENT ON TABLE analytics.export_schema IS 'Which version of Pointbook''s analytics tables these are. A server of another version drops them and fills them again.';

CREATE TABLE analytics.export_position (
    partition     integer     NOT NULL PRIMARY KEY,
    last_sequence bigint      NOT NULL,
    seal          bytea       NOT NULL CHECK (octet_length(seal) = 32),
    recorded_at   timestamptz,
    is_emptying   boolean     NOT NULL
);

COMMENT ON TABLE analytics.export_position IS 'How far the tables have come, for each partition. DELETE a row to have the rows of its partition deleted and filled again.';
COMMENT ON COLUMN analytics.export_position.last_sequence IS 'Every entry up to this one is in the tables, and none after it.';
COMMENT ON COLUMN analytics.export_position.seal IS 'The seal of the commit that ends there: the tables belong to the journal that has it.';
COMMENT ON COLUMN analytics.export_position.recorded_at IS 'When that commit was recorded: the tables show the ledger as of then. Null while they are empty.';
COMMENT ON COLUMN analytics.export_position.is_emptying IS 'Whether rows are being deleted, before the tables are filled again.';

CREATE TABLE analytics.account (
    partition integer NOT NULL,
    opening   bigint  NOT NULL,
    account   text    COLLATE "C",
    PRIMARY KEY (partition, opening)
);

CREATE INDEX account_by_key ON analytics.account (account);

COMMENT ON TABLE analytics.account IS 'Every account that was ever written on. Personal text is here and in operation.reference and reason, and nowhere else in this schema.';
COMMENT ON COLUMN analytics.account.opening IS 'The first entry of the account. With the partition it names the account in all tables.';
COMMENT ON COLUMN analytics.account.account IS 'The account key; null once the texts of the account were erased.';

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
COMMENT ON COLUMN analytics.operation.sequence IS 'Its first entry.';
COMMENT ON COLUMN analytics.operation.last_sequence IS 'Its last entry.';
COMMENT ON COLUMN analytics.operation.id IS 'The id that the API shows, as in GET /v1/accounts/{account}/transactions/{id}.';
COMMENT ON COLUMN analytics.operation.opening IS 'The account, see table account.';
COMMENT ON COLUMN analytics.operation.kind IS 'credit, deduction, spend, capture, reversal, expiry, flush, restore or erasure.';
COMMENT ON COLUMN analytics.operation.points IS 'By how much it changes the balance of the account.';
COMMENT ON COLUMN analytics.operation.hold_until IS 'Of a spend that began as a pending one: when its hold ends or would have ended. Null for all other operations.';
COMMENT ON COLUMN analytics.operation.subject IS 'The operation that a capture, reversal or restore is about, by its first entry in the same partition.';
COMMENT ON COLUMN analytics.operation.recorded_at IS 'Its place in the order of the books.';
COMMENT ON COLUMN analytics.operation.decided_at IS 'The clock when it was decided.';
COMMENT ON COLUMN analytics.operation.reference IS 'The client''s own number for it; null if none was given, or once it was erased. So is the reason.';
COMMENT ON COLUMN analytics.operation.actor IS 'Who did it: the name of an API key, or jwt: and the subject of a token.';

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

COMMENT ON TABLE analytics.entry IS 'Every entry of the journals, as docs/rules.md describes them. The points of a payer add up to its balance, and the lot_points of a lot to what is left of it.';
COMMENT ON COLUMN analytics.entry.sequence IS 'Its place in the journal of the partition: 1, 2, 3 … without a gap.';
COMMENT ON COLUMN analytics.entry.operation IS 'The first entry of the operation that it belongs to.';
COMMENT ON COLUMN analytics.entry.opening IS 'The account, see table account.';
COMMENT ON COLUMN analytics.entry.kind IS 'credit, deduction, spend, draw, settlement, capture, reversal, return, expiry, flush, restore or erasure.';
COMMENT ON COLUMN analytics.entry.payer IS 'Who funds the points; null on the first entry of a spend or reversal, on captures, erasures and flushes of empty accounts, and where a pending spend is named.';
COMMENT ON COLUMN analytics.entry.points IS 'By how much the payer''s balance changes.';
COMMENT ON COLUMN analytics.entry.lot_points IS 'By how much what is left of the lot changes.';
COMMENT ON COLUMN analytics.entry.lot IS 'The lot that changes, by the sequence of its credit in the same partition.';
COMMENT ON COLUMN analytics.entry.occurred_at IS 'The timestamp of the transaction, or of the lot that changes.';
COMMENT ON COLUMN analytics.entry.expires_at IS 'When the lot expires; where the entry opens or names a pending spend, when its hold ends.';
COMMENT ON COLUMN analytics.entry.subject IS 'The operation that a capture, reversal or restore is about, or the pending spend that a further entry of a flush or restore names.';

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

COMMENT ON TABLE analytics.lot IS 'What is left of every credit, those of which nothing is left included.';
COMMENT ON COLUMN analytics.lot.sequence IS 'The entry of the credit.';
COMMENT ON COLUMN analytics.lot.points IS 'The points of the credit.';
COMMENT ON COLUMN analytics.lot.remaining IS 'What is left. Unpaid deductions of the payer are still to be paid from it, and an expiry counts once it is recorded.';

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
COMMENT ON COLUMN analytics.account_balance.first_sequence IS 'The entry with which the payer appeared since the last flush: payers are listed in this order.';
COMMENT ON COLUMN analytics.account_balance.points IS 'The balance: what is left of the payer''s lots less its unpaid deductions. Points that pending spends hold are not in it.';
COMMENT ON COLUMN analytics.account_balance.unpaid_deductions IS 'Deductions that no lot has paid for yet.';

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

COMMENT ON VIEW analytics.open_lot IS 'The lots of which something is left, with the account key. They are spent in the order of occurred_at and sequence.';

CREATE VIEW analytics.history AS
SELECT
    account.account, operation.id, operation.kind, operation.points, operation.balance_after, operation.recorded_at, operation.hold_until,
    subject.id AS subject_id, operation.reference, operation.reason, operation.actor, operation.partition, operation.opening, operation.sequence
FROM analytics.operation AS operation
JOIN analytics.account AS account USING (partition, opening)
LEFT JOIN analytics.operation AS subject ON subject.partition = operation.partition AND subject.sequence = operation.subject;

COMMENT ON VIEW analytics.history IS 'Every operation with its account key, flushed ones included. Within an account, sequence is the order.';
COMMENT ON COLUMN analytics.history.subject_id IS 'The id of the operation that a capture, reversal or restore is about.';
