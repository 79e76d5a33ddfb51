-- Whether callers ever had to authenticate. Tokens leave no other trace in a store. Without this table, a server started without its token
-- configuration would treat the ledger as one that never had tokens. Everybody on the machine could then use the ledger.
CREATE TABLE secured (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1)
);

COMMENT ON TABLE secured IS 'Only in database number 0. Pointbook adds the row when there is an API key or when a server accepts tokens, and never deletes it.';
