using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>A PostgreSQL store of one partition in its own database.</summary>
internal sealed class PostgresHost(SharedCluster shared) : StoreHost
{
    private string? _database;
    private DatabaseClock? _databaseClock;
    private Sql? _sql;
    private AccountStoreFaults? _faults;
    private PostgresStore? _store;
    private ClockedJournal? _journal;

    public ILogger Logger { get; set; } = NullLogger.Instance;

    public string Database => _database ?? throw NotOpen();

    public PostgresStore Store => _store ?? throw NotOpen();

    /// <summary>The test's own connection.</summary>
    public Sql Sql => _sql ?? throw NotOpen();

    public override IJournal Journal => _journal ?? throw NotOpen();

    public override IAccountStore AccountStore => Store.Partitions[0].AccountStore;

    public override IReadModel ReadModel => Store.Partitions[0].ReadModel;

    public override async ValueTask<PayerTables> ReadSumsAsync(string prefix = "") => await SumsReader.ReadAsync(Sql, prefix);

    public PostgresStoreOptions Options => new()
    {
        ConnectionStrings = [$"{Database};Timeout=60;Command Timeout=120"],
        Partitions = 1,
        SkewMax = SkewMax,
        ClockSql = DatabaseClock.NowSql,
    };

    private AccountStoreFaults Faults => _faults ?? throw NotOpen();

    public override async ValueTask OpenAsync()
    {
        await CloseAsync();
        if (_database is null)
        {
            _database = await shared.TakeDatabaseAsync();
            _databaseClock = await DatabaseClock.CreateAsync(_database, Clock);
            _sql = await Sql.OpenAsync(_database);
            _faults = new AccountStoreFaults(_sql);
        }

        _store = await PostgresStore.OpenAsync(Options, Logger, CancellationToken.None);
        _journal = new ClockedJournal(_store.Partitions[0].Journal, _databaseClock!);
    }

    public async ValueTask CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            (_store, _journal) = (null, null);
        }
    }

    public override async ValueTask<AccountStoreTables> ReadTablesAsync(string prefix = "") => await AccountStoreReader.ReadAsync(AccountStore, Sql, prefix);

    /// <summary>Reads all rows of the tables that contain texts. PostgreSQL does not overwrite the bytes of deleted rows.</summary>
    public override async ValueTask<bool> HasTextAsync(string text)
    {
        foreach (string table in new[] { "journal_commit", "account", "account_chunk", "account_bucket", "damaged_account", "operation", "erasure" })
        {
            string bytes = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
            if (await Sql.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {table} AS line WHERE strpos(line::text, '{text}') > 0 OR strpos(line::text, '{bytes}') > 0)"))
            {
                return true;
            }
        }

        return false;
    }

    public override async ValueTask DamageAsync(Sequence entry) =>
        await Sql.ForgeEntryAsync(entry, ForgedCommits.WithOnePointMore);

    public override async ValueTask RefuseTextChangesAsync() => await Sql.RunAsync(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'Scripted: texts must not change.'; END $$;
        CREATE TRIGGER refuse_change BEFORE UPDATE ON journal_commit EXECUTE FUNCTION refuse_change()
        """);

    public override async ValueTask ChangeRowsAsync(string sql) => await Sql.RunAsync(sql);

    public override async ValueTask<long> ReadNumberAsync(string sql) => await Sql.ScalarAsync<long>(sql);

    public override async ValueTask<long> CountGenerationsAsync() => await Sql.ScalarAsync<long>(
        """
        SELECT count(*)
        FROM (SELECT generation FROM read_model UNION SELECT generation FROM payer_total UNION SELECT generation FROM payer_flow UNION SELECT generation FROM payer_stock) AS found
        """);

    public override async ValueTask<IAsyncDisposable> FillAsync()
    {
        await Sql.RunAsync(
            """
            CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT FROM read_model WHERE generation = NEW.generation AND NOT is_complete) THEN
                    RAISE EXCEPTION 'scripted: no space left on device' USING ERRCODE = 'disk_full';
                END IF;
                RETURN NEW;
            END $$
            """);
        await Sql.RunAsync("CREATE TRIGGER is_full BEFORE INSERT ON payer_total FOR EACH ROW EXECUTE FUNCTION is_full()");
        return new Fullness(Sql);
    }

    public override void FailAfterWrites(int count) => Faults.FailAfterWrites(count);

    public override void FailAfterAccounts(int count) => Faults.FailAfterAccounts(count);

    public override void Heal() => Faults.Heal();

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (_database is not null)
        {
            await Sql.DisposeAsync();
            await _databaseClock!.DisposeAsync();
            await shared.ReturnDatabaseAsync(_database);
        }
    }

    private sealed class Fullness(Sql sql) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await sql.RunAsync("DROP FUNCTION is_full CASCADE");
    }

    private static InvalidOperationException NotOpen() => new("The store is not open.");
}
