using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Adds up the remaining points of expired lots, inside a snapshot of the caller. Not thread-safe.</summary>
internal sealed class DueRows(Func<string, Statement> prepare, SnapshotRows rows)
{
    // Rounds skip damaged accounts, so the remaining points of their lots are unknown.
    internal const string Sql =
        $"""
        SELECT account, {SnapshotRows.RowColumns} FROM account
        WHERE next_due <= ?1 AND NOT EXISTS (SELECT 1 FROM damaged_account WHERE account = account.account)
        """;

    private readonly Statement _due = prepare(Sql);
    private readonly Statement _position = prepare(RoundWriter.PositionSql);
    private readonly Statement _damaged = prepare("SELECT account FROM damaged_account");

    /// <summary>Reads the sums. A damaged snapshot affects only its account.</summary>
    public DueSums Read(Instant now)
    {
        Dictionary<PayerName, Int128> points = [];
        HashSet<AccountId> unknown = [];
        while (_damaged.Step())
        {
            unknown.Add(_damaged.AccountAt(0));
        }

        _due.Bind(1, now.UnixMicroseconds);
        while (_due.Step())
        {
            if (AccountId.TryCreate(_due.OptionalText(0) ?? string.Empty, out AccountId? account, out _) && !TryAdd(account, now, points))
            {
                // The next load of the account finds and reports the damage.
                rows.Abandon();
                unknown.Add(account);
            }
        }

        return new DueSums(RoundWriter.ReadPosition(_position), points, unknown);
    }

    private bool TryAdd(AccountId account, Instant now, Dictionary<PayerName, Int128> points)
    {
        try
        {
            StoredAccount stored = StoredAccount.Read(account, SnapshotRows.RowAt(_due, 1));
            rows.Provide(stored, stored.ChunksForExpiredLots(now));
            foreach (LotSnapshot lot in stored.ExpiredLots(now).ToList())
            {
                points[lot.Payer] = points.GetValueOrDefault(lot.Payer) + lot.Remaining.Value;
            }

            return true;
        }
        catch (InvalidRowException)
        {
            return false;
        }
    }
}
