-- Whether callers ever had to say who they are. Tokens leave no other trace in a store, and without one a server that is started without the
-- configuration of tokens would take the ledger for one that never had any: that would be open to everybody on the machine.
CREATE TABLE secured (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1)
);

COMMENT ON TABLE secured IS 'In database number 0: the row is there, for ever, once there was an API key or tokens were taken.';
