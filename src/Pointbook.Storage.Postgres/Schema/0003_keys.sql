-- The API keys of the store. They are in its database number 0; in the others these tables stay empty.

CREATE TABLE api_key_version (
    id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
    version bigint  NOT NULL CHECK (version >= 0)
);

COMMENT ON TABLE api_key_version IS 'One row, which whoever changes a key locks first, so that counts and names hold.';
COMMENT ON COLUMN api_key_version.version IS 'How many changes of keys there were, which tells whoever keeps a copy whether it is still good; 0 if there never was a key.';

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

COMMENT ON TABLE api_key IS 'One row for each API key that ever was; a key that was revoked stays.';
COMMENT ON COLUMN api_key.number IS '1, 2, 3 ... as the keys were added.';
COMMENT ON COLUMN api_key.id IS 'What the key is found by: 16 hexadecimal digits, which are no secret.';
COMMENT ON COLUMN api_key.hash IS 'SHA-256 of the key, which itself is nowhere.';
COMMENT ON COLUMN api_key.scopes IS 'What it may be used for, with blanks between.';
COMMENT ON COLUMN api_key.accounts IS 'The accounts it may be used on, with blanks between; empty if there is no limit.';
COMMENT ON COLUMN api_key.created_by IS 'Who created it: the name of a key, jwt:... or cli:...; null for somebody in protected mode.';
COMMENT ON COLUMN api_key.expires_at IS 'When it stops being taken by itself; null if it does not.';
COMMENT ON COLUMN api_key.revoked_at IS 'When it was revoked; null if it was not.';
