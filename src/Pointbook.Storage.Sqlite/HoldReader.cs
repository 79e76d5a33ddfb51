using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the pending spends of accounts, inside a snapshot of the caller. Not thread-safe.</summary>
internal sealed class HoldReader(Func<string, Statement> prepare)
{
    private readonly Statement _holds = prepare(
        """
        SELECT hold.sequence, hold.ends_at, hold.points, operation.points, hold.is_aside
        FROM hold LEFT JOIN operation ON operation.account = hold.account AND operation.first_sequence = hold.sequence
        WHERE hold.account = ?1 ORDER BY hold.sequence
        """);

    private readonly Statement _draws = prepare(
        """
        SELECT occurred_at, lot, payer, points, expires_at, hold FROM held_draw WHERE account = ?1
        ORDER BY hold, occurred_at, lot
        """);

    /// <summary>Reads the holds of an account in the order of their spends, each with its draws in the order of lots.</summary>
    /// <param name="account">The account.</param>
    /// <param name="isFlushed">Whether it stands at its latest flush, which set all its holds aside.</param>
    /// <exception cref="InvalidRowException">
    /// The draws of a hold are not what its spend comes to, or have no hold, or a hold is set aside without a flush, or the reverse.
    /// </exception>
    public IReadOnlyList<HoldSnapshot> Read(AccountId account, bool isFlushed)
    {
        HoldRows rows = new();
        _holds.Bind(1, account.Value);
        while (_holds.Step())
        {
            Sequence spend = new(_holds.Int64(0));
            long points = _holds.Int64(2);
            if (-(Int128)points != _holds.OptionalInt64(3))
            {
                throw new InvalidRowException($"the pending spend {spend} holds {points} points and did not spend them");
            }

            CheckAside(spend, isAside: _holds.Int64(4) != 0, isFlushed);
            rows.Add(spend, _holds.InstantAt(1), new Points(points));
        }

        _draws.Bind(1, account.Value);
        while (_draws.Step())
        {
            rows.AddDraw(new Sequence(_draws.Int64(5)), DrawAt(_draws));
        }

        return rows.ToHolds();
    }

    // Due holds are found by this column, so a wrong one would end a hold too early, or never.
    private static void CheckAside(Sequence spend, bool isAside, bool isFlushed)
    {
        if (isAside != isFlushed)
        {
            throw new InvalidRowException(isAside
                ? $"the pending spend {spend} is set aside and its account does not stand at a flush"
                : $"the pending spend {spend} is not set aside and its account stands at a flush");
        }
    }

    /// <summary>Reads a draw out of five columns, beginning at the first.</summary>
    public static HeldDraw DrawAt(Statement row) => new(
        new LotKey(row.InstantAt(0), new Sequence(row.Int64(1))),
        row.PayerAt(2),
        new Points(row.Int64(3)),
        row.OptionalInstantAt(4));
}
