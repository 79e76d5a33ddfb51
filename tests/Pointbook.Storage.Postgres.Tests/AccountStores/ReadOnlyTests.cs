using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>A store that was opened for reading reports damaged accounts, but does not mark them.</summary>
public sealed class ReadOnlyTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        ScriptedLedger ledger = new(new CommitChain(_host.Clock));
        ledger.Add("a", "P", 100);
        Commit commit = ledger.Commit();
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, Token));
        Assert.True(await _host.AccountStore.ApplyAsync(SnapshotRound.From([commit]), Token));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Rows_with_an_invalid_account_key_are_damage()
    {
        await _host.Sql.RunAsync("UPDATE account SET account = 'a b'");
        AccountStoreDamagedException damage = await FindAsync(async accountStore => await accountStore.ListAccountsAsync("", null, 100, Token));
        Assert.Equal("The derived tables of partition 0 are unreadable: rows have an invalid account key.", damage.Message);
    }

    private async Task<AccountStoreDamagedException> FindAsync(Func<IAccountStore, Task> read)
    {
        await using PostgresStore store = await PostgresStore.OpenReadOnlyAsync(_host.Options, Token);
        AccountStoreDamagedException damage = await Assert.ThrowsAsync<AccountStoreDamagedException>(() => read(store.Partitions[0].AccountStore));
        Assert.Equal(0, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM account_store_position WHERE damage IS NOT NULL"));
        Assert.Equal(0, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM damaged_account"));
        return damage;
    }
}
