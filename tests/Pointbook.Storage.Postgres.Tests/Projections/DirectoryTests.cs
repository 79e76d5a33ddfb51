using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Projections;

/// <summary>The directory knows every account that has a row, however many there are.</summary>
public sealed class DirectoryTests(SharedCluster shared) : IAsyncLifetime
{
    private const int Accounts = 1_100;
    private const int Buckets = 8;

    private readonly PostgresHost _host = new(shared);
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _ledger = new ScriptedLedger(new CommitChain(_host.Clock));
        await AddAsync(Enumerable.Range(0, Accounts).Select(Name));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task It_has_as_many_buckets_as_the_accounts_need() => await AssertRightAsync(Accounts, Buckets);

    [Fact]
    public async Task It_grows_with_small_rounds_as_with_large_ones()
    {
        await _host.Projection.ResetAsync(Token);
        _ledger = new ScriptedLedger(new CommitChain(_host.Clock));
        foreach (int[] some in Enumerable.Range(0, Accounts).Chunk(60))
        {
            await AddAsync(some.Select(Name));
        }

        await AssertRightAsync(Accounts, Buckets);
    }

    [Fact]
    public async Task An_account_whose_row_was_deleted_is_not_taken_for_a_new_one()
    {
        await _host.Sql.RunAsync("DELETE FROM account WHERE account IN ('account7', 'account8')");
        AccountId lost = Given.Account("account7");
        LoadedAccount loaded = Assert.Single(await Compare.LoadAsync(_host.Projection, new AccountRequest(lost, false, [Given.Key("key")], [])));
        Assert.Equal("its row is missing", loaded.Damage?.Damage);
        await Assert.ThrowsAsync<AccountDamagedException>(async () => await _host.Projection.ReadAccountAsync(lost, Token));
        await Assert.ThrowsAsync<AccountDamagedException>(async () => await _host.Projection.ReadLotsAsync(new LotQuery(lost, 1, Given.Time), Token));
        Assert.NotNull(Assert.Single(await _host.Projection.ReadBalancesAsync([lost], Given.Time, Token)).Damage);

        ProjectionRound round = await AddAsync(["account6", "account7", "new"]);
        Assert.Equal(lost, Assert.Single(round.Damages).Account);
        Assert.Equal(Accounts - 2 + 1, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM account"));
        Assert.Equal(1, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM damaged_account"));
    }

    [Theory]
    [InlineData("DELETE FROM account_bucket WHERE bucket = 3")]
    [InlineData("UPDATE account_bucket SET body = substr(body, 2) WHERE bucket = 3")]
    [InlineData("UPDATE account_bucket SET body = substr(body, 1, length(body) - 16) WHERE bucket = 3")]
    [InlineData("UPDATE account_bucket SET body = (SELECT body FROM account_bucket WHERE bucket = 4) WHERE bucket = 3")]
    public async Task A_damaged_bucket_costs_new_accounts_that_fall_into_it_and_nobody_else(string damage)
    {
        await _host.Sql.RunAsync(damage);
        string[] news = [.. Enumerable.Range(0, 60).Select(number => $"new{number}")];
        AccountId[] refused = [.. news.Select(Given.Account).Where(account => DirectoryBucket.HashOf(account) % Buckets == 3)];
        Assert.InRange(refused.Length, 1, 30);
        AccountId[] all = [.. _ledger.States.Keys, .. news.Select(Given.Account)];
        List<LoadedAccount> loaded = await Compare.LoadAsync(_host.Projection, [.. all.Select(account => new AccountRequest(account, true, [], []))]);
        Assert.Equal(refused.Order(), loaded.Where(account => account.Damage is not null).Select(account => account.Account).Order());

        ProjectionRound round = await AddAsync([.. news, "account1", "account2"]);
        Assert.Equal(refused.Order(), round.Damages.Select(found => found.Account).Order());
        Assert.Equal(Accounts + 60 - refused.Length, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM account"));
    }

    [Theory]
    [InlineData("DELETE FROM account_bucket WHERE bucket = 7")]
    [InlineData("INSERT INTO account_bucket (partition, bucket, body) SELECT 0, 8, body FROM account_bucket WHERE bucket = 0")]
    public async Task Buckets_that_are_too_many_or_too_few_are_found(string damage)
    {
        await _host.Sql.RunAsync(damage);
        ProjectionRound round = await AddAsync(["new", "account1"]);
        Assert.Equal(Given.Account("new"), Assert.Single(round.Damages).Account);
    }

    [Fact]
    public async Task A_damaged_directory_does_not_grow_and_does_not_stop_a_round()
    {
        await _host.Sql.RunAsync("UPDATE account_bucket SET body = '' WHERE bucket = 3");
        ProjectionRound round = await AddAsync(Enumerable.Range(0, 1_500).Select(number => $"more{number}"));
        Assert.All(round.Damages, damage => Assert.Equal(3, DirectoryBucket.HashOf(damage.Account) % Buckets));
        Assert.Equal(Buckets, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM account_bucket"));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-5L)]
    [InlineData(1_000_000_000L)]
    [InlineData(long.MaxValue)]
    public async Task A_wrong_number_of_accounts_harms_nothing(long accounts)
    {
        await _host.Sql.RunAsync("UPDATE projection_position SET accounts = $1", accounts);
        ProjectionRound round = await AddAsync(["new"]);
        Assert.Empty(round.Damages);
        Assert.Equal(Buckets, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM account_bucket"));
    }

    private static string Name(int number) => $"account{number}";

    private async Task<ProjectionRound> AddAsync(IEnumerable<string> accounts)
    {
        foreach (string account in accounts)
        {
            Assert.True(_ledger.Add(account, "P", 1));
        }

        ProjectionRound round = _ledger.Round();
        Assert.True(await _host.Projection.ApplyAsync(round, Token));
        return round;
    }

    private async Task AssertRightAsync(long accounts, int buckets)
    {
        List<DirectoryBucket> stored = await _host.Sql.QueryAsync(
            "SELECT bucket, body FROM account_bucket ORDER BY bucket", row => DirectoryBucket.Read(row.GetInt32(0), buckets, row.GetFieldValue<byte[]>(1)));
        Assert.Equal(buckets, stored.Count);
        Assert.Equal(accounts, stored.Sum(bucket => bucket.AccountCount));
        Assert.Equal(accounts, await _host.Sql.ScalarAsync<long>("SELECT accounts FROM projection_position"));
        foreach (string account in await _host.Sql.QueryAsync("SELECT account FROM account", row => row.GetString(0)))
        {
            stored[DirectoryBucket.HashOf(Given.Account(account)) % buckets].ThrowIfUnknown(Given.Account(account));
        }

        LoadedAccount nobody = Assert.Single(await Compare.LoadAsync(_host.Projection, new AccountRequest(Given.Account("nobody"), true, [], [])));
        Compare.Equal(AccountSnapshot.Empty(Given.Account("nobody")), nobody.Snapshot);
    }
}
