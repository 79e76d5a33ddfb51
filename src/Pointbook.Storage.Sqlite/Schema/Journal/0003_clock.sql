-- The kind of clock that the store is used with. The server notes it at the first start and never changes it. A ledger with real
-- times must not get times that a test has set.
CREATE TABLE clock_kind (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    is_test INTEGER NOT NULL CHECK (is_test IN (0, 1))
) STRICT;
