-- The API keys of the store. Rows are never deleted. Times are microseconds since 1970-01-01T00:00:00Z.

-- How many changes there were, which tells whoever keeps a copy whether it is still good.
CREATE TABLE api_key_version (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL CHECK (version >= 0) -- 0 if there never was a key
) STRICT;

INSERT INTO api_key_version (id, version) VALUES (1, 0);

CREATE TABLE api_key (
    number     INTEGER NOT NULL PRIMARY KEY,     -- 1, 2, 3 ... as they were added
    id         TEXT    NOT NULL UNIQUE,          -- 16 hexadecimal digits, which are no secret
    name       TEXT    NOT NULL,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32), -- SHA-256 of the key
    scopes     TEXT    NOT NULL,                 -- with blanks between
    accounts   TEXT    NOT NULL,                 -- with blanks between; empty if there is no limit
    created_at INTEGER NOT NULL,
    created_by TEXT,
    expires_at INTEGER,
    revoked_at INTEGER,
    revoked_by TEXT
) STRICT;

-- A key owns its name until it is revoked.
CREATE UNIQUE INDEX api_key_name ON api_key (name) WHERE revoked_at IS NULL;
