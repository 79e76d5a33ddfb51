-- Whether there ever was an API key. The keys are in a separate file. If an operator restores a journal without it, the server must not
-- treat the ledger as one that never had keys. Everybody on the machine could then use the ledger.
CREATE TABLE secured (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1) -- the row exists as soon as there was a key
) STRICT;
