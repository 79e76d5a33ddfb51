-- The kind of clock that the store is used with. A ledger with real times must not get times that a test has set.
CREATE TABLE clock_kind (
    id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
    is_test boolean NOT NULL
);

COMMENT ON TABLE clock_kind IS 'Only in database number 0: one row. A server adds it at the first start and never changes it.';
COMMENT ON COLUMN clock_kind.is_test IS 'Whether the times of the store come from Testing:Clock.';
