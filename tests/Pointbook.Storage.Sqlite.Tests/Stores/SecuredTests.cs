using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Stores;

/// <summary>A journal records forever that API keys existed, whatever happens to the file of the keys.</summary>
public sealed class SecuredTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new() { BusyTimeout = TimeSpan.FromMilliseconds(100) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_new_store_is_not_marked_and_stays_unmarked()
    {
        Assert.False(await _host.Store.WasSecuredAsync(Token));
        await _host.OpenAsync();
        Assert.False(await _host.Store.WasSecuredAsync(Token));
    }

    [Fact]
    public async Task A_marked_store_stays_marked_without_its_keys()
    {
        await SqliteKeyStore.Open(_host.Options).DisposeAsync();
        await _host.Store.MarkSecuredAsync(Token);
        Assert.True(await _host.Store.WasSecuredAsync(Token));
        await _host.CloseAsync();
        File.Delete(_host.Files.Keys);
        await _host.OpenAsync();
        Assert.True(await _host.Store.WasSecuredAsync(Token));
        await _host.Store.MarkSecuredAsync(Token);
        Assert.True(await _host.Store.WasSecuredAsync(Token));
    }

    [Fact]
    public async Task A_copy_of_an_open_store_contains_the_mark()
    {
        await _host.Store.MarkSecuredAsync(Token);
        await using ReadOnlySqliteStore readOnly = ReadOnlySqliteStore.Open(_host.Options, _host.Clock, isExclusive: false);
        Assert.True(readOnly.WasSecured);
        using TempDirectory copy = new();
        Sql.Run(_host.Files.Journal, $"VACUUM INTO '{copy.Journal}'");
        await using ReadOnlySqliteStore restored = ReadOnlySqliteStore.Open(new SqliteStoreOptions { Directory = copy.Path }, _host.Clock, isExclusive: true);
        Assert.True(restored.WasSecured);
    }

    [Fact]
    public async Task The_mark_can_be_set_while_commits_are_appended()
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        CommitChain chain = new(host.Clock);
        using CancellationTokenSource marked = new();
        Task appending = Task.Run(
            async () =>
            {
                while (!marked.IsCancellationRequested || chain.Commits.Count < 20)
                {
                    Assert.Equal(AppendResult.Appended, await host.Journal.AppendAsync(chain.AddCredits(1, 2, 3), Token));
                }
            },
            Token);
        await host.Store.MarkSecuredAsync(Token);
        await marked.CancelAsync();
        await appending;

        await host.OpenAsync();
        Assert.True(await host.Store.WasSecuredAsync(Token));
        StoreAssert.Equal(chain.Commits, await StoreAssert.ReadAllAsync(host.Journal));
        Assert.Equal(chain.Head, await JournalVerification.VerifyAsync(host.Journal, Token));
    }

    [Fact]
    public async Task A_mark_that_cannot_be_set_is_not_reported()
    {
        using (Sql other = new(_host.Files.Journal))
        {
            other.Run("BEGIN IMMEDIATE");
            StoreException failed = await Assert.ThrowsAsync<StoreException>(() => _host.Store.MarkSecuredAsync(Token));
            Assert.Contains("locked", failed.Message, StringComparison.Ordinal);
            Assert.False(await _host.Store.WasSecuredAsync(Token));
        }

        await _host.Store.MarkSecuredAsync(Token);
        Assert.True(await _host.Store.WasSecuredAsync(Token));
    }

    [Fact]
    public async Task A_journal_from_before_API_keys_is_upgraded_and_keeps_its_content()
    {
        CommitChain chain = new(_host.Clock);
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(chain.AddCredits(1, 2, 3), Token));
        await _host.CloseAsync();
        Sql.Run(_host.Files.Journal, "DROP TABLE secured; DELETE FROM SchemaVersions WHERE ScriptName LIKE '%.0002_secured.sql'");

        StoreException old = Assert.Throws<StoreException>(() => ReadOnlySqliteStore.Open(_host.Options, _host.Clock, isExclusive: true));
        Assert.Contains("written by an older version", old.Message, StringComparison.Ordinal);
        await _host.OpenAsync();
        Assert.False(await _host.Store.WasSecuredAsync(Token));
        StoreAssert.Equal(chain.Commits, await StoreAssert.ReadAllAsync(_host.Journal));
        await _host.Store.MarkSecuredAsync(Token);
        await _host.OpenAsync();
        Assert.True(await _host.Store.WasSecuredAsync(Token));
    }
}
