using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>Several processes delete old idempotency keys at the same time, while other processes continue to use them.</summary>
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

        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
        _host.Clock.Advance(TimeSpan.FromDays(1));
        _old = Instant.FromDateTimeOffset(_host.Clock.GetUtcNow());
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Concurrent_processes_delete_each_old_key_once_and_no_new_key()
    {
        _ledger.Add("account0", "P", 1, key: "new");
        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
        await using PostgresStore other = await PostgresStore.OpenAsync(_host.Options, NullLogger.Instance, Token);
        int[] deleted = await Task.WhenAll(
            ForgetAllAsync(_host.AccountStore), ForgetAllAsync(other.Partitions[0].AccountStore), ForgetAllAsync(other.Partitions[0].AccountStore));
        Assert.Equal(Keys, deleted.Sum());
        Assert.Equal([_ledger.LastOperation("account0")], await ReadRemainingKeysAsync());
    }

    [Fact]
    public async Task Old_keys_are_deleted_while_others_are_used()
    {
        await using PostgresStore other = await PostgresStore.OpenAsync(_host.Options, NullLogger.Instance, Token);
        Task<int> forgetting = Task.Run(() => ForgetAllAsync(other.Partitions[0].AccountStore), Token);
        for (int number = 0; number < 10; number++)
        {
            _ledger.Add($"account{number}", "P", 1, key: $"new{number}");
            Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
        }

        Assert.Equal(Keys, await forgetting);
        Assert.Equal(Enumerable.Range(0, 10).Select(number => _ledger.LastOperation($"account{number}")), await ReadRemainingKeysAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(1000)]
    public async Task Very_many_old_keys_of_an_account_are_deleted_in_parts(int countMax)
    {
        for (int number = 0; number < 700; number++)
        {
            _ledger.Add("giant", "P", 1, key: $"giant{number}");
        }

        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
        _host.Clock.Advance(TimeSpan.FromDays(1));
        _old = Instant.FromDateTimeOffset(_host.Clock.GetUtcNow());
        _ledger.Add("giant", "P", 1, key: "new");
        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
        Assert.Equal(Keys + 700, await ForgetAllAsync(_host.AccountStore, countMax));
        Assert.Equal([_ledger.LastOperation("giant")], await ReadRemainingKeysAsync());
    }

    [Theory]
    [InlineData("UPDATE account SET snapshot = substr(snapshot, 2) WHERE account <> 'account7'")]
    [InlineData("UPDATE account_chunk SET body = substr(body, 2) WHERE account <> 'account7'")]
    [InlineData("UPDATE account_chunk SET body = substr(body, 2) WHERE (account, chunk) IN (SELECT account, max(chunk) FROM account_chunk WHERE account <> 'account7' GROUP BY account)")]
    [InlineData("DELETE FROM account_chunk WHERE account <> 'account7'")]
    public async Task Keys_of_damaged_accounts_are_skipped(string damage)
    {
        await _host.Sql.RunAsync(damage);
        Assert.Equal(Keys / 10, await ForgetAllAsync(_host.AccountStore));
        Assert.Equal(9L, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM account WHERE oldest_key IS NOT NULL"));
    }

    private async Task<IEnumerable<Sequence>> ReadRemainingKeysAsync() =>
        (await _host.ReadTablesAsync()).Accounts.SelectMany(account => account.Keys).Select(key => key.Operation).Order();

    private async Task<int> ForgetAllAsync(IAccountStore accountStore, int countMax = 20)
    {
        int sum = 0;
        while (await accountStore.ForgetKeysAsync(_old, countMax, Token) is > 0 and int forgotten)
        {
            Assert.InRange(forgotten, 1, countMax);
            sum += forgotten;
        }

        return sum;
    }
}
