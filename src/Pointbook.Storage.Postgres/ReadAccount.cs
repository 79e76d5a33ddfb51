using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>One of several accounts that are read together. Its damage affects only this account. Not thread-safe.</summary>
internal sealed class ReadAccount(AccountId account)
{
    private StoredAccount _stored = StoredAccount.Empty(account);

    /// <summary>The account.</summary>
    public AccountId Account => account;

    /// <summary>Whether it is marked as damaged.</summary>
    public bool IsMarked { get; private set; }

    /// <summary>The damage of its rows, or null if none was found yet.</summary>
    public AccountDamagedException? Damage { get; private set; }

    /// <summary>Whether the account has a readable row.</summary>
    public bool HasRow => _stored.Row.StandsAt != Sequence.Zero;

    /// <summary>The account, as far as it was read.</summary>
    /// <exception cref="AccountDamagedException">The rows are damaged.</exception>
    public StoredAccount Stored => Damage is null ? _stored : throw Damage;

    /// <summary>Forgets the rows and their damage. The rows are deleted because the account was erased.</summary>
    public void Forget() => (_stored, IsMarked, Damage) = (StoredAccount.Empty(account), false, null);

    /// <summary>Records the mark of a damaged account.</summary>
    public void Mark(string damage)
    {
        IsMarked = true;
        Damage = new AccountDamagedException(account, damage);
    }

    /// <summary>Reads the account's row. The columns are those of <see cref="AccountRows.Columns"/>.</summary>
    public void Take(NpgsqlDataReader row) => Try(_ => _stored = StoredAccount.Read(account, new StoredRow(
        new Sequence(row.GetInt64(1)),
        row.IsDBNull(2) ? null : row.GetInt64(2),
        row.IsDBNull(3) ? null : row.GetInt64(3),
        row.GetFieldValue<byte[]>(4))));

    /// <summary>Records damage of the rows, or of the directory.</summary>
    public void Fail(InvalidRowException fault) => Damage ??= AccountDamagedException.Of(account, fault);

    /// <summary>Uses the account unless its rows are damaged. The use itself may find the damage.</summary>
    public void Try(Action<StoredAccount> use) => Try<object?>(
        stored =>
        {
            use(stored);
            return null;
        },
        null);

    /// <summary>Uses the account unless its rows are damaged. The use itself may find the damage.</summary>
    /// <param name="use">The function to run.</param>
    /// <param name="otherwise">The result if the rows are damaged.</param>
    public T Try<T>(Func<StoredAccount, T> use, T otherwise)
    {
        if (Damage is not null)
        {
            return otherwise;
        }

        try
        {
            return use(_stored);
        }
        catch (AccountDamagedException found)
        {
            Damage = found;
        }
        catch (InvalidRowException fault)
        {
            Fail(fault);
        }

        return otherwise;
    }
}
