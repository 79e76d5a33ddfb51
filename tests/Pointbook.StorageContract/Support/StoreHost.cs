using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>One store under test. Its data survives closing and opening, and is deleted when the host is disposed of.</summary>
public abstract class StoreHost : IAsyncDisposable
{
    /// <summary>How far a commit's time may be behind the clock in every store under test.</summary>
    public static TimeSpan SkewMax { get; } = TimeSpan.FromSeconds(5);

    /// <summary>The store's clock. It does not advance unless a test moves it.</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    /// <summary>Closes the store if it is open, and opens it.</summary>
    public abstract ValueTask OpenAsync();

    /// <summary>The journal of the open store.</summary>
    public abstract IJournal Journal { get; }

    /// <summary>The account store of the open store.</summary>
    public abstract IAccountStore AccountStore { get; }

    /// <summary>The read model of the open store.</summary>
    public abstract IReadModel ReadModel { get; }

    /// <summary>Reads all sums of the generation of the read model that answers queries, for payers whose names have this prefix.</summary>
    public abstract ValueTask<PayerTables> ReadSumsAsync(string prefix = "");

    /// <summary>Reads everything in the account store, for accounts whose keys have this prefix.</summary>
    public abstract ValueTask<AccountStoreTables> ReadTablesAsync(string prefix = "");

    /// <summary>Whether the store contains a text anywhere.</summary>
    public abstract ValueTask<bool> HasTextAsync(string text);

    /// <summary>Changes the points of an entry in the stored journal, which no part of the ledger does.</summary>
    public abstract ValueTask DamageAsync(Sequence entry);

    /// <summary>Makes every later change of the journal's texts fail.</summary>
    public abstract ValueTask RefuseTextChangesAsync();

    /// <summary>Changes rows of the derived tables, including the read model, which no part of the ledger does.</summary>
    public abstract ValueTask ChangeRowsAsync(string sql);

    /// <summary>Reads a number from the derived tables.</summary>
    public abstract ValueTask<long> ReadNumberAsync(string sql);

    /// <summary>Counts the generations of the read model of which the store contains anything, whether they exist or not.</summary>
    public abstract ValueTask<long> CountGenerationsAsync();

    /// <summary>Lets rounds of the generation that is being built fail for lack of space, until the result is disposed of.</summary>
    public abstract ValueTask<IAsyncDisposable> FillAsync();

    /// <summary>Lets this many row writes of the account store succeed and makes the next one fail, until <see cref="Heal"/>.</summary>
    public abstract void FailAfterWrites(int count);

    /// <summary>Lets the rows of this many accounts succeed and makes the next account fail, until <see cref="Heal"/>.</summary>
    public abstract void FailAfterAccounts(int count);

    /// <summary>Ends the failures of <see cref="FailAfterWrites"/> or <see cref="FailAfterAccounts"/>.</summary>
    public abstract void Heal();

    /// <summary>Closes the store and deletes its data.</summary>
    public abstract ValueTask DisposeAsync();
}
