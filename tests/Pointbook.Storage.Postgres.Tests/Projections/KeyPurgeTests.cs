using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Projections;

/// <summary>Several processes delete old idempotency keys at the same time, while others go on using them.</summary>
public sealed class KeyPurgeTests(SharedCluster shared) : IAsyncLifetime
{
    private const int Keys = 500;

    private readonly PostgresHost _host = new(shared);
    private ScriptedLedger _ledger = null!;
    private Instant _old;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _ledger = new ScriptedLedger(new CommitChain(_host.Clock));
        for (int number = 0; number < Keys; number++)
        {
            _ledger.Add($"account{number % 10}", "P", 1, key: $"old{number}");
        }

        Assert.True(await _host.Projection.ApplyAsync(_ledger.Round(), Token));
        _host.Clock.Advance(TimeSpan.FromDays(1));
        _old = Instant.FromDateTimeOffset(_host.Clock.GetUtcNow());
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Several_processes_at_once_delete_each_old_key_once_and_no_new_one()
    {
        _ledger.Add("account0", "P", 1, key: "new");
        Assert.True(await _host.Projection.ApplyAsync(_ledger.Round(), Token));
        await using PostgresStore other = await PostgresStore.OpenAsync(_host.Options, NullLogger.Instance, Token);
        int[] deleted = await Task.WhenAll(
            ForgetAllAsync(_host.Projection), ForgetAllAsync(other.Partitions[0].Projection), ForgetAllAsync(other.Partitions[0].Projection));
        Assert.Equal(Keys, deleted.Sum());
        Assert.Equal(["new"], await _host.Sql.QueryAsync("SELECT key FROM idempotency_key", row => row.GetString(0)));
    }

    [Fact]
    public async Task A_key_that_somebody_uses_again_at_the_same_time_is_not_waited_for_and_stays()
    {
        await using Sql user = await Sql.OpenAsync(_host.Database);
        await user.RunAsync("BEGIN");
        await user.RunAsync("UPDATE idempotency_key SET decided_at = decided_at + interval '2 days' WHERE key = 'old3'");
        Assert.Equal(Keys - 1, await ForgetAllAsync(_host.Projection));
        await user.RunAsync("COMMIT");

        Assert.Equal(0, await ForgetAllAsync(_host.Projection));
        Assert.Equal(["old3"], await _host.Sql.QueryAsync("SELECT key FROM idempotency_key", row => row.GetString(0)));
    }

    private async Task<int> ForgetAllAsync(IProjection projection)
    {
        int sum = 0;
        while (await projection.ForgetKeysAsync(_old, 20, Token) is > 0 and int forgotten)
        {
            Assert.InRange(forgotten, 1, 20);
            sum += forgotten;
        }

        return sum;
    }
}
