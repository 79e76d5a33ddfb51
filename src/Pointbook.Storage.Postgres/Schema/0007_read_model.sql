-- The read model: sums over accounts, which only queries need. It exists in generations: a server builds a new one while the present one answers queries.

-- Each number is used once. Rows left over from a deleted generation therefore never belong to another one.
CREATE SEQUENCE read_model_generation;

CREATE TABLE read_model (
    partition     integer NOT NULL,
    generation    bigint  NOT NULL DEFAULT nextval('read_model_generation'),
    generation_id uuid    NOT NULL DEFAULT gen_random_uuid(),
    version       integer NOT NULL,
    last_sequence bigint  NOT NULL DEFAULT 0,
    seal          bytea   NOT NULL CHECK (octet_length(seal) = 32),
    is_complete   boolean NOT NULL DEFAULT false,
    damage        text,
    PRIMARY KEY (partition, generation)
);

COMMENT ON TABLE read_model IS 'The generations of the read model of each partition of this database: at most one that answers queries and one that is being built.';
COMMENT ON COLUMN read_model.generation IS 'Ignore rows in the tables of payers whose generation is not in this table.';
COMMENT ON COLUMN read_model.generation_id IS 'Random: no other generation ever has it.';
COMMENT ON COLUMN read_model.version IS 'The version of the tables and of their content. Servers read only generations of their own version.';
COMMENT ON COLUMN read_model.last_sequence IS 'The tables contain every entry up to this one, and none after it.';
COMMENT ON COLUMN read_model.seal IS 'The seal of the commit that ends with last_sequence; 32 zero bytes if last_sequence is 0.';
COMMENT ON COLUMN read_model.is_complete IS 'Whether the generation answers queries. False while a server builds it.';
COMMENT ON COLUMN read_model.damage IS 'Why servers build a new generation; null if they do not. An operator may write a text here: the servers then build the read model again, without a restart.';

CREATE TABLE payer_total (
    partition   integer NOT NULL,
    generation  bigint  NOT NULL,
    payer       text    NOT NULL COLLATE "C",
    points      numeric NOT NULL,
    outstanding numeric NOT NULL,
    checksum    bigint  NOT NULL,
    PRIMARY KEY (partition, generation, payer)
);

COMMENT ON TABLE payer_total IS 'Sums of each payer over all accounts of a partition. Derived. Join it with read_model where is_complete: a generation that a server still builds has rows as well.';
COMMENT ON COLUMN payer_total.checksum IS 'The points times a factor, plus the outstanding deductions times another factor, modulo 2^62. Both factors are computed from the payer.';

CREATE TABLE payer_flow (
    partition    integer NOT NULL,
    generation   bigint  NOT NULL,
    payer        text    NOT NULL COLLATE "C",
    recorded_day date    NOT NULL,
    kind         text    NOT NULL COLLATE "C",
    occurred_day date    NOT NULL,
    points       numeric NOT NULL,
    checksum     bigint  NOT NULL,
    PRIMARY KEY (partition, generation, payer, recorded_day, kind, occurred_day)
);

COMMENT ON TABLE payer_flow IS 'The changes of each payer''s balances, summed over all accounts of a partition, by day and kind. Days are in UTC. Derived.';
COMMENT ON COLUMN payer_flow.recorded_day IS 'The day of the commit.';
COMMENT ON COLUMN payer_flow.kind IS 'credit, deduction, draw, return, expiry, flush or restore.';
COMMENT ON COLUMN payer_flow.occurred_day IS 'The day of the transaction''s timestamp; infinity for all but credits and deductions.';
COMMENT ON COLUMN payer_flow.checksum IS 'The points times a factor, modulo 2^62. The factor is computed from payer, kind and days.';

CREATE TABLE payer_stock (
    partition    integer NOT NULL,
    generation   bigint  NOT NULL,
    payer        text    NOT NULL COLLATE "C",
    recorded_day date    NOT NULL,
    occurred_day date    NOT NULL,
    expires_day  date    NOT NULL,
    lot_points   numeric NOT NULL,
    checksum     bigint  NOT NULL,
    PRIMARY KEY (partition, generation, payer, recorded_day, occurred_day, expires_day)
);

COMMENT ON TABLE payer_stock IS 'The changes of what is left of each payer''s lots, summed over all accounts of a partition. Days are in UTC. Derived.';
COMMENT ON COLUMN payer_stock.recorded_day IS 'The day of the commit.';
COMMENT ON COLUMN payer_stock.occurred_day IS 'The day of the lots'' timestamps.';
COMMENT ON COLUMN payer_stock.expires_day IS 'The day on which the lots expire; infinity if they do not.';
COMMENT ON COLUMN payer_stock.checksum IS 'The points times a factor, modulo 2^62. The factor is computed from payer and days.';
