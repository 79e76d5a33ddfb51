using System.Diagnostics;
using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>The time to load an account depends on the number of its rows, and not on the number of payers of its lots.</summary>
public sealed class LoadTimeTests(SharedCluster shared) : IAsyncLifetime
{
    private const int Lots = 100_000;
    private const int Payers = 10_000;
    private const int Turns = 6;

    private readonly PostgresHost _host = new(shared);
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _ledger = new ScriptedLedger(new CommitChain(_host.Clock));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Many_payers_take_no_more_time_than_their_names()
    {
        await FillAsync("one", payers: 1);
        await FillAsync("many", Payers);

        // The test alternates between both, so that a slow moment of the machine affects both.
        (TimeSpan one, TimeSpan many) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (int turn = 0; turn < Turns; turn++)
        {
            one = Shorter(one, await LoadAsync("one", payers: 1));
            many = Shorter(many, await LoadAsync("many", Payers));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Lots} lots of 1 payer: {one}, of {Payers} payers: {many}");

        // Each chunk of lots contains the names of its payers.
        Assert.True(many < one * 12, $"{Lots} lots of 1 payer took {one}, and of {Payers} payers {many}.");
    }

    private async Task FillAsync(string account, int payers)
    {
        for (int number = 0; number < Lots; number++)
        {
            _ledger.Add(account, $"PAYER {number % payers}", 1);
        }

        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Loads an account.</summary>
    /// <returns>How long the load took.</returns>
    private async Task<TimeSpan> LoadAsync(string account, int payers)
    {
        AccountId id = AccountId.FromTrusted(account);
        long started = Stopwatch.GetTimestamp();
        await foreach (LoadedAccount loaded in _host.AccountStore.LoadAsync(new LoadRequest([new AccountRequest(id, true, [], [])], Sequence.Zero), Token))
        {
            Assert.Equal((Lots, payers), (loaded.Snapshot!.Lots.Count, loaded.Snapshot.Payers.Count));
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
