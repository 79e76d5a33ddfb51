using Pointbook.Clusters;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>The store finds due events even if very many of them belong to one account, or no longer belong to any account.</summary>
public sealed class DueTests(SharedCluster shared) : IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(10);

    private readonly PostgresHost _host = new(shared);
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Instant Due => Instant.FromDateTimeOffset(_host.Clock.GetUtcNow() + Lifetime).PlusClamped(TimeSpan.FromMinutes(1));

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _ledger = new ScriptedLedger(new CommitChain(_host.Clock));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task An_account_with_very_many_due_lots_hides_no_other_account(int countMax)
    {
        for (int number = 0; number < 300; number++)
        {
            _ledger.Add("giant", "P", 1, expiresIn: Lifetime - TimeSpan.FromMinutes(1));
        }

        _ledger.Add("second", "P", 1, expiresIn: Lifetime - TimeSpan.FromSeconds(30));
        _ledger.Add("third", "P", 9);
        _ledger.Hold("third", 5, Lifetime);
        _ledger.Add("never", "P", 1, expiresIn: Lifetime + TimeSpan.FromDays(1));
        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));

        string[] expected = ["giant", "second", "third"];
        Assert.Equal(expected.Take(countMax), await ListAsync(countMax));
    }

    [Fact]
    public async Task Holds_that_a_flush_ended_are_not_due_and_hide_no_account()
    {
        for (int number = 0; number < 30; number++)
        {
            _ledger.Add($"flushed{number}", "P", 9);
            _ledger.Hold($"flushed{number}", 5, Lifetime - TimeSpan.FromHours(1));
            _ledger.Flush($"flushed{number}");
        }

        _ledger.Add("pending", "P", 9);
        _ledger.Hold("pending", 5, Lifetime);
        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
        Assert.Equal(["pending"], await ListAsync(2));

        // The lots that a restore brings back are due as before.
        _ledger.Restore("flushed7", _ledger.LastOperation("flushed7"));
        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
        Assert.Equal(["flushed7", "pending"], await ListAsync(3));
    }

    private async Task<IEnumerable<string>> ListAsync(int countMax) =>
        (await _host.AccountStore.ListDueAccountsAsync(Due, countMax, Token)).Select(account => account.Value);
}
