using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;

namespace Pointbook.Storage.Postgres.Tests.Stores;

/// <summary>Readers can tell a closed store from a database that failed.</summary>
public sealed class ClosingTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Reads_of_a_closed_store_throw_that_it_is_closed()
    {
        IJournal journal = _host.Journal;
        IAccountStore accountStore = _host.AccountStore;
        await _host.CloseAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await journal.ReadHeadAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await journal.ReadEntriesAsync([new EntryRange(new Sequence(1), new Sequence(1))], Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await journal.ConfirmAsync(new Sequence(1), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await accountStore.ReadPositionAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await accountStore.ListAccountsAsync("", null, 1, Token));
    }

    [Fact]
    public async Task Reads_of_closed_keys_throw_that_they_are_closed()
    {
        PostgresKeyStore keys = await PostgresKeyStore.OpenAsync(_host.Options, Token);
        await keys.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await keys.ReadVersionAsync(Token));
    }
}
