using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>How much memory the snapshot writer allocates for each account of a round. Garbage costs processor time, and pauses all callers.</summary>
public sealed class AllocationTests
{
    private const int Accounts = 500;
    private const int Lots = 50;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writing_the_snapshot_of_an_account_allocates_almost_nothing()
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        ScriptedLedger ledger = new(new CommitChain(host.Clock));
        for (int number = 0; number < Accounts * Lots; number++)
        {
            ledger.Add($"m{number % Accounts}", $"P{number % 20}", 100);
        }

        Assert.True(await host.AccountStore.ApplyAsync(ledger.Round(), Token));
        await ApplySpendsAsync(host, ledger); // Compiles the code, and fills the buffers.
        long allocated = await ApplySpendsAsync(host, ledger);
        Assert.InRange(allocated / Accounts, 1, 200);
    }

    /// <summary>Spends twice from each account, and applies the round.</summary>
    /// <returns>The allocated bytes of this thread. SQLite is synchronous.</returns>
    private static async Task<long> ApplySpendsAsync(SqliteHost host, ScriptedLedger ledger)
    {
        for (int number = 0; number < 2 * Accounts; number++)
        {
            Assert.True(ledger.Do(new SpendPoints(Given.Account($"m{number % Accounts}"), new Points(150))));
        }

        SnapshotRound round = ledger.Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        ValueTask<bool> applied = host.AccountStore.ApplyAsync(round, Token);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(await applied);
        return allocated;
    }
}
