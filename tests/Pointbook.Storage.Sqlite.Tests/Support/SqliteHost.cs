using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>A SQLite store in its own directory.</summary>
internal sealed class SqliteHost : StoreHost
{
    private readonly AccountStoreFaults _faults;
    private SqliteStore? _store;

    public SqliteHost() => _faults = new AccountStoreFaults(Files.AccountStore);

    public TempDirectory Files { get; } = new();

    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>How long the store waits for a lock. Tests that hold a lock on purpose set a short time.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The maximum size of a transaction of the snapshot writer. The default is so small that the larger rounds of the
    /// contract need several.
    /// </summary>
    public int TransactionBytesMax { get; init; } = 16 * 1024;

    public SqliteStore Store => _store ?? throw new InvalidOperationException("The store is not open.");

    public override IJournal Journal => Store.Journal;

    public override IAccountStore AccountStore => Store.AccountStore;

    public override IReadModel ReadModel => Store.ReadModel;

    public override ValueTask<PayerTables> ReadSumsAsync(string prefix = "") => new(SumsReader.Read(Files.ReadModel, prefix));

    public SqliteStoreOptions Options => new()
    {
        Directory = Files.Path,
        SkewMax = SkewMax,
        BusyTimeout = BusyTimeout,
        TransactionBytesMax = TransactionBytesMax,
    };

    public override async ValueTask OpenAsync()
    {
        await CloseAsync();
        _store = SqliteStore.Open(Options, Clock, Logger);
    }

    public async ValueTask CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
        }
    }

    public override async ValueTask<AccountStoreTables> ReadTablesAsync(string prefix = "") =>
        await AccountStoreReader.ReadAsync(Store.AccountStore, Files.AccountStore, prefix);

    public override async ValueTask<bool> HasTextAsync(string text) => (await ReadFilesAsync()).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    /// <summary>Reads all bytes of all files, including bytes outside of rows.</summary>
    public async Task<byte[]> ReadFilesAsync()
    {
        using MemoryStream bytes = new();
        foreach (string path in Directory.GetFiles(Files.Path, "*.db*"))
        {
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await file.CopyToAsync(bytes);
        }

        return bytes.ToArray();
    }

    public override ValueTask DamageAsync(Sequence entry)
    {
        using Sql sql = new(Files.Journal);
        sql.ForgeEntry(entry, ForgedCommits.WithOnePointMore);
        return ValueTask.CompletedTask;
    }

    public override ValueTask RefuseTextChangesAsync()
    {
        Sql.Run(Files.Journal, "CREATE TRIGGER refuse_change BEFORE UPDATE ON journal_commit BEGIN SELECT raise(ABORT, 'Scripted: texts must not change.'); END");
        return ValueTask.CompletedTask;
    }

    public override ValueTask ChangeRowsAsync(string sql)
    {
        Sql.Run(FileOf(sql), sql);
        return ValueTask.CompletedTask;
    }

    public override ValueTask<long> ReadNumberAsync(string sql)
    {
        using Sql connection = new(FileOf(sql));
        return new ValueTask<long>(connection.Scalar<long>(sql));
    }

    public override ValueTask<long> CountGenerationsAsync() => new(ReadModelPaths.FindAll(Files.Path).Select(file => file.Number).Distinct().Count());

    public override ValueTask<IAsyncDisposable> FillAsync()
    {
        Requirement.Linux();
        return new ValueTask<IAsyncDisposable>(new FullFile(FileFaults.NoSpace(Files.ReadModel + "-wal")));
    }

    public override void FailAfterWrites(int count) => _faults.FailAfterWrites(count);

    public override void FailAfterAccounts(int count) => _faults.FailAfterAccounts(count);

    public override void Heal() => _faults.Heal();

    private sealed class FullFile(FileFaults faults) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            faults.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>The file that contains the tables of a statement.</summary>
    private string FileOf(string sql) =>
        sql.Contains("payer_", StringComparison.Ordinal) || sql.Contains("read_model", StringComparison.Ordinal) ? Files.ReadModel : Files.AccountStore;

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Files.Dispose();
    }
}
