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
        SELECT hold.sequence, hold.ends_at, hold.points, operation.points
        FROM hold LEFT JOIN operation ON operation.account = hold.account AND operation.first_sequence = hold.sequence
        WHERE hold.account = ?1 ORDER BY hold.sequence
        """);

    private readonly Statement _draws = prepare(
        """
        SELECT occurred_at, lot, payer, points, expires_at, hold FROM held_draw WHERE account = ?1
        ORDER BY hold, occurred_at, lot
        """);

    /// <summary>Reads the holds of an account in the order of their spends, each with its draws in the order of lots.</summary>
    /// <exception cref="InvalidRowException">The draws of a hold are not what its spend comes to, or have no hold.</exception>
    public IReadOnlyList<HoldSnapshot> Read(AccountId account)
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

            rows.Add(spend, _holds.InstantAt(1), new Points(points));
        }

        _draws.Bind(1, account.Value);
        while (_draws.Step())
        {
            rows.AddDraw(new Sequence(_draws.Int64(5)), DrawAt(_draws));
        }

        return rows.ToHolds();
    }

    /// <summary>Reads a draw out of five columns, beginning at the first.</summary>
    public static HeldDraw DrawAt(Statement row) => new(
        new LotKey(row.InstantAt(0), new Sequence(row.Int64(1))),
        row.PayerAt(2),
        new Points(row.Int64(3)),
        row.OptionalInstantAt(4));
}
