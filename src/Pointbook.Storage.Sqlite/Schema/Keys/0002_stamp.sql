-- What tells two states of the keys apart that came about by the same number of changes, as after a backup was restored and changed.
ALTER TABLE api_key_version ADD COLUMN stamp BLOB NOT NULL DEFAULT (x'00000000000000000000000000000000') CHECK (length(stamp) = 16); -- random, anew with each change

UPDATE api_key_version SET stamp = randomblob(16);
