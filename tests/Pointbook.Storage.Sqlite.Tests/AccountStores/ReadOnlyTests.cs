using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>A store that was opened for reading reports damaged accounts, but does not mark them.</summary>
public sealed class ReadOnlyTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new();

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
        AccountStoreDamagedException damage = await FindAsync(
            "UPDATE account SET account = 'a b'", async accountStore => await accountStore.ListAccountsAsync("", null, 100, Token));
        Assert.Equal($"The derived tables in {_host.Files.AccountStore} are unreadable: rows have an invalid account key.", damage.Message);
    }

    private async Task<AccountStoreDamagedException> FindAsync(string change, Func<IAccountStore, Task> read)
    {
        Sql.Run(_host.Files.AccountStore, change);
        string[] files = Directory.GetFiles(_host.Files.Path);
        await using ReadOnlySqliteStore store = ReadOnlySqliteStore.Open(_host.Options, _host.Clock, isExclusive: false);
        SqliteAccountStore accountStore = Assert.IsType<SqliteAccountStore>(store.OpenAccountStore().AccountStore);
        AccountStoreDamagedException damage = await Assert.ThrowsAsync<AccountStoreDamagedException>(() => read(accountStore));
        Assert.Equal(files.Order(), Directory.GetFiles(_host.Files.Path).Order());
        return damage;
    }
}
