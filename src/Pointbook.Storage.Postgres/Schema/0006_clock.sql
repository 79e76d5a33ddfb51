-- Which kind of clock the store is used with. Times that a test has made up must not get into a ledger with real ones.
CREATE TABLE clock_kind (
    id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
    is_test boolean NOT NULL
);

COMMENT ON TABLE clock_kind IS 'In database number 0: one row, noted at the first start and never changed.';
COMMENT ON COLUMN clock_kind.is_test IS 'Whether the times of the store were made up by Testing:Clock.';
