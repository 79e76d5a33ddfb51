using Pointbook.Engine;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Writes which spends of an account are pending, inside a transaction of the caller. Not thread-safe.</summary>
internal sealed class HoldWriter(StatementSet statements)
{
    private readonly Statement _openHold = statements.Prepare("INSERT INTO hold (account, sequence, ends_at, points) VALUES (?1, ?2, ?3, ?4)");

    private readonly Statement _addDraw = statements.Prepare(
        "INSERT INTO held_draw (account, hold, occurred_at, lot, payer, points, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    private readonly Statement _closeHold = statements.Prepare("DELETE FROM hold WHERE account = ?1 AND sequence = ?2 RETURNING points");
    private readonly Statement _deleteDraws = statements.Prepare("DELETE FROM held_draw WHERE account = ?1 AND hold = ?2");
    private readonly Statement _dropHolds = statements.Prepare("DELETE FROM hold WHERE account = ?1");
    private readonly Statement _dropDraws = statements.Prepare("DELETE FROM held_draw WHERE account = ?1");

    private readonly Statement _setAside = statements.Prepare("UPDATE hold SET is_aside = ?2 WHERE account = ?1");

    /// <summary>Writes what changes.</summary>
    /// <param name="account">Whose holds.</param>
    /// <param name="changes">What changes.</param>
    /// <param name="held">How many points the rows held before.</param>
    /// <returns>How many points they hold.</returns>
    /// <exception cref="InvalidRowException">That cannot be, so what the rows held before was wrong.</exception>
    public long Write(string account, HoldChanges changes, long held)
    {
        Int128 sum = held;
        if (changes.DropsRows)
        {
            sum = 0;
            _dropHolds.Bind(1, account).Run();
            _dropDraws.Bind(1, account).Run();
        }

        foreach (Sequence closed in changes.Closed)
        {
            // A spend that was never pending has no row, and so no draws that would have to be looked for.
            if (_closeHold.Bind(1, account).Bind(2, closed.Value).Step())
            {
                sum -= _closeHold.Int64(0);
                // Stepping past the one row ends the statement, so that it can be bound again.
                _closeHold.Step();
                _deleteDraws.Bind(1, account).Bind(2, closed.Value).Run();
            }
        }

        foreach (HoldSnapshot opened in changes.Opened)
        {
            sum += Open(account, opened).Value;
        }

        if (changes.SetsAside is { } setsAside)
        {
            _setAside.Bind(1, account).Bind(2, setsAside ? 1L : 0L).Run();
        }

        return sum >= 0 && sum <= long.MaxValue ? (long)sum : throw new InvalidRowException($"its pending spends hold {sum} points");
    }

    private Points Open(string account, HoldSnapshot hold)
    {
        Points points = hold.Draws.Aggregate(Points.Zero, (sum, draw) => sum + draw.Points);
        _openHold.Bind(1, account).Bind(2, hold.Spend.Value).Bind(3, hold.EndsAt.UnixMicroseconds).Bind(4, points.Value).Run();
        foreach (HeldDraw draw in hold.Draws)
        {
            _addDraw.Bind(1, account).Bind(2, hold.Spend.Value)
                .Bind(3, draw.Lot.OccurredAt.UnixMicroseconds).Bind(4, draw.Lot.Sequence.Value)
                .Bind(5, draw.Payer.Value).Bind(6, draw.Points.Value).Bind(7, draw.ExpiresAt?.UnixMicroseconds)
                .Run();
        }

        return points;
    }
}
