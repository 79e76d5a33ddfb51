-- The part of the account store that serves histories.

CREATE TABLE operation (
    partition      integer NOT NULL,
    opening        bigint  NOT NULL,
    first_sequence bigint  NOT NULL,
    PRIMARY KEY (partition, opening, first_sequence)
);

COMMENT ON TABLE operation IS 'The index of the operations of each account. The operations themselves are in the journal. Derived.';
COMMENT ON COLUMN operation.opening IS 'The first entry of the account.';
COMMENT ON COLUMN operation.first_sequence IS 'The first entry of the operation.';
