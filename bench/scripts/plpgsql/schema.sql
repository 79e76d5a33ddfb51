-- The design that a careful engineer might write by hand instead of Pointbook: the lots of each account in a table, and one function
-- that spends them under row locks. The benchmark compares Pointbook with it, so it has every advantage of such a design:
--
-- * Names of accounts become bigint ids, so that all other keys are small. Pointbook uses names everywhere.
-- * One call is one round trip and one transaction. The whole spend happens in the database server, next to the data.
-- * The key of the lots has the order of spending, so the function finds the oldest ones with one descent of one index. It deletes
--   empty lots, so no index needs a condition. A condition would prevent heap-only updates, for which pages leave room (fillfactor).
-- * The balance is in the account's row, which each call locks first and only once. Spends on one account queue up there. Spends on
--   different accounts do not wait for each other, and no deadlock is possible.
-- * The function looks up unpaid deductions only if the account has any. In the measured phases no account has any.
-- * The function writes rows one by one while it reads the lots. With two draws that was faster than one statement for each table
--   with all rows, because such statements cost more to start than they save.
-- * Draws have no foreign keys, and no index except their key.
--
-- It also does less than Pointbook: no idempotency keys, no seals, no reversal, expiry or archive, and no history of adds beyond
-- the lots themselves. It keeps only what every such design needs: which spend drew on which payer, and when.

CREATE TABLE account (
    id          bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text   NOT NULL UNIQUE COLLATE "C",
    balance     bigint NOT NULL CHECK (balance >= 0),
    outstanding bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE payer_balance (
    account_id  bigint NOT NULL,
    payer       text   NOT NULL COLLATE "C",
    points      bigint NOT NULL CHECK (points >= 0),
    outstanding bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, payer)
) WITH (fillfactor = 50);

CREATE TABLE lot (
    account_id  bigint      NOT NULL,
    occurred_at timestamptz NOT NULL,
    id          bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    payer       text        NOT NULL COLLATE "C",
    remaining   bigint      NOT NULL CHECK (remaining > 0),
    PRIMARY KEY (account_id, occurred_at, id)
) WITH (fillfactor = 80);

