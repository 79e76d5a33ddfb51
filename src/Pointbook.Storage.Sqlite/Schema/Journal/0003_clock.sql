-- Which kind of clock the store is used with. It is noted at the first start and never changed: times that a test has made up
-- must not get into a ledger with real ones.
CREATE TABLE clock_kind (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    is_test INTEGER NOT NULL CHECK (is_test IN (0, 1))
) STRICT;
