-- Distinguishes two states of the keys that have the same number of changes. This happens if a restored backup is changed again.
ALTER TABLE api_key_version ADD COLUMN stamp BLOB NOT NULL DEFAULT (x'00000000000000000000000000000000') CHECK (length(stamp) = 16); -- a random value; each change of a key sets a new one

UPDATE api_key_version SET stamp = randomblob(16);