CREATE TABLE spend (
    id          bigint      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  bigint      NOT NULL,
    points      bigint      NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE spend_draw (
    spend_id bigint  NOT NULL,
    place    integer NOT NULL,
    lot_id   bigint  NOT NULL,
    payer    text    NOT NULL COLLATE "C",
    points   bigint  NOT NULL,
    PRIMARY KEY (spend_id, place)
);

-- Adds a credit or a deduction. The payer's lots pay a deduction when a spend reaches them.
CREATE FUNCTION add_transaction(holder_name text, funder text, added bigint, happened_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    holder_id bigint;
BEGIN
    IF added > 0 THEN
        INSERT INTO account AS holder (name, balance) VALUES (holder_name, added)
        ON CONFLICT (name) DO UPDATE SET balance = holder.balance + added
        RETURNING holder.id INTO holder_id;
        INSERT INTO payer_balance AS funded (account_id, payer, points) VALUES (holder_id, funder, added)
        ON CONFLICT (account_id, payer) DO UPDATE SET points = funded.points + added;
        INSERT INTO lot (account_id, occurred_at, payer, remaining) VALUES (holder_id, happened_at, funder, added);
    ELSE
        UPDATE account SET balance = balance + added, outstanding = outstanding - added WHERE name = holder_name RETURNING id INTO holder_id;
        UPDATE payer_balance SET points = points + added, outstanding = outstanding - added WHERE account_id = holder_id AND payer = funder;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'insufficient points of the payer' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
END
$$;

-- Pays outstanding deductions of a payer from a lot, and returns what is left of the lot.
CREATE FUNCTION settle(holder_id bigint, funder text, happened_at timestamptz, lot_id bigint, remains bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    paid bigint;
BEGIN
    SELECT least(outstanding, remains) INTO paid FROM payer_balance WHERE account_id = holder_id AND payer = funder;
    IF paid > 0 THEN
        UPDATE payer_balance SET outstanding = outstanding - paid WHERE account_id = holder_id AND payer = funder;
        UPDATE account SET outstanding = outstanding - paid WHERE id = holder_id;
        IF paid = remains THEN
            DELETE FROM lot WHERE account_id = holder_id AND occurred_at = happened_at AND id = lot_id;
        ELSE
            UPDATE lot SET remaining = remains - paid WHERE account_id = holder_id AND occurred_at = happened_at AND id = lot_id;
        END IF;
    END IF;
    RETURN remains - paid;
END
$$;

-- Spends an account's oldest points, and returns how much each payer gave, in the order of the draws.
CREATE FUNCTION spend(holder_name text, wanted bigint) RETURNS TABLE (payer text, points bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    -- PostgreSQL plans a cursor for its first rows, so it reads in key order. A plain loop would read and sort all lots.
    oldest_first CURSOR (holder_id bigint) FOR SELECT * FROM lot WHERE account_id = holder_id ORDER BY occurred_at, id;
    holder       account;
    new_spend    bigint;
    available    bigint;
    taken        bigint;
    missing      bigint := wanted;
    draws        integer := 0;
    payers       text[] := '{}';
    amounts      bigint[] := '{}';
    known        integer;
BEGIN
    SELECT * INTO holder FROM account WHERE name = holder_name FOR UPDATE;
    IF NOT FOUND OR holder.balance < wanted THEN
        RAISE EXCEPTION 'insufficient points' USING ERRCODE = 'check_violation';
    END IF;

    UPDATE account SET balance = balance - wanted WHERE id = holder.id;
    INSERT INTO spend (account_id, points) VALUES (holder.id, wanted) RETURNING id INTO new_spend;
    FOR oldest IN oldest_first(holder.id) LOOP
        available := oldest.remaining;
        IF holder.outstanding > 0 THEN
            available := settle(holder.id, oldest.payer, oldest.occurred_at, oldest.id, oldest.remaining);
            CONTINUE WHEN available = 0;
        END IF;
        taken := least(available, missing);
        IF taken = available THEN
            DELETE FROM lot WHERE account_id = holder.id AND occurred_at = oldest.occurred_at AND id = oldest.id;
        ELSE
            UPDATE lot SET remaining = available - taken WHERE account_id = holder.id AND occurred_at = oldest.occurred_at AND id = oldest.id;
        END IF;
        draws := draws + 1;
        INSERT INTO spend_draw (spend_id, place, lot_id, payer, points) VALUES (new_spend, draws, oldest.id, oldest.payer, taken);
        known := array_position(payers, oldest.payer);
        IF known IS NULL THEN
            payers := payers || oldest.payer;
            amounts := amounts || taken;
        ELSE
            amounts[known] := amounts[known] + taken;
        END IF;
        missing := missing - taken;
        EXIT WHEN missing = 0;
    END LOOP;

    FOR number IN 1 .. cardinality(payers) LOOP
        UPDATE payer_balance AS funded SET points = funded.points - amounts[number] WHERE account_id = holder.id AND funded.payer = payers[number];
        payer := payers[number];
        points := -amounts[number];
        RETURN NEXT;
    END LOOP;
END
$$;

-- Fills the accounts from first to last up to a number of lots. It is not measured. Lots are stored in the order of their time, with
-- different accounts mixed, as after some weeks of use. The first lot of an account is half as large as the others, so that every
-- spend of 100 points draws the second half of one lot and the first half of the next.
CREATE FUNCTION fill(first_number integer, last_number integer, lots integer) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    INSERT INTO account (name, balance)
    SELECT 'account-' || number, 0 FROM generate_series(first_number, last_number) AS number
    ON CONFLICT DO NOTHING;

    CREATE TEMPORARY TABLE addition ON COMMIT DROP AS
    SELECT holder.id AS account_id, 'PAYER ' || floor(random() * 20)::integer AS payer, now() + place * interval '1 microsecond' AS occurred_at,
           CASE WHEN there.present = 0 AND place = 1 THEN 50 ELSE 100 END AS points
    FROM account AS holder
    CROSS JOIN LATERAL (SELECT count(*)::integer AS present FROM lot WHERE lot.account_id = holder.id) AS there
    CROSS JOIN generate_series(1, lots - there.present) AS place
    WHERE holder.name IN (SELECT 'account-' || number FROM generate_series(first_number, last_number) AS number);

    INSERT INTO lot (account_id, occurred_at, payer, remaining)
    SELECT account_id, occurred_at, payer, points FROM addition ORDER BY occurred_at, random();
    INSERT INTO payer_balance AS funded (account_id, payer, points)
    SELECT account_id, payer, sum(points) FROM addition GROUP BY account_id, payer
    ON CONFLICT (account_id, payer) DO UPDATE SET points = funded.points + excluded.points;
    UPDATE account SET balance = account.balance + summed.points
    FROM (SELECT account_id, sum(points) AS points FROM addition GROUP BY account_id) AS summed
    WHERE account.id = summed.account_id;
END
$$;
