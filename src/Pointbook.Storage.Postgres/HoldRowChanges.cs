using Npgsql;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The changes of the rows of holds in many accounts as columns. Used once.</summary>
internal sealed class HoldRowChanges(int partition)
{
    private const string DropSql =
        """
        WITH dropped AS (
            DELETE FROM hold WHERE partition = $2 AND account = ANY ($1)
        ), forgotten AS (
            UPDATE account SET held = 0 WHERE partition = $2 AND account = ANY ($1)
        )
        DELETE FROM held_draw WHERE partition = $2 AND account = ANY ($1)
        """;

    private const string CloseSql =
        """
        WITH closed AS (
            SELECT * FROM unnest($1::text[], $2::bigint[]) AS closed (account, sequence)
        ), ended AS (
            DELETE FROM hold USING closed
            WHERE hold.partition = $3 AND hold.account = closed.account AND hold.sequence = closed.sequence
            RETURNING hold.account, hold.points
        ), lessened AS (
            UPDATE account SET held = account.held - change.points
            FROM (SELECT account, sum(points)::bigint AS points FROM ended GROUP BY account) AS change
            WHERE account.partition = $3 AND account.account = change.account
        )
        DELETE FROM held_draw USING closed
        WHERE held_draw.partition = $3 AND held_draw.account = closed.account AND held_draw.hold = closed.sequence
        """;

    private const string OpenSql =
        """
        WITH opened AS (
            SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::bigint[]) AS opened (account, sequence, ends_at, points)
        ), added AS (
            INSERT INTO hold (account, partition, sequence, ends_at, points) SELECT account, $5, sequence, ends_at, points FROM opened
        )
        UPDATE account SET held = account.held + change.points
        FROM (SELECT account, sum(points)::bigint AS points FROM opened GROUP BY account) AS change
        WHERE account.partition = $5 AND account.account = change.account
        """;

    private const string AddDrawsSql =
        """
        INSERT INTO held_draw (account, partition, hold, occurred_at, lot, payer, points, expires_at)
        SELECT account, $8, hold, occurred_at, lot, payer, points, expires_at
        FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::text[], $6::bigint[], $7::timestamptz[])
            AS drawn (account, hold, occurred_at, lot, payer, points, expires_at)
        """;

    private const string SetAsideSql = "UPDATE hold SET is_aside = true WHERE partition = $2 AND account = ANY ($1)";

    private const string BringBackSql = "UPDATE hold SET is_aside = false WHERE partition = $2 AND account = ANY ($1)";

    private readonly List<string> _dropped = [];
    private readonly List<string> _setAside = [];
    private readonly List<string> _broughtBack = [];
    private readonly List<(string Account, Sequence Spend)> _closed = [];
    private readonly List<(string Account, HoldSnapshot Hold)> _opened = [];

    public void Add(string account, HoldChanges changes)
    {
        if (changes.DropsRows)
        {
            _dropped.Add(account);
        }

        if (changes.SetsAside is { } setsAside)
        {
            (setsAside ? _setAside : _broughtBack).Add(account);
        }

        _closed.AddRange(changes.Closed.Select(spend => (account, spend)));
        _opened.AddRange(changes.Opened.Select(hold => (account, hold)));
    }

    /// <summary>Adds the statements that write everything; none for what there is nothing of.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        if (_dropped.Count > 0)
        {
            batch.Add(DropSql).AddTexts([.. _dropped]).AddInt(partition);
        }

        if (_closed.Count > 0)
        {
            batch.Add(CloseSql)
                .AddTexts([.. _closed.Select(item => item.Account)])
                .AddBigints([.. _closed.Select(item => item.Spend.Value)])
                .AddInt(partition);
        }

        if (_opened.Count > 0)
        {
            AddOpened(batch);
        }

        if (_setAside.Count > 0)
        {
            batch.Add(SetAsideSql).AddTexts([.. _setAside]).AddInt(partition);
        }

        if (_broughtBack.Count > 0)
        {
            batch.Add(BringBackSql).AddTexts([.. _broughtBack]).AddInt(partition);
        }
    }

    private void AddOpened(NpgsqlBatch batch)
    {
        batch.Add(OpenSql)
            .AddTexts([.. _opened.Select(item => item.Account)])
            .AddBigints([.. _opened.Select(item => item.Hold.Spend.Value)])
            .AddTimes([.. _opened.Select(item => PostgresTime.From(item.Hold.EndsAt))])
            .AddBigints([.. _opened.Select(item => item.Hold.Draws.Sum(draw => draw.Points.Value))])
            .AddInt(partition);
        (string Account, Sequence Spend, HeldDraw Draw)[] draws =
            [.. _opened.SelectMany(item => item.Hold.Draws.Select(draw => (item.Account, item.Hold.Spend, draw)))];
        batch.Add(AddDrawsSql)
            .AddTexts([.. draws.Select(item => item.Account)])
            .AddBigints([.. draws.Select(item => item.Spend.Value)])
            .AddTimes([.. draws.Select(item => PostgresTime.From(item.Draw.Lot.OccurredAt))])
            .AddBigints([.. draws.Select(item => item.Draw.Lot.Sequence.Value)])
            .AddTexts([.. draws.Select(item => item.Draw.Payer.Value)])
            .AddBigints([.. draws.Select(item => item.Draw.Points.Value)])
            .AddTimes([.. draws.Select(item => PostgresTime.From(item.Draw.ExpiresAt))])
            .AddInt(partition);
    }
}
