-- Pointbook on PostgreSQL. The table journal_commit is the record: the server only adds rows, and erases only texts in them. All other tables of the ledger are derived from it.
-- Times are timestamptz with microseconds. Text is compared byte by byte (COLLATE "C"), as everywhere in Pointbook.

CREATE TABLE store (
    id              integer     NOT NULL PRIMARY KEY CHECK (id = 1),
    store_id        uuid        NOT NULL,
    partition_count integer     NOT NULL CHECK (partition_count BETWEEN 1 AND 1024),
    database_count  integer     NOT NULL CHECK (database_count BETWEEN 1 AND partition_count),
    database_number integer     NOT NULL CHECK (database_number BETWEEN 0 AND database_count - 1),
    state           text        NOT NULL CHECK (state IN ('creating', 'importing', 'ready')),
    created_at      timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE store IS 'One row: what the creation of the store fixed.';
COMMENT ON COLUMN store.store_id IS 'The same in all databases of a store.';
COMMENT ON COLUMN store.partition_count IS 'The number of partitions in all databases of the store. The partition of an account is (first 8 bytes of SHA-256 of its key) mod partition_count.';
COMMENT ON COLUMN store.database_number IS 'The number of this database. It has the partitions whose number mod database_count equals database_number.';
COMMENT ON COLUMN store.state IS 'ready: servers may serve the store. creating: not all databases exist yet. importing: pointbook migrate has not finished.';

-- The hash is an unsigned number, so the function divides it as a numeric.
CREATE FUNCTION partition_of(account text) RETURNS integer LANGUAGE sql STABLE STRICT AS $$
    SELECT mod(
        ('x' || encode(substring(sha256(convert_to(account, 'UTF8')) FROM 1 FOR 4), 'hex'))::bit(32)::bigint::numeric * 4294967296
            + ('x' || encode(substring(sha256(convert_to(account, 'UTF8')) FROM 5 FOR 4), 'hex'))::bit(32)::bigint,
        store.partition_count)::integer
    FROM store
$$;

COMMENT ON FUNCTION partition_of(text) IS 'The partition of an account. Every key begins with the partition, so a query about one account must name partition and account.';

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
    texts          bytea       NOT NULL,
    PRIMARY KEY (partition, first_sequence),
    CHECK (last_sequence >= first_sequence)
);

-- Not compressed, so that servers can read a part of a long commit without the rest.
ALTER TABLE journal_commit ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN texts SET STORAGE EXTERNAL;

COMMENT ON TABLE journal_commit IS 'One row for each batch of commands that became durable together. The key is the fence: two commits cannot have the same position.';
COMMENT ON COLUMN journal_commit.commit_id IS 'A random value by which a server finds its commit again if it did not learn the outcome.';
COMMENT ON COLUMN journal_commit.format IS 'The version of the format of body and seal.';
COMMENT ON COLUMN journal_commit.decided_at IS 'The clock at the decision. It determines which events are due, what has expired and when holds end.';
COMMENT ON COLUMN journal_commit.recorded_at IS 'When the server committed the row: not before decided_at, and ascending within a partition.';
COMMENT ON COLUMN journal_commit.previous_seal IS 'The seal of the previous commit; 32 zero bytes for the first one.';
COMMENT ON COLUMN journal_commit.seal IS 'SHA-256 over previous_seal, the columns before it, and body.';
COMMENT ON COLUMN journal_commit.body IS 'The entries in compact form. GET /v1/journal and pointbook show them; docs/architecture.md describes the bytes.';
COMMENT ON COLUMN journal_commit.texts IS 'The texts whose digests body contains, so that the server can erase them: account keys, references, reasons, actors, idempotency keys.';

CREATE TABLE account_store_position (
    partition       integer NOT NULL PRIMARY KEY,
    last_sequence   bigint  NOT NULL,
    seal            bytea   NOT NULL CHECK (octet_length(seal) = 32),
    target_sequence bigint  NOT NULL,
    target_seal     bytea   NOT NULL CHECK (octet_length(target_seal) = 32),
    resets          bigint  NOT NULL DEFAULT 0,
    accounts        bigint  NOT NULL DEFAULT 0,
    damage          text
);

