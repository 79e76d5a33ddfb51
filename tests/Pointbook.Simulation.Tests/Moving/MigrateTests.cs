using Npgsql;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary>A ledger that moves to PostgreSQL is the same ledger, even if the test kills the move on the way.</summary>
public sealed class MigrateTests(MovingFixture ledger, SharedCluster shared) : IClassFixture<MovingFixture>, IDisposable
{
    private const int KillsWhileCopying = 2;
    private const int SessionEnds = 4;
    private const string CopiedSql = "SELECT coalesce(max(last_sequence), 0) FROM journal_commit";

    // As soon as the table exists, each commit takes 5 ms, so that the test has time to kill the move in the middle.
    private const string SlowDown =
        """
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.005); RETURN NULL; END';
        CREATE FUNCTION slow_down() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' AND object_identity LIKE '%.journal_commit') THEN
                CREATE TRIGGER slow AFTER INSERT ON journal_commit FOR EACH STATEMENT EXECUTE FUNCTION slow();
            END IF;
        END $$;
        CREATE EVENT TRIGGER slow_down ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION slow_down();
        """;

    private readonly TemporaryDirectory _directory = new();

    private string Journal => _directory.File("pointbook.db");

    [Fact]
    public async Task A_copy_has_the_same_ids_and_seals_and_an_account_store_that_matches_the_journal()
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        byte[] before = await File.ReadAllBytesAsync(Journal, TestContext.Current.CancellationToken);

        ExitResult ending = await MigrateAsync(database);

