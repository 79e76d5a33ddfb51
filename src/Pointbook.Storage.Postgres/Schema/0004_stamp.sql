-- What tells two states of the keys apart that came about by the same number of changes, as after a backup was restored and changed.
ALTER TABLE api_key_version ADD COLUMN stamp uuid NOT NULL DEFAULT gen_random_uuid();

COMMENT ON COLUMN api_key_version.stamp IS 'Random, and another one after each change.';
