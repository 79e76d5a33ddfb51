using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>One store under test: what it keeps survives closing and opening, and is gone once the host is disposed of.</summary>
public abstract class StoreHost : IAsyncDisposable
{
    /// <summary>How far a commit's time may be behind the clock in every store under test.</summary>
    public static TimeSpan SkewMax { get; } = TimeSpan.FromSeconds(5);

    /// <summary>The store's clock. It stands still unless a test moves it.</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    /// <summary>Closes the store if it is open, and opens it.</summary>
    public abstract ValueTask OpenAsync();

    /// <summary>The journal of the open store.</summary>
    public abstract IJournal Journal { get; }

    /// <summary>The account store of the open store.</summary>
    public abstract IAccountStore AccountStore { get; }

    /// <summary>The read model of the open store.</summary>
    public abstract IReadModel ReadModel { get; }

    /// <summary>Reads all that the generation of the read model keeps that answers queries, of payers whose names begin like this.</summary>
    public abstract ValueTask<PayerTables> ReadSumsAsync(string prefix = "");

    /// <summary>Reads all that the account store keeps, of accounts whose names begin like this.</summary>
    public abstract ValueTask<AccountStoreTables> ReadTablesAsync(string prefix = "");

    /// <summary>Whether a text is anywhere in the store.</summary>
    public abstract ValueTask<bool> HasTextAsync(string text);

    /// <summary>Changes the points of an entry of the stored journal, as no part of the ledger does.</summary>
    public abstract ValueTask DamageAsync(Sequence entry);

    /// <summary>Changes rows of the derived tables, those of the read model included, as no part of the ledger does.</summary>
    public abstract ValueTask ChangeRowsAsync(string sql);

    /// <summary>Reads a number out of the derived tables.</summary>
    public abstract ValueTask<long> ReadNumberAsync(string sql);

    /// <summary>Lets so many row writes of the account store through and makes the one after fail, until <see cref="Heal"/>.</summary>
    public abstract void FailAfterWrites(int count);

    /// <summary>Lets the rows of so many accounts through and makes the next account fail, until <see cref="Heal"/>.</summary>
    public abstract void FailAfterAccounts(int count);

    /// <summary>Ends what <see cref="FailAfterWrites"/> or <see cref="FailAfterAccounts"/> began.</summary>
    public abstract void Heal();

    /// <summary>Closes the store and lets everything go.</summary>
    public abstract ValueTask DisposeAsync();
}
