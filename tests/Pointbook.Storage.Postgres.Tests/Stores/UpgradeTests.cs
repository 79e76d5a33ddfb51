using System.Reflection;
using System.Security.Cryptography;
using DbUp;
using DbUp.Engine.Output;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Stores;

/// <summary>The store upgrades a database that an older version has filled, and keeps all its data.</summary>
public sealed class UpgradeTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);
    private CommitChain _chain = null!;
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        await _host.CloseAsync();
        _chain = new CommitChain(_host.Clock);
        _ledger = new ScriptedLedger(_chain);
        await CreateFirstVersionAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_database_of_the_first_version_keeps_its_journal_and_rebuilds_all_else_from_it()
    {
        await _host.OpenAsync();
        AccountStorePosition position = await _host.AccountStore.ReadPositionAsync(Token);
        Assert.Equal(AccountStorePosition.Start, position);
        await using (LocalPartition partition = Start())
        {
            await partition.StartAsync(Token);
            await partition.StopAsync(Token);
        }

        await Expected.AssertAsync(_host, _chain, _ledger);
    }

    [Fact]
    public async Task Reopening_keeps_rebuilt_tables()
    {
        await _host.OpenAsync();
        await _host.AccountStore.ApplyAsync(SnapshotRound.From(_chain.Commits), Token);
        await _host.OpenAsync();
        await Expected.AssertAsync(_host, _chain, _ledger);
    }

    /// <summary>Turns the empty store into one with the first script only, and with the journal of a few commands.</summary>
    private async Task CreateFirstVersionAsync()
    {
        await _host.Sql.RunAsync("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        Assert.True(DeployChanges.To
            .PostgresqlDatabase($"{_host.Database};Pooling=false")
            .WithScriptsEmbeddedInAssembly(Assembly.GetAssembly(typeof(PostgresStore))!, name => name.EndsWith(".0001_store.sql", StringComparison.Ordinal))
            .WithVariablesDisabled()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade()
            .Successful);
        _ledger.Add("a", "P", 100, key: "one");
        _ledger.Flush("a");
        _ledger.Add("a", "P", 50);
        _ledger.Spend("a", 20, key: "two");
        Commit commit = _ledger.Commit();
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_host.Database);
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(Token);
        await new StoreRow(Guid.NewGuid(), 1, 1, 0, StoreState.Ready).WriteAsync(connection, Token);
        Assert.Equal(AppendResult.Appended, await new PostgresJournal(source, 0, _host.Options).AppendAsync(commit, Token));
    }

    private LocalPartition Start() => new(new PartitionParts
    {
        Journal = _host.Journal,
        AccountStore = _host.AccountStore,
        ReadModel = _host.ReadModel,
        Clock = _host.Clock,
        NewCommitId = Guid.NewGuid,
        Salts = RandomNumberGenerator.Fill,
        Random = new Random(1),
        Logger = NullLogger.Instance,
    });
}
