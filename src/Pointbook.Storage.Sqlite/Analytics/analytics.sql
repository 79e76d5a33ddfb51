-- The analytics tables, derived from the journal. An operator may delete this file at any time: the server fills another one.
-- If you change a table, you must change the version in AnalyticsWriter. There are no upgrades.
-- Times are RFC 3339 in UTC with microseconds, such as 2020-11-02T14:00:00.000000Z. They sort as text, and SQLite's date functions read them.
-- The partition is 0 in every row. The column exists so that the same queries work on PostgreSQL.

-- The version of these analytics tables. A server that has another version drops them and fills new ones.
CREATE TABLE export_schema (
    version       INTEGER NOT NULL PRIMARY KEY,
    has_leftovers INTEGER NOT NULL DEFAULT 0 -- 1 while the file may still contain erased texts outside of rows
) STRICT;

-- The position of the tables in the journal. If you DELETE the row, the server deletes all rows and fills them again.
CREATE TABLE export_position (
    partition     INTEGER NOT NULL PRIMARY KEY,
    last_sequence INTEGER NOT NULL, -- the tables contain every entry up to this one, and none after it
    seal          BLOB    NOT NULL CHECK (length(seal) = 32), -- of the commit that ends with last_sequence. The tables belong to the journal that has this seal
    recorded_at   TEXT,             -- when that commit was recorded: the tables show the ledger as of this time. Null while they are empty
    is_emptying   INTEGER NOT NULL  -- 1 while the server deletes rows, before it fills the tables again
) STRICT;

