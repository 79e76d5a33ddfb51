using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>Two snapshot writers on one file apply no commit twice.</summary>
public sealed class TwoSnapshotWritersTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new();
    private CommitChain _chain = null!;
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        _ledger = new ScriptedLedger(_chain);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Two_concurrent_snapshot_writers_produce_the_same_tables_as_one()
    {
        for (int number = 0; number < 60; number++)
        {
            _ledger.Add($"account{number % 7}", "P", 10, day: -number);
            _ledger.Spend($"account{number % 7}", 3, key: $"k{number}");
            _ledger.Add($"account{number % 5}", "Q", 4);
            _ledger.Commit();
        }

        await using SqliteAccountStore other = SqliteAccountStore.Open(_host.Files.AccountStore, _host.Options, TimeProvider.System, _host.Logger);
        await Task.WhenAll(
            Task.Run(() => StoreAsync(_host.AccountStore, commitsPerRound: 2), Token),
            Task.Run(() => StoreAsync(other, commitsPerRound: 3), Token));
        await Expected.AssertAsync(_host, _chain, _ledger);
    }

    private async Task StoreAsync(IAccountStore accountStore, int commitsPerRound)
    {
        while (await accountStore.ReadPositionAsync(Token) is { } position && position.Last < _chain.Head.Last)
        {
            IEnumerable<Commit> waiting = _chain.Commits.Where(commit => commit.First > position.Last);
            await accountStore.ApplyAsync(SnapshotRound.From([.. waiting.Take(commitsPerRound)]), Token);
        }
    }
}
