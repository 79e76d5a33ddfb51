-- The API keys of the store. The server never deletes rows. Times are microseconds since 1970-01-01T00:00:00Z.

-- The number of changes so far. A server compares it to see whether its copy of the keys is current.
CREATE TABLE api_key_version (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL CHECK (version >= 0) -- 0 if there never was a key
) STRICT;

INSERT INTO api_key_version (id, version) VALUES (1, 0);

CREATE TABLE api_key (
    number     INTEGER NOT NULL PRIMARY KEY,     -- 1, 2, 3 ... in the order of creation
    id         TEXT    NOT NULL UNIQUE,          -- 16 hexadecimal digits. They are not secret
    name       TEXT    NOT NULL,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32), -- SHA-256 of the key
    scopes     TEXT    NOT NULL,                 -- separated by blanks
    accounts   TEXT    NOT NULL,                 -- separated by blanks; empty if there is no limit
    created_at INTEGER NOT NULL,
    created_by TEXT,
    expires_at INTEGER,
    revoked_at INTEGER,
    revoked_by TEXT
) STRICT;

-- A key owns its name until it is revoked.
CREATE UNIQUE INDEX api_key_name ON api_key (name) WHERE revoked_at IS NULL;