COMMENT ON TABLE account_store_position IS 'The position of the derived tables in the journal of each partition of this database.';
COMMENT ON COLUMN account_store_position.last_sequence IS 'The tables contain every entry up to this one.';
COMMENT ON COLUMN account_store_position.target_sequence IS 'The tables contain no entry after this one.';
COMMENT ON COLUMN account_store_position.resets IS 'How often the tables of the partition were emptied. A round that began before a reset does not continue after it.';
COMMENT ON COLUMN account_store_position.accounts IS 'The number of accounts. It only decides when the directory grows.';
COMMENT ON COLUMN account_store_position.damage IS 'The fault that a server found in the tables of the partition; null if there is none. A server then rebuilds the tables.';

CREATE TABLE account (
    account    text    NOT NULL COLLATE "C",
    partition  integer NOT NULL,
    stands_at  bigint  NOT NULL,
    next_due   bigint,
    oldest_key bigint,
    snapshot   bytea   NOT NULL,
    PRIMARY KEY (partition, account)
) WITH (fillfactor = 80, toast_tuple_target = 4096);

-- Not compressed, because compression hardly makes the bytes shorter. The snapshots of most accounts stay in their rows.
ALTER TABLE account ALTER COLUMN snapshot SET STORAGE EXTERNAL;

-- The servers list accounts in the order of these indexes.
CREATE INDEX account_by_due ON account (partition, next_due, account) WHERE next_due IS NOT NULL;
CREATE INDEX account_by_oldest_key ON account (partition, oldest_key, account) WHERE oldest_key IS NOT NULL;

COMMENT ON TABLE account IS 'Every account that has an entry. Derived.';
COMMENT ON COLUMN account.stands_at IS 'The last entry that the snapshot contains. It may be later than the position of the tables.';
COMMENT ON COLUMN account.next_due IS 'When the next lot expires or the next hold ends, in microseconds since 1970-01-01T00:00:00Z; null if nothing does.';
COMMENT ON COLUMN account.oldest_key IS 'When the oldest idempotency key was used, in microseconds since 1970-01-01T00:00:00Z; null if there is none.';
COMMENT ON COLUMN account.snapshot IS 'Balances, lots, holds, keys and ends of spends, after a checksum of the whole row. docs/architecture.md describes the bytes.';

CREATE TABLE account_chunk (
    account   text    NOT NULL COLLATE "C",
    partition integer NOT NULL,
    chunk     bigint  NOT NULL,
    body      bytea   NOT NULL,
    PRIMARY KEY (partition, account, chunk)
) WITH (toast_tuple_target = 8160);

ALTER TABLE account_chunk ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE account_chunk IS 'The parts of long snapshots. Derived.';
COMMENT ON COLUMN account_chunk.body IS 'Some of the lots, holds, payers, keys or ends of spends. The snapshot has the checksum of these bytes.';

CREATE TABLE account_bucket (
    partition integer NOT NULL,
    bucket    integer NOT NULL CHECK (bucket BETWEEN 0 AND 1073741823),
    body      bytea   NOT NULL,
    PRIMARY KEY (partition, bucket)
) WITH (toast_tuple_target = 8160);

ALTER TABLE account_bucket ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE account_bucket IS 'The directory of accounts. By it, servers distinguish a new account from one whose row was lost. Derived.';
COMMENT ON COLUMN account_bucket.bucket IS '0 to one less than a power of two. Each account is in one bucket of its partition.';
COMMENT ON COLUMN account_bucket.body IS 'A checksum, the number of buckets, and digests of the accounts.';

CREATE TABLE damaged_account (
    account   text    NOT NULL COLLATE "C",
    partition integer NOT NULL,
    damage    text    NOT NULL,
    PRIMARY KEY (partition, account)
);

COMMENT ON TABLE damaged_account IS 'Accounts whose derived rows are damaged. The server refuses commands on them until it has rewritten their rows. A start rebuilds the tables of the partition instead.';
COMMENT ON COLUMN damaged_account.damage IS 'The fault that a server found in the rows.';

CREATE TABLE erasure (
    partition integer NOT NULL,
    sequence  bigint  NOT NULL,
    opening   bigint  NOT NULL,
    PRIMARY KEY (partition, sequence)
);

COMMENT ON TABLE erasure IS 'Unfinished erasures: the journal may still contain texts of their accounts. Derived.';
COMMENT ON COLUMN erasure.sequence IS 'The entry that erases the account. Servers ignore an erasure after the position of the tables.';
COMMENT ON COLUMN erasure.opening IS 'The first entry of the account.';
