using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the position of the account store's tables, inside a snapshot of the caller. Not thread-safe.</summary>
internal sealed class TablePosition(Func<string, Statement> prepare)
{
    private readonly Statement _position = prepare("SELECT last_sequence FROM account_store_position");

    /// <summary>The failure of a file without a position. Its rows may contain anything.</summary>
    public static AccountStoreDamagedException Missing() => new("The account store has no position.");

    /// <summary>Reads the position. The tables contain everything up to this entry.</summary>
    /// <exception cref="AccountStoreDamagedException">There is no position.</exception>
    public Sequence Read()
    {
        if (!_position.Step())
        {
            throw Missing();
        }

        Sequence position = new(_position.Int64(0));
        _position.Reset();
        return position;
    }
}
