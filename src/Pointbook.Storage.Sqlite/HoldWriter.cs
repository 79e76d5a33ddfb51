using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Writes which spends of an account are pending, inside a transaction of the caller. Not thread-safe.</summary>
internal sealed class HoldWriter(StatementSet statements)
{
    private readonly Statement _openHold = statements.Prepare("INSERT INTO hold (account, sequence, ends_at) VALUES (?1, ?2, ?3)");

    private readonly Statement _addDraw = statements.Prepare(
        "INSERT INTO held_draw (account, hold, occurred_at, lot, payer, points, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    private readonly Statement _closeHold = statements.Prepare("DELETE FROM hold WHERE account = ?1 AND sequence = ?2");
    private readonly Statement _deleteDraws = statements.Prepare("DELETE FROM held_draw WHERE account = ?1 AND hold = ?2");
    private readonly Statement _dropHolds = statements.Prepare("DELETE FROM hold WHERE account = ?1");
    private readonly Statement _dropDraws = statements.Prepare("DELETE FROM held_draw WHERE account = ?1");

    public void Write(string account, HoldChanges changes)
    {
        if (changes.DropsRows)
        {
            _dropHolds.Bind(1, account).Run();
            _dropDraws.Bind(1, account).Run();
        }

        foreach (Sequence closed in changes.Closed)
        {
            // A spend that was never pending has no row, and so no draws that would have to be looked for.
            if (_closeHold.Bind(1, account).Bind(2, closed.Value).RunAndCount() == 1)
            {
                _deleteDraws.Bind(1, account).Bind(2, closed.Value).Run();
            }
        }

        foreach (HoldSnapshot opened in changes.Opened)
        {
            Open(account, opened);
        }
    }

    private void Open(string account, HoldSnapshot hold)
    {
        _openHold.Bind(1, account).Bind(2, hold.Spend.Value).Bind(3, hold.EndsAt.UnixMicroseconds).Run();
        foreach (HeldDraw draw in hold.Draws)
        {
            _addDraw.Bind(1, account).Bind(2, hold.Spend.Value)
                .Bind(3, draw.Lot.OccurredAt.UnixMicroseconds).Bind(4, draw.Lot.Sequence.Value)
                .Bind(5, draw.Payer.Value).Bind(6, draw.Points.Value).Bind(7, draw.ExpiresAt?.UnixMicroseconds)
                .Run();
        }
    }
}
