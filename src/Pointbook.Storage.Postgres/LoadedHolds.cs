using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Puts the holds of accounts together out of their rows. Used once.</summary>
internal sealed class LoadedHolds
{
    /// <summary>The columns of <see cref="AddHold"/>, and the one of <see cref="CheckAside"/>.</summary>
    public const string HoldsSql =
        "SELECT account, sequence, ends_at, points, is_aside FROM hold WHERE account = ANY ($1) AND partition = $2 ORDER BY account, sequence";

    /// <summary>The columns of <see cref="AddDraw"/>.</summary>
    public const string DrawsSql =
        """
        SELECT account, hold, occurred_at, lot, payer, points, expires_at
        FROM held_draw
        WHERE account = ANY ($1) AND partition = $2
        ORDER BY account, hold, occurred_at, lot
        """;

    private readonly Dictionary<string, HoldRows> _accounts = new(StringComparer.Ordinal);

    /// <summary>Adds a hold.</summary>
    public void AddHold(NpgsqlDataReader row) =>
        RowsOf(row.GetString(0)).Add(new Sequence(row.GetInt64(1)), PostgresTime.Read(row, 2), new Points(row.GetInt64(3)));

    /// <summary>Checks that a hold is set aside exactly if a flush did that. Due holds are found by this column, so a wrong one ends a hold too early, or never.</summary>
    /// <param name="row">The row of the hold.</param>
    /// <param name="isFlushed">Whether its account stands at its latest flush, which set all its holds aside.</param>
    /// <exception cref="InvalidRowException">The hold is set aside without a flush, or the reverse.</exception>
    public static void CheckAside(NpgsqlDataReader row, bool isFlushed)
    {
        bool isAside = row.GetBoolean(4);
        if (isAside != isFlushed)
        {
            throw new InvalidRowException(isAside
                ? $"the pending spend {row.GetInt64(1)} is set aside and its account does not stand at a flush"
                : $"the pending spend {row.GetInt64(1)} is not set aside and its account stands at a flush");
        }
    }

    /// <summary>Adds a draw.</summary>
    public void AddDraw(NpgsqlDataReader row) => RowsOf(row.GetString(0)).AddDraw(
        new Sequence(row.GetInt64(1)),
        new HeldDraw(
            new LotKey(PostgresTime.Read(row, 2), new Sequence(row.GetInt64(3))),
            Columns.PayerAt(row, 4),
            new Points(row.GetInt64(5)),
            PostgresTime.ReadOptional(row, 6)));

    /// <summary>The holds of an account, in the order in which they were added.</summary>
    /// <exception cref="InvalidRowException">Holds and draws do not agree.</exception>
    public IReadOnlyList<HoldSnapshot> Of(string account) => _accounts.TryGetValue(account, out HoldRows? rows) ? rows.ToHolds() : [];

    private HoldRows RowsOf(string account)
    {
        if (!_accounts.TryGetValue(account, out HoldRows? rows))
        {
            rows = new HoldRows();
            _accounts.Add(account, rows);
        }

        return rows;
    }
}
