-- Distinguishes two states of the keys that have the same number of changes. This happens if a restored backup is changed again.
ALTER TABLE api_key_version ADD COLUMN stamp uuid NOT NULL DEFAULT gen_random_uuid();

COMMENT ON COLUMN api_key_version.stamp IS 'A random value. Each change of a key sets a new one.';