        Assert.True(ending is { Code: 0 }, ending.ToString());
        Assert.StartsWith($"Copied {ledger.Audit.Last} entries in ", ending.Output, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(ledger.Audit.Seal), ending.Output, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Journal, TestContext.Current.CancellationToken));
        await AssertSameAsync(database);
    }

    [Fact]
    public async Task A_server_on_the_copy_replays_old_requests_and_accepts_new_ones()
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        Assert.Equal(0, (await MigrateAsync(database)).Code);

        await using ServerProcess server = await ServeAsync(database);
        using LedgerClient client = server.NewClient();
        foreach (AuditedAccount account in ledger.Audit.Accounts.Values)
        {
            Assert.Equal(account.Balance, await client.BalanceAsync(account.Name));
        }

        Write[] withKeys = [.. ledger.Log.Writes.Where(write => write is { Key: not null, State: WriteState.Done, Kind: not WriteKind.Flush }).Take(50)];
        Assert.NotEmpty(withKeys);
        foreach (Write write in withKeys)
        {
            Assert.Equal(write.Reply! with { IsReplay = true }, await write.SendAsync(client));
        }

        Reply added = await client.AddAsync("hot-1", "DANNON", 300, "2020-10-31T10:00:00Z");
        Assert.True(added.IsDone, added.ToString());
        await server.StopAsync();
        StoreAudit audit = new([database]);
        Assert.Equal(ledger.Audit.Last + 1, audit.Entries);
        await audit.CheckDerivedAsync();
    }

    [Fact]
    public async Task A_migration_that_is_killed_anywhere_continues_when_it_is_repeated()
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        Random random = Seeded.Random(Seeded.Seed, 1);
        await PostgresCluster.ExecuteAsync(database, SlowDown);
        await KillAsync(database, whenTrue: "SELECT count(*) FROM pg_tables WHERE tablename = 'payer_total'", random, TimeSpan.Zero);
        for (int kill = 0; kill < KillsWhileCopying; kill++)
        {
            long before = await CountAsync(database, CopiedSql);
            await KillAsync(database, $"SELECT count(*) FROM journal_commit WHERE last_sequence > {before}", random, TimeSpan.FromMilliseconds(300));
            Assert.InRange(await CountAsync(database, CopiedSql), before + 1, ledger.Audit.Last - 1);
        }

        await PostgresCluster.ExecuteAsync(database, "DROP TRIGGER slow ON journal_commit");
        string isCopied = $"SELECT count(*) FROM journal_commit WHERE last_sequence = {ledger.Audit.Last}";
        await KillAsync(database, isCopied, random, TimeSpan.FromMilliseconds(300));
        if (await CountAsync(database, "SELECT count(*) FROM store WHERE state = 'ready'") == 0)
        {
            ExitResult ending = await MigrateAsync(database);
            Assert.True(ending is { Code: 0 }, ending.ToString());
        }

        await AssertSameAsync(database);
    }

    [Fact]
    public async Task A_move_whose_database_ends_its_sessions_again_and_again_repeats_its_steps_and_is_whole()
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        await PostgresCluster.ExecuteAsync(database, SlowDown);
        await using ChildProcess process = CommandLine.Launch(_directory.FullName, Arguments(database));
        await Eventually.TrueAsync(
            async () => process.HasExited || await CountAsync(database, "SELECT count(*) FROM pg_tables WHERE tablename = 'payer_total'") > 0, Deadline.Short, () => "tables");
        for (int ended = 0; ended < SessionEnds; ended++)
        {
            long before = await CountAsync(database, CopiedSql);
            await Eventually.TrueAsync(async () => process.HasExited || await CountAsync(database, CopiedSql) > before, Deadline.Short, () => "progress");
            await (await shared.GetAsync()).TerminateBackendsAsync(database);
        }

        await PostgresCluster.ExecuteAsync(database, "DROP TRIGGER slow ON journal_commit");
        string isCopied = $"SELECT count(*) FROM journal_commit WHERE last_sequence = {ledger.Audit.Last}";
        await Eventually.TrueAsync(async () => process.HasExited || await CountAsync(database, isCopied) > 0, Deadline.Short, () => isCopied);
        // These hit the checks and the building of the derived tables.
        for (int ended = 0; ended < SessionEnds && !process.HasExited; ended++)
        {
            await (await shared.GetAsync()).TerminateBackendsAsync(database);
        }

        Assert.True(await process.WaitForExitAsync(Deadline.Short) == 0, process.ToString());
        Assert.Contains(process.Errors, line => line.Contains(". Trying again in ", StringComparison.Ordinal));
        Assert.StartsWith($"Copied {ledger.Audit.Last} entries in ", string.Join('\n', process.Output), StringComparison.Ordinal);
        await AssertSameAsync(database);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(int.MaxValue)]
    public async Task A_migration_continues_after_the_last_copied_commit(int missing)
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        // A move of a shorter journal without a note of its end leaves the same state as a move that was killed in the middle.
        long copied = missing == int.MaxValue ? ledger.Audit.Last : JournalTables.RemoveCommitsAfter(Journal, missing);
        Assert.Equal(0, (await MigrateAsync(database)).Code);
        await MarkUnfinishedAsync(database);
        ledger.CopyTo(_directory.FullName);
        File.Delete(_directory.File("pointbook.db-wal"));
        File.Delete(_directory.File("pointbook.db-shm"));
        Assert.Equal(copied, new StoreAudit([database]).Entries);

        ExitResult ending = await MigrateAsync(database);

        Assert.True(ending is { Code: 0 }, ending.ToString());
        await AssertSameAsync(database);
    }

    [Fact]
    public async Task A_server_refuses_to_start_on_an_unfinished_copy()
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        Assert.Equal(0, (await MigrateAsync(database)).Code);
        await MarkUnfinishedAsync(database);

        string sentence = await CommandLine.RunRefusedAsync(
            1, _directory.FullName, "--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", database, "--urls", "http://127.0.0.1:0");
        Assert.Contains("Run pointbook migrate again", sentence, StringComparison.Ordinal);
        sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, "verify", "--store", $"postgres:{database}");
        Assert.Contains("Run pointbook migrate again", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_without_entries_can_be_migrated()
    {
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName))
        {
            await server.StopAsync();
        }

        string database = await CreateDatabaseAsync();
        ExitResult ending = await MigrateAsync(database);
        Assert.True(ending is { Code: 0 }, ending.ToString());
        Assert.StartsWith("Copied 0 entries in 0 commits", ending.Output, StringComparison.Ordinal);
        Assert.Equal(0, new StoreAudit([database]).Entries);
    }

    public void Dispose() => _directory.Dispose();

    private static Task MarkUnfinishedAsync(string database) => PostgresCluster.ExecuteAsync(database, "UPDATE store SET state = 'importing'");

    private static async Task<long> CountAsync(string database, string sql)
    {
        await using NpgsqlConnection connection = new(database + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new(sql, connection);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private static Task<ServerProcess> ServeAsync(string database) => ServerProcess.StartAsync(
        Path.GetTempPath(), "--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", database);

    private string[] Arguments(string database) => ["migrate", "--from", $"sqlite:{_directory.FullName}", "--to", $"postgres:{database}"];

    private Task<ExitResult> MigrateAsync(string database) => CommandLine.RunAsync(_directory.FullName, Arguments(database));

    /// <summary>Starts a move, waits until a query counts at least one row, and kills the move a while later.</summary>
    private async Task KillAsync(string database, string whenTrue, Random random, TimeSpan longest)
    {
        await using ChildProcess process = CommandLine.Launch(_directory.FullName, Arguments(database));
        await Eventually.TrueAsync(async () => process.HasExited || await CountAsync(database, whenTrue) > 0, Deadline.Short, () => whenTrue);
        await Eventually.AtRandomAsync(random, longest);
        process.Kill();
        await process.WaitForExitAsync(Deadline.Short);
    }

    private async Task<string> CreateDatabaseAsync() => await (await shared.GetAsync()).CreateDatabaseAsync();

    private async Task AssertSameAsync(string database)
    {
        Assert.Equal(JournalTables.Read(new SqliteFile(Journal)), JournalTables.Read(new PostgresDatabase(database)));
        StoreAudit audit = new([database]);
        Assert.Single(audit.Auditors);
        await audit.CheckDerivedAsync();
    }
}
