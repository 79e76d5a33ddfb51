using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>One of several accounts that are read together. What is wrong with it costs this account only. Not thread-safe.</summary>
internal sealed class ReadAccount(AccountId account)
{
    private StoredAccount _stored = StoredAccount.Empty(account);

    /// <summary>Which account.</summary>
    public AccountId Account => account;

    /// <summary>Whether it is marked as damaged.</summary>
    public bool IsMarked { get; private set; }

    /// <summary>What is wrong with its rows; null if nothing was found yet.</summary>
    public AccountDamagedException? Damage { get; private set; }

    /// <summary>Whether it has a row that could be read.</summary>
    public bool HasRow => _stored.Row.StandsAt != Sequence.Zero;

    /// <summary>The account, as far as it was read.</summary>
    /// <exception cref="AccountDamagedException">Something is wrong with its rows.</exception>
    public StoredAccount Stored => Damage is null ? _stored : throw Damage;

    /// <summary>Takes the mark of a damaged account.</summary>
    public void Mark(string damage)
    {
        IsMarked = true;
        Damage = new AccountDamagedException(account, damage);
    }

    /// <summary>Takes its row. The columns are those of <see cref="AccountRows.Columns"/>.</summary>
    public void Take(NpgsqlDataReader row) => Try(_ => _stored = StoredAccount.Read(account, new StoredRow(
        new Sequence(row.GetInt64(1)),
        row.IsDBNull(2) ? null : row.GetInt64(2),
        row.IsDBNull(3) ? null : row.GetInt64(3),
        row.GetFieldValue<byte[]>(4))));

    /// <summary>Says what is wrong with its rows.</summary>
    public void Fail(string damage) => Damage ??= new AccountDamagedException(account, damage);

    /// <summary>Uses the account unless something is wrong with its rows, which may be found on the occasion.</summary>
    public void Try(Action<StoredAccount> use) => Try<object?>(
        stored =>
        {
            use(stored);
            return null;
        },
        null);

    /// <summary>Uses the account unless something is wrong with its rows, which may be found on the occasion.</summary>
    /// <param name="use">What to do.</param>
    /// <param name="otherwise">The result if something is wrong.</param>
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
            Fail(fault.Message);
        }

        return otherwise;
    }
}
