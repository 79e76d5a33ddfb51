using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the pending spends of accounts, inside a snapshot of the caller. Not thread-safe.</summary>
internal sealed class HoldRows(Func<string, Statement> prepare)
{
    private readonly Statement _holds = prepare(
        """
        SELECT hold.sequence, hold.ends_at, operation.points
        FROM hold LEFT JOIN operation ON operation.account = hold.account AND operation.first_sequence = hold.sequence
        WHERE hold.account = ?1 ORDER BY hold.sequence
        """);

    private readonly Statement _draws = prepare(
        """
        SELECT hold, occurred_at, lot, payer, points, expires_at FROM held_draw WHERE account = ?1
        ORDER BY hold, occurred_at, lot
        """);

    /// <summary>Reads the holds of an account in the order of their spends, each with its draws in the order of lots.</summary>
    /// <exception cref="AccountDamagedException">The draws of a hold are not what its spend comes to, or have no hold.</exception>
    public IReadOnlyList<HoldSnapshot> Read(AccountId account)
    {
        List<(Sequence Spend, Instant EndsAt, long? Points)> rows = [];
        _holds.Bind(1, account.Value);
        while (_holds.Step())
        {
            rows.Add((new Sequence(_holds.Int64(0)), _holds.InstantAt(1), _holds.OptionalInt64(2)));
        }

        Dictionary<Sequence, List<HeldDraw>> draws = ReadDraws(account);
        List<HoldSnapshot> holds = new(rows.Count);
        foreach ((Sequence spend, Instant endsAt, long? points) in rows)
        {
            if (!draws.Remove(spend, out List<HeldDraw>? drawn) || drawn.Aggregate(Int128.Zero, (sum, draw) => sum + draw.Points.Value) != -points)
            {
                throw Damaged(account, spend);
            }

            holds.Add(new HoldSnapshot(spend, endsAt, drawn));
        }

        return draws.Count == 0 ? holds : throw Damaged(account, draws.Keys.Min());
    }

    private Dictionary<Sequence, List<HeldDraw>> ReadDraws(AccountId account)
    {
        Dictionary<Sequence, List<HeldDraw>> draws = [];
        _draws.Bind(1, account.Value);
        while (_draws.Step())
        {
            Sequence spend = new(_draws.Int64(0));
            if (!draws.TryGetValue(spend, out List<HeldDraw>? drawn))
            {
                drawn = [];
                draws.Add(spend, drawn);
            }

            drawn.Add(new HeldDraw(
                new LotKey(_draws.InstantAt(1), new Sequence(_draws.Int64(2))),
                _draws.PayerAt(3),
                new Points(_draws.Int64(4)),
                _draws.OptionalInstantAt(5)));
        }

        return draws;
    }

    private static AccountDamagedException Damaged(AccountId account, Sequence spend) =>
        new(account, $"what the pending spend {spend} holds does not add up to the spend");
}
