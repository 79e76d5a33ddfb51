-- The API keys of the store. Only database number 0 has them; these tables stay empty in the other databases.

CREATE TABLE api_key_version (
    id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
    version bigint  NOT NULL CHECK (version >= 0)
);

COMMENT ON TABLE api_key_version IS 'One row. Every process that changes a key locks it first, so that the number of changes and the names of keys stay correct.';
COMMENT ON COLUMN api_key_version.version IS 'The number of changes of keys so far; 0 if there never was a key. A server compares it to see whether its copy of the keys is current.';

INSERT INTO api_key_version (id, version) VALUES (1, 0);

CREATE TABLE api_key (
    number     bigint      NOT NULL PRIMARY KEY,
    id         text        NOT NULL COLLATE "C" UNIQUE,
    name       text        NOT NULL COLLATE "C",
    hash       bytea       NOT NULL CHECK (octet_length(hash) = 32),
    scopes     text        NOT NULL COLLATE "C",
    accounts   text        NOT NULL COLLATE "C",
    created_at timestamptz NOT NULL,
    created_by text        COLLATE "C",
    expires_at timestamptz,
    revoked_at timestamptz,
    revoked_by text        COLLATE "C"
);

-- A key owns its name until it is revoked.
CREATE UNIQUE INDEX api_key_name ON api_key (name) WHERE revoked_at IS NULL;

COMMENT ON TABLE api_key IS 'One row for each API key that was ever created. The rows of revoked keys stay.';
COMMENT ON COLUMN api_key.number IS '1, 2, 3 ... in the order in which the keys were added.';
COMMENT ON COLUMN api_key.id IS '16 hexadecimal digits by which the server finds the key. They are not secret.';
COMMENT ON COLUMN api_key.hash IS 'SHA-256 of the key. The key itself is not stored.';
COMMENT ON COLUMN api_key.scopes IS 'The scopes of the key, separated by blanks.';
COMMENT ON COLUMN api_key.accounts IS 'The accounts that the key gives access to, separated by blanks; empty if there is no limit.';
COMMENT ON COLUMN api_key.created_by IS 'Who created the key: the name of a key, jwt:... or cli:...; null for a caller in protected mode.';
COMMENT ON COLUMN api_key.expires_at IS 'When the key expires; null if it does not expire.';
COMMENT ON COLUMN api_key.revoked_at IS 'When the key was revoked; null if it was not.';
