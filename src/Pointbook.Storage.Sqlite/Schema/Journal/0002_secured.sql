-- Whether there ever was an API key. The keys are in a file of their own, and a journal that was restored without it must not
-- take its absence for a ledger that never had any: that would be open to everybody on the machine.
CREATE TABLE secured (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1) -- the row is there once there was a key
) STRICT;