-- Every account that has an entry. Only this table and the columns operation.reference and operation.reason of this file contain personal text.
CREATE TABLE account (
    partition INTEGER NOT NULL,
    opening   INTEGER NOT NULL, -- the first entry of the account. Partition and opening identify the account in all tables
    account   TEXT,             -- the account key; null after the server has erased the texts of the account
    PRIMARY KEY (partition, opening)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_by_key ON account (account);

-- Every operation: a credit, deduction, spend, capture, reversal, expiry, flush, restore or erasure. Its entries are those from sequence to last_sequence.
CREATE TABLE operation (
    partition      INTEGER NOT NULL,
    sequence       INTEGER NOT NULL, -- the first entry of the operation
    last_sequence  INTEGER NOT NULL, -- the last entry of the operation
    id             TEXT    NOT NULL, -- the id that the API shows, as in GET /v1/accounts/{account}/transactions/{id}
    opening        INTEGER NOT NULL, -- the first entry of the account, see table account
    kind           TEXT    NOT NULL, -- credit, deduction, spend, capture, reversal, expiry, flush, restore or erasure
    points         INTEGER NOT NULL, -- the change of the account's balance
    balance_before INTEGER NOT NULL,
    balance_after  INTEGER NOT NULL,
    hold_until     TEXT,             -- for a spend that began as pending: when its hold ends or would have ended
    subject        INTEGER,          -- the first entry of the operation that a capture, reversal or restore refers to
    recorded_at    TEXT    NOT NULL, -- when the operation was committed. Later commits have later values
    decided_at     TEXT    NOT NULL, -- the server's clock when it decided the operation
    reference      TEXT,             -- the client's own reference; null if the client sent none or the server has erased it. The same holds for reason
    reason         TEXT,
    actor          TEXT,             -- the caller: the name of an API key, or jwt: and the subject of a token
    PRIMARY KEY (partition, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX operation_by_account ON operation (partition, opening, sequence);

-- Every entry of the journal, as docs/rules.md describes them. The sum of a payer's points is its balance. The sum of a lot's lot_points is what is left of the lot.
CREATE TABLE entry (
    partition   INTEGER NOT NULL,
    sequence    INTEGER NOT NULL, -- the position of the entry in the journal: 1, 2, 3 … without a gap
    operation   INTEGER NOT NULL, -- the first entry of the operation that the entry belongs to
    opening     INTEGER NOT NULL, -- the first entry of the account, see table account
    kind        TEXT    NOT NULL, -- credit, deduction, spend, draw, settlement, capture, reversal, return, expiry, flush, restore or erasure
    payer       TEXT,             -- the payer of the points. Null in the first entry of a spend or reversal, in captures, erasures and flushes of empty accounts, and in entries that name a pending spend
    points      INTEGER NOT NULL, -- the change of the payer's balance
    lot_points  INTEGER NOT NULL, -- the change of what is left of the lot
    lot         INTEGER,          -- the lot that changes: the sequence of its credit
    occurred_at TEXT,             -- the timestamp of the transaction, or of the lot that changes
    expires_at  TEXT,             -- when the lot expires. In an entry that opens or names a pending spend: when its hold ends
    subject     INTEGER,          -- the operation that a capture, reversal or restore refers to, or the pending spend that a later entry of a flush or restore names
    recorded_at TEXT    NOT NULL,
    decided_at  TEXT    NOT NULL,
    PRIMARY KEY (partition, sequence)
) STRICT, WITHOUT ROWID;

-- One row for each credit, with what is left of it. Credits of which nothing is left stay in the table.
CREATE TABLE lot (
    partition   INTEGER NOT NULL,
    opening     INTEGER NOT NULL,
    sequence    INTEGER NOT NULL, -- the entry of the credit
    payer       TEXT    NOT NULL,
    occurred_at TEXT    NOT NULL,
    expires_at  TEXT,
    points      INTEGER NOT NULL, -- the points of the credit
    remaining   INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND points), -- unpaid deductions are not subtracted yet. An expired lot becomes 0 when the server records the expiry
    PRIMARY KEY (partition, opening, sequence)
) STRICT, WITHOUT ROWID;

-- The balance of each payer in each account. A payer keeps its row at 0 points, until a flush.
CREATE TABLE account_balance (
    partition         INTEGER NOT NULL,
    opening           INTEGER NOT NULL,
    payer             TEXT    NOT NULL,
    first_sequence    INTEGER NOT NULL, -- the payer's first entry since the last flush. The API lists payers in this order
    points            INTEGER NOT NULL CHECK (points >= 0), -- what is left of the payer's lots minus its unpaid deductions. Points that pending spends hold are not included
    unpaid_deductions INTEGER NOT NULL CHECK (unpaid_deductions >= 0), -- the part of the payer's deductions that no lot has paid yet
    PRIMARY KEY (partition, opening, payer)
) STRICT, WITHOUT ROWID;

-- What pending spends hold: one row for each pending spend and each payer that it draws from. These points are in no balance and in no lot.
-- The rows of a spend disappear with its capture, its reversal, the end of its hold, or a flush. A restore of the flush brings them back.
CREATE TABLE hold (
    partition  INTEGER NOT NULL,
    opening    INTEGER NOT NULL,
    spend      INTEGER NOT NULL, -- the first entry of the spend. The entries of the spend say from which lots it draws
    payer      TEXT    NOT NULL,
    points     INTEGER NOT NULL CHECK (points > 0), -- the points of the payer that the spend holds
    hold_until TEXT    NOT NULL, -- when the hold ends. The row stays until the server records the end
    PRIMARY KEY (partition, opening, spend, payer)
) STRICT, WITHOUT ROWID;

-- The balance of each payer in each account, with the account key.
CREATE VIEW balance AS
SELECT account.account, balance.payer, balance.points, balance.unpaid_deductions, balance.partition, balance.opening
FROM account_balance AS balance
JOIN account ON account.partition = balance.partition AND account.opening = balance.opening;

-- The lots of which something is left, with the account key. Spends draw on them in the order of occurred_at and sequence.
CREATE VIEW open_lot AS
SELECT account.account, lot.payer, lot.occurred_at, lot.expires_at, lot.points, lot.remaining, lot.partition, lot.opening, lot.sequence
FROM lot
JOIN account ON account.partition = lot.partition AND account.opening = lot.opening
WHERE lot.remaining > 0;

-- The pending spends, with the account key and the points that each holds.
CREATE VIEW pending_spend AS
SELECT
    account.account, operation.id, held.points, held.hold_until, operation.recorded_at, operation.reference, operation.reason, operation.actor,
    held.partition, held.opening, held.spend AS sequence
FROM (SELECT partition, opening, spend, hold_until, sum(points) AS points FROM hold GROUP BY partition, opening, spend, hold_until) AS held
JOIN account ON account.partition = held.partition AND account.opening = held.opening
JOIN operation ON operation.partition = held.partition AND operation.sequence = held.spend;

-- Every operation with its account key, including flushed ones. Within an account, sequence gives the order.
CREATE VIEW history AS
SELECT
    account.account, operation.id, operation.kind, operation.points, operation.balance_after, operation.recorded_at, operation.hold_until,
    subject.id AS subject_id, -- the id of the operation that a capture, reversal or restore refers to
    operation.reference, operation.reason, operation.actor, operation.partition, operation.opening, operation.sequence
FROM operation
JOIN account ON account.partition = operation.partition AND account.opening = operation.opening
LEFT JOIN operation AS subject ON subject.partition = operation.partition AND subject.sequence = operation.subject;
