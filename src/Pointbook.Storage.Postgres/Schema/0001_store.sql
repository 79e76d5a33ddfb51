-- Pointbook on PostgreSQL. The table journal_commit is the truth and only ever grows; all other tables of the ledger are derived from it.
-- Times are timestamptz with microseconds. Text is compared bytewise (COLLATE "C"), as everywhere in Pointbook.

CREATE TABLE store (
    id              integer     NOT NULL PRIMARY KEY CHECK (id = 1),
    store_id        uuid        NOT NULL,
    partition_count integer     NOT NULL CHECK (partition_count BETWEEN 1 AND 1024),
    database_count  integer     NOT NULL CHECK (database_count BETWEEN 1 AND partition_count),
    database_number integer     NOT NULL CHECK (database_number BETWEEN 0 AND database_count - 1),
    state           text        NOT NULL CHECK (state IN ('creating', 'importing', 'ready')),
    created_at      timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE store IS 'One row: what was fixed when the store was created.';
COMMENT ON COLUMN store.store_id IS 'The same in all databases of a store.';
COMMENT ON COLUMN store.partition_count IS 'Over all databases of the store. An account is in partition (first 8 bytes of SHA-256 of its key) mod partition_count.';
COMMENT ON COLUMN store.database_number IS 'Which of the databases this is; it has the partitions whose number mod database_count is this.';
COMMENT ON COLUMN store.state IS 'ready: may be served. creating: not all databases were there yet. importing: pointbook migrate has not finished.';

-- The hash is an unsigned number, so it is divided as a numeric.
CREATE FUNCTION partition_of(account text) RETURNS integer LANGUAGE sql STABLE STRICT AS $$
    SELECT mod(
        ('x' || encode(substring(sha256(convert_to(account, 'UTF8')) FROM 1 FOR 4), 'hex'))::bit(32)::bigint::numeric * 4294967296
            + ('x' || encode(substring(sha256(convert_to(account, 'UTF8')) FROM 5 FOR 4), 'hex'))::bit(32)::bigint,
        store.partition_count)::integer
    FROM store
$$;

COMMENT ON FUNCTION partition_of(text) IS 'The partition of an account. Every key begins with the partition, so a query about one account must name both.';

CREATE TABLE journal_commit (
    partition      integer     NOT NULL,
    first_sequence bigint      NOT NULL,
    last_sequence  bigint      NOT NULL,
    commit_id      uuid        NOT NULL,
    format         integer     NOT NULL,
    decided_at     timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    previous_seal  bytea       NOT NULL CHECK (octet_length(previous_seal) = 32),
    seal           bytea       NOT NULL CHECK (octet_length(seal) = 32),
    body           bytea       NOT NULL,
    PRIMARY KEY (partition, first_sequence),
    CHECK (last_sequence >= first_sequence)
);

-- Not compressed, so that the beginning of a long body is read without the rest.
ALTER TABLE journal_commit ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE journal_commit IS 'One row for each batch of commands that became durable together. The key is the fence: two commits cannot stand at one place.';
COMMENT ON COLUMN journal_commit.commit_id IS 'Random, so that a commit whose outcome was unknown can be found again.';
COMMENT ON COLUMN journal_commit.format IS 'The version of the format of body and seal.';
COMMENT ON COLUMN journal_commit.decided_at IS 'The clock at the decision. It decides which events are due, what has expired and when holds end.';
COMMENT ON COLUMN journal_commit.recorded_at IS 'When Pointbook recorded it: not before decided_at, and ascending within a partition.';
COMMENT ON COLUMN journal_commit.previous_seal IS 'The seal of the commit before; 32 zero bytes for the first one.';
COMMENT ON COLUMN journal_commit.seal IS 'SHA-256 over previous_seal, the columns before it, and body.';
COMMENT ON COLUMN journal_commit.body IS 'The entries in compact form. GET /v1/journal and pointbook show them; docs/architecture.md describes the bytes.';

CREATE TABLE projection_position (
    partition       integer NOT NULL PRIMARY KEY,
    last_sequence   bigint  NOT NULL,
    seal            bytea   NOT NULL CHECK (octet_length(seal) = 32),
    target_sequence bigint  NOT NULL,
    target_seal     bytea   NOT NULL CHECK (octet_length(target_seal) = 32),
    resets          bigint  NOT NULL DEFAULT 0,
    damage          text
);

COMMENT ON TABLE projection_position IS 'How far the derived tables have come, for each partition of this database.';
COMMENT ON COLUMN projection_position.last_sequence IS 'Every entry up to this one is in the tables.';
COMMENT ON COLUMN projection_position.target_sequence IS 'No entry after this one is in the tables.';
COMMENT ON COLUMN projection_position.resets IS 'How often the tables of the partition were emptied; a round that began before a reset does not go on after it.';
COMMENT ON COLUMN projection_position.damage IS 'What was found wrong with the tables of the partition, which are rebuilt at the next start; null if nothing was.';

CREATE TABLE account (
    account   text    NOT NULL COLLATE "C" PRIMARY KEY,
    partition integer NOT NULL,
    stands_at bigint  NOT NULL,
    open_lots bigint  NOT NULL
) WITH (fillfactor = 80);

COMMENT ON TABLE account IS 'Every account that was ever written on. Derived.';
COMMENT ON COLUMN account.stands_at IS 'The last entry that the account''s rows contain; it may be ahead of the position.';

CREATE TABLE damaged_account (
    account   text    NOT NULL COLLATE "C",
    partition integer NOT NULL,
    damage    text    NOT NULL,
    PRIMARY KEY (partition, account)
);

COMMENT ON TABLE damaged_account IS 'Accounts whose derived rows were found damaged. They are refused, and the next start rebuilds the tables of the partition.';
COMMENT ON COLUMN damaged_account.damage IS 'What was found wrong with the rows.';

CREATE TABLE payer_balance (
    account        text   NOT NULL COLLATE "C",
    partition      integer NOT NULL,
    payer          text   NOT NULL COLLATE "C",
    points         bigint NOT NULL,
    outstanding    bigint NOT NULL,
    first_sequence bigint NOT NULL,
    PRIMARY KEY (partition, account, payer)
) WITH (fillfactor = 80);

COMMENT ON TABLE payer_balance IS 'The balance of each payer in each account. Derived.';
COMMENT ON COLUMN payer_balance.outstanding IS 'Deductions that no lot has paid for yet; they are subtracted in points already.';
COMMENT ON COLUMN payer_balance.first_sequence IS 'Payers of an account are listed in this order.';

CREATE TABLE lot (
    account     text        NOT NULL COLLATE "C",
    partition   integer     NOT NULL,
    occurred_at timestamptz NOT NULL,
    sequence    bigint      NOT NULL,
    payer       text        NOT NULL COLLATE "C",
    remaining   bigint      NOT NULL,
    expires_at  timestamptz,
    PRIMARY KEY (partition, account, occurred_at, sequence)
) WITH (fillfactor = 80);

COMMENT ON TABLE lot IS 'What is left of each credit that is not used up. Derived.';
COMMENT ON COLUMN lot.occurred_at IS 'The timestamp of the credit; lots are spent in the order of the key.';
COMMENT ON COLUMN lot.sequence IS 'The sequence of the credit''s entry.';

CREATE TABLE idempotency_key (
    account     text        NOT NULL COLLATE "C",
    partition   integer     NOT NULL,
    key         text        NOT NULL COLLATE "C",
    hash        bytea       NOT NULL CHECK (octet_length(hash) = 32),
    operation   bigint      NOT NULL,
    decided_at  timestamptz NOT NULL,
    PRIMARY KEY (partition, account, key)
);

COMMENT ON TABLE idempotency_key IS 'The idempotency keys that were used. Derived.';
COMMENT ON COLUMN idempotency_key.hash IS 'SHA-256 of the command that used the key.';
COMMENT ON COLUMN idempotency_key.operation IS 'The first entry of what that command wrote.';

CREATE TABLE account_entry (
    account        text   NOT NULL COLLATE "C",
    partition      integer NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence  bigint NOT NULL,
    PRIMARY KEY (account, first_sequence)
);

COMMENT ON TABLE account_entry IS 'Which journal entries are an account''s since its latest flush: runs of sequences that stand next to each other. Derived.';

CREATE TABLE archived_entry (
    account        text   NOT NULL COLLATE "C",
    partition      integer NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence  bigint NOT NULL,
    PRIMARY KEY (account, first_sequence)
);

COMMENT ON TABLE archived_entry IS 'The same, of entries up to the account''s latest flush. Derived.';

CREATE TABLE payer_total (
    partition   integer NOT NULL,
    payer       text    NOT NULL COLLATE "C",
    points      numeric NOT NULL,
    outstanding numeric NOT NULL,
    PRIMARY KEY (partition, payer)
);

COMMENT ON TABLE payer_total IS 'Sums of each payer over all accounts of a partition. Derived.';

CREATE VIEW balance AS
SELECT account, partition, payer, points, outstanding
FROM payer_balance;

COMMENT ON VIEW balance IS 'The points of each payer in each account. It follows the journal within moments.';

CREATE VIEW open_lot AS
SELECT account, partition, occurred_at, sequence, payer, remaining, expires_at
FROM lot;

COMMENT ON VIEW open_lot IS 'What is left of each credit. ORDER BY occurred_at, sequence is the order in which an account''s points are spent.';
