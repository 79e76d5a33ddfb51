using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>If chunks of a long snapshot are not as stored, the store refuses their account and no other account.</summary>
public sealed class ChunkTests(SharedCluster shared) : IAsyncLifetime
{
    private const string Swap =
        """
        UPDATE account_chunk AS one SET body = other.body FROM account_chunk AS other
        WHERE one.account = 'giant' AND other.account = 'giant' AND (one.chunk, other.chunk) IN ((1, 2), (2, 1))
        """;

    private readonly PostgresHost _host = new(shared);
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Damages =>
    [
        "DELETE FROM account_chunk WHERE account = 'giant' AND chunk = 1",
        "DELETE FROM account_chunk WHERE account = 'giant'",
        "UPDATE account_chunk SET body = substr(body, 2) WHERE account = 'giant' AND chunk = 1",
        "UPDATE account_chunk SET body = '' WHERE account = 'giant'",
        "UPDATE account_chunk SET body = body || '\\x00'::bytea WHERE account = 'giant'",
        "UPDATE account_chunk SET chunk = chunk + 1000 WHERE account = 'giant'",
        "UPDATE account_chunk SET body = (SELECT body FROM account_chunk WHERE account = 'other' AND chunk = 1) WHERE account = 'giant' AND chunk = 1",
        Swap,
    ];

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _ledger = new ScriptedLedger(new CommitChain(_host.Clock));
        _ledger.Add("small", "P", 100);
        foreach (string account in new[] { "giant", "other" })
        {
            for (int number = 0; number < 3_000; number++)
            {
                _ledger.Add(account, "P", 5, day: number / 2, expiresIn: TimeSpan.FromDays(9));
            }
        }

        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_load_reports_an_account_with_damaged_chunks_and_loads_others_normally(string damage)
    {
        await _host.Sql.RunAsync(damage);
        List<LoadedAccount> loaded = await LoadAsync();
        Assert.Equal(Given.Account("giant"), Assert.Single(loaded, account => account.Damage is not null).Account);
        foreach (LoadedAccount account in loaded.Where(account => account.Damage is null))
        {
            StoreAssert.Equal(_ledger.States[account.Account].ToSnapshot(), account.Snapshot);
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Reads_of_an_account_with_damaged_chunks_are_refused(string damage)
    {
        await _host.Sql.RunAsync(damage);
        foreach (string account in new[] { "giant", "other" })
        {
            Task Read() => _host.AccountStore.ReadLotsAsync(new LotQuery(Given.Account(account), 10, Given.Time), Token).AsTask();
            Exception? failure = await Record.ExceptionAsync(Read);
            Assert.Equal(account == "giant", failure is AccountDamagedException);
        }

        // Due events need all lots. An account without due events needs no chunk.
        AccountId[] accounts = [Given.Account("giant"), Given.Account("small")];
        IReadOnlyList<StoredBalance> due = await _host.AccountStore.ReadBalancesAsync(accounts, Instant.MaxValue, Token);
        Assert.Equal([(accounts[0], true), (accounts[1], false)], due.OrderBy(item => item.Account).Select(item => (item.Account, item.Damage is not null)));
        IReadOnlyList<StoredBalance> none = await _host.AccountStore.ReadBalancesAsync(accounts, Given.Time, Token);
        Assert.All(none, item => Assert.Null(item.Damage));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_round_that_needs_a_damaged_chunk_skips_only_its_account(string damage)
    {
        await _host.Sql.RunAsync(damage);
        foreach (string account in new[] { "giant", "other", "small", "new" })
        {
            _ledger.Add(account, "P", 5, day: -1);
            _ledger.Spend(account, 7);
        }

        SnapshotRound round = _ledger.Round();
        Assert.True(await _host.AccountStore.ApplyAsync(round, Token));
        Assert.Equal(Given.Account("giant"), Assert.Single(round.Damages).Account);
        foreach (LoadedAccount account in (await LoadAsync()).Where(account => account.Account != Given.Account("giant")))
        {
            StoreAssert.Equal(_ledger.States[account.Account].ToSnapshot(), account.Snapshot);
        }
    }

    [Fact]
    public async Task A_chunk_of_an_older_state_is_damage()
    {
        byte[] old = await _host.Sql.ScalarAsync<byte[]>("SELECT body FROM account_chunk WHERE account = 'giant' AND chunk = 1");
        _ledger.Spend("giant", 7);
        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), Token));
        Assert.DoesNotContain(await LoadAsync(), account => account.Damage is not null);
        await _host.Sql.RunAsync("UPDATE account_chunk SET body = $1 WHERE account = 'giant' AND chunk = 1", old);
        Assert.Equal("chunk 1 does not match its checksum", Assert.Single(await LoadAsync(), account => account.Damage is not null).Damage!.Damage);
    }

    [Fact]
    public async Task A_missing_chunk_is_named()
    {
        await _host.Sql.RunAsync("DELETE FROM account_chunk WHERE account = 'giant' AND chunk > 1");
        Assert.Equal("chunk 2 is missing", Assert.Single(await LoadAsync(), account => account.Damage is not null).Damage!.Damage);
    }

    [Fact]
    public async Task Due_points_of_an_account_with_damaged_chunks_do_not_count()
    {
        await _host.Sql.RunAsync("DELETE FROM account_chunk WHERE account = 'giant' AND chunk = 1");
        DueSums due = await _host.AccountStore.ReadDueAsync(Instant.MaxValue, Token);
        Assert.Equal((15_000, Given.Account("giant")), ((int)Assert.Single(due.Points).Value, Assert.Single(due.Unknown)));
    }

    private Task<List<LoadedAccount>> LoadAsync() =>
        StoreAssert.LoadAsync(_host.AccountStore, [.. _ledger.States.Keys.Select(account => new AccountRequest(account, true, [], []))]);
}
