-- The analytics tables. They are derived from the journal; this file may be deleted at any time, and the server fills another one.
-- A table that changes gets another version in AnalyticsWriter; there are no upgrades.
-- Times are RFC 3339 in UTC with six digits of a second, such as 2020-11-02T14:00:00.000000Z, so they sort as text and SQLite's date functions read them.
-- The partition is 0 in every row. It is there so that the same queries work on PostgreSQL.

-- Which version of Pointbook's analytics tables these are. A server of another version drops them and fills them again.
CREATE TABLE export_schema (
    version       INTEGER NOT NULL PRIMARY KEY,
    has_leftovers INTEGER NOT NULL DEFAULT 0 -- 1 while the file may still have erased texts outside of rows
) STRICT;

-- How far the tables have come. DELETE the row to have all rows deleted and filled again.
CREATE TABLE export_position (
    partition     INTEGER NOT NULL PRIMARY KEY,
    last_sequence INTEGER NOT NULL, -- every entry up to this one is in the tables, and none after it
    seal          BLOB    NOT NULL CHECK (length(seal) = 32), -- of the commit that ends there: the tables belong to the journal that has it
    recorded_at   TEXT,             -- when that commit was recorded: the tables show the ledger as of then; null while they are empty
    is_emptying   INTEGER NOT NULL  -- 1 while rows are being deleted, before the tables are filled again
) STRICT;

-- Every account that was ever written on. Personal text is here and in operation.reference and reason, and nowhere else in this file.
CREATE TABLE account (
    partition INTEGER NOT NULL,
    opening   INTEGER NOT NULL, -- the first entry of the account; with the partition it names the account in all tables
    account   TEXT,             -- the account key; null once the texts of the account were erased
    PRIMARY KEY (partition, opening)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_by_key ON account (account);

-- Every operation: a credit, deduction, spend, capture, reversal, expiry, flush, restore or erasure. Its entries are those from sequence to last_sequence.
CREATE TABLE operation (
    partition      INTEGER NOT NULL,
    sequence       INTEGER NOT NULL, -- its first entry
    last_sequence  INTEGER NOT NULL, -- its last entry
    id             TEXT    NOT NULL, -- the id that the API shows, as in GET /v1/accounts/{account}/transactions/{id}
    opening        INTEGER NOT NULL, -- the account, see table account
    kind           TEXT    NOT NULL, -- credit, deduction, spend, capture, reversal, expiry, flush, restore or erasure
    points         INTEGER NOT NULL, -- by how much it changes the balance of the account
    balance_before INTEGER NOT NULL,
    balance_after  INTEGER NOT NULL,
    hold_until     TEXT,             -- of a spend that began as a pending one: when its hold ends or would have ended
    subject        INTEGER,          -- the operation that a capture, reversal or restore is about, by its first entry
    recorded_at    TEXT    NOT NULL, -- its place in the order of the books
    decided_at     TEXT    NOT NULL, -- the clock when it was decided
    reference      TEXT,             -- the client's own number for it; null if none was given, or once it was erased. So is the reason
    reason         TEXT,
    actor          TEXT,             -- who did it: the name of an API key, or jwt: and the subject of a token
    PRIMARY KEY (partition, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX operation_by_account ON operation (partition, opening, sequence);

-- Every entry of the journal, as docs/rules.md describes them. The points of a payer add up to its balance, and the lot_points of a lot to what is left of it.
CREATE TABLE entry (
    partition   INTEGER NOT NULL,
    sequence    INTEGER NOT NULL, -- its place in the journal: 1, 2, 3 … without a gap
    operation   INTEGER NOT NULL, -- the first entry of the operation that it belongs to
    opening     INTEGER NOT NULL, -- the account, see table account
    kind        TEXT    NOT NULL, -- credit, deduction, spend, draw, settlement, capture, reversal, return, expiry, flush, restore or erasure
    payer       TEXT,             -- who funds the points; null on the first entry of a spend or reversal, on captures, erasures and flushes of empty accounts, and where a pending spend is named
    points      INTEGER NOT NULL, -- by how much the payer's balance changes
    lot_points  INTEGER NOT NULL, -- by how much what is left of the lot changes
    lot         INTEGER,          -- the lot that changes, by the sequence of its credit
    occurred_at TEXT,             -- the timestamp of the transaction, or of the lot that changes
    expires_at  TEXT,             -- when the lot expires; where the entry opens or names a pending spend, when its hold ends
    subject     INTEGER,          -- the operation that a capture, reversal or restore is about, or the pending spend that a further entry of a flush or restore names
    recorded_at TEXT    NOT NULL,
    decided_at  TEXT    NOT NULL,
    PRIMARY KEY (partition, sequence)
) STRICT, WITHOUT ROWID;

-- What is left of every credit, those of which nothing is left included.
CREATE TABLE lot (
    partition   INTEGER NOT NULL,
    opening     INTEGER NOT NULL,
    sequence    INTEGER NOT NULL, -- the entry of the credit
    payer       TEXT    NOT NULL,
    occurred_at TEXT    NOT NULL,
    expires_at  TEXT,
    points      INTEGER NOT NULL, -- the points of the credit
    remaining   INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND points), -- unpaid deductions are still to be paid from it, and an expiry counts once it is recorded
    PRIMARY KEY (partition, opening, sequence)
) STRICT, WITHOUT ROWID;

-- The balance of each payer in each account. A payer keeps its row at 0 points, until a flush.
CREATE TABLE account_balance (
    partition         INTEGER NOT NULL,
    opening           INTEGER NOT NULL,
    payer             TEXT    NOT NULL,
    first_sequence    INTEGER NOT NULL, -- the entry with which the payer appeared since the last flush: payers are listed in this order
    points            INTEGER NOT NULL CHECK (points >= 0), -- what is left of the payer's lots less its unpaid deductions. Points that pending spends hold are not in it
    unpaid_deductions INTEGER NOT NULL CHECK (unpaid_deductions >= 0), -- deductions that no lot has paid for yet
    PRIMARY KEY (partition, opening, payer)
) STRICT, WITHOUT ROWID;

-- The balance of each payer in each account, with the account key.
CREATE VIEW balance AS
SELECT account.account, balance.payer, balance.points, balance.unpaid_deductions, balance.partition, balance.opening
FROM account_balance AS balance
JOIN account ON account.partition = balance.partition AND account.opening = balance.opening;

-- The lots of which something is left, with the account key. They are spent in the order of occurred_at and sequence.
CREATE VIEW open_lot AS
SELECT account.account, lot.payer, lot.occurred_at, lot.expires_at, lot.points, lot.remaining, lot.partition, lot.opening, lot.sequence
FROM lot
JOIN account ON account.partition = lot.partition AND account.opening = lot.opening
WHERE lot.remaining > 0;

-- Every operation with its account key, flushed ones included. Within an account, sequence is the order.
CREATE VIEW history AS
SELECT
    account.account, operation.id, operation.kind, operation.points, operation.balance_after, operation.recorded_at, operation.hold_until,
    subject.id AS subject_id, -- the id of the operation that a capture, reversal or restore is about
    operation.reference, operation.reason, operation.actor, operation.partition, operation.opening, operation.sequence
FROM operation
JOIN account ON account.partition = operation.partition AND account.opening = operation.opening
LEFT JOIN operation AS subject ON subject.partition = operation.partition AND subject.sequence = operation.subject;
