using Npgsql;
using Pointbook.Engine;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Puts the holds of accounts together out of their rows. Used once.</summary>
internal sealed class LoadedHolds
{
    /// <summary>The columns of <see cref="AddHold"/>.</summary>
    public const string HoldsSql =
        "SELECT account, sequence, ends_at FROM hold WHERE account = ANY ($1) AND partition = $2 ORDER BY account, sequence";

    /// <summary>The columns of <see cref="AddDraw"/>.</summary>
    public const string DrawsSql =
        """
        SELECT account, hold, occurred_at, lot, payer, points, expires_at
        FROM held_draw
        WHERE account = ANY ($1) AND partition = $2
        ORDER BY account, hold, occurred_at, lot
        """;

    private readonly Dictionary<string, List<HoldSnapshot>> _holds = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Account, Sequence Spend), List<HeldDraw>> _draws = [];

    /// <summary>Adds a hold, whose draws come after all holds.</summary>
    public void AddHold(NpgsqlDataReader row)
    {
        string account = row.GetString(0);
        if (!_holds.TryGetValue(account, out List<HoldSnapshot>? holds))
        {
            holds = [];
            _holds.Add(account, holds);
        }

        Sequence spend = new(row.GetInt64(1));
        List<HeldDraw> draws = [];
        _draws.Add((account, spend), draws);
        holds.Add(new HoldSnapshot(spend, PostgresTime.Read(row, 2), draws));
    }

    /// <summary>Adds a draw to its hold.</summary>
    /// <exception cref="InvalidRowException">There is no such hold.</exception>
    public void AddDraw(NpgsqlDataReader row)
    {
        string account = row.GetString(0);
        Sequence spend = new(row.GetInt64(1));
        if (!_draws.TryGetValue((account, spend), out List<HeldDraw>? draws))
        {
            throw new InvalidRowException($"there are draws of entry {spend}, which holds nothing");
        }

        draws.Add(new HeldDraw(
            new LotKey(PostgresTime.Read(row, 2), new Sequence(row.GetInt64(3))),
            Columns.PayerAt(row, 4),
            new Points(row.GetInt64(5)),
            PostgresTime.ReadOptional(row, 6)));
    }

    /// <summary>The holds of an account, in order.</summary>
    /// <exception cref="InvalidRowException">One of them has no draws.</exception>
    public IReadOnlyList<HoldSnapshot> Of(string account)
    {
        if (!_holds.TryGetValue(account, out List<HoldSnapshot>? holds))
        {
            return [];
        }

        return holds.TrueForAll(hold => hold.Draws.Count > 0)
            ? holds
            : throw new InvalidRowException("a pending spend has no draws");
    }
}
