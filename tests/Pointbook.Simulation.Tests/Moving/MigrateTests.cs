using Npgsql;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary>A ledger that moves to PostgreSQL is the same ledger, also if the move was killed on the way.</summary>
public sealed class MigrateTests(MovingFixture ledger, SharedCluster shared) : IClassFixture<MovingFixture>, IDisposable
{
    private const int KillsMax = 4;
    private readonly TemporaryDirectory _directory = new();

    private string Journal => _directory.File("pointbook.db");

    [Fact]
    public async Task Ids_and_seals_are_the_same_and_the_projection_adds_up_to_the_journal()
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        byte[] before = await File.ReadAllBytesAsync(Journal, TestContext.Current.CancellationToken);

        Ending ending = await MigrateAsync(database);

        Assert.True(ending is { Code: 0 }, ending.ToString());
        Assert.StartsWith($"Copied {ledger.Audit.Last} entries in ", ending.Output, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(ledger.Audit.Seal), ending.Output, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Journal, TestContext.Current.CancellationToken));
        await AssertSameAsync(database);
    }

    [Fact]
    public async Task A_server_on_the_copy_answers_old_requests_as_the_first_time_and_takes_new_ones()
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
    public async Task A_move_that_is_killed_anywhere_goes_on_when_it_is_run_again()
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        Random random = Seeded.Random(Seeded.Seed, 1);
        for (int kill = 0; kill < KillsMax && !await IsReadyAsync(database); kill++)
        {
            await using ChildProcess process = CommandLine.Launch(_directory.FullName, Arguments(database));
            await WaitUntilCopyingAsync(database, process);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300)), TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(Deadline.Short);
        }

        if (!await IsReadyAsync(database))
        {
            Ending ending = await MigrateAsync(database);
            Assert.True(ending is { Code: 0 }, ending.ToString());
        }

        await AssertSameAsync(database);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(int.MaxValue)]
    public async Task A_move_goes_on_behind_the_last_commit_that_was_copied(int missing)
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        // A move of a shorter journal whose end was not noted is what a move leaves behind that was killed in the middle.
        long copied = missing == int.MaxValue ? ledger.Audit.Last : JournalTables.CutOff(Journal, missing);
        Assert.Equal(0, (await MigrateAsync(database)).Code);
        await UnfinishAsync(database);
        ledger.CopyTo(_directory.FullName);
        File.Delete(_directory.File("pointbook.db-wal"));
        File.Delete(_directory.File("pointbook.db-shm"));
        Assert.Equal(copied, new StoreAudit([database]).Entries);

        Ending ending = await MigrateAsync(database);

        Assert.True(ending is { Code: 0 }, ending.ToString());
        await AssertSameAsync(database);
    }

    [Fact]
    public async Task A_server_refuses_to_start_on_a_copy_that_is_not_finished()
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        Assert.Equal(0, (await MigrateAsync(database)).Code);
        await UnfinishAsync(database);

        string sentence = await CommandLine.RefusalAsync(
            1, _directory.FullName, "--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", database, "--urls", "http://127.0.0.1:0");
        Assert.Contains("run pointbook migrate again", sentence, StringComparison.Ordinal);
        sentence = await CommandLine.RefusalAsync(1, _directory.FullName, "verify", "--store", $"postgres:{database}");
        Assert.Contains("run pointbook migrate again", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_without_entries_moves_too()
    {
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName))
        {
            await server.StopAsync();
        }

        string database = await CreateDatabaseAsync();
        Ending ending = await MigrateAsync(database);
        Assert.True(ending is { Code: 0 }, ending.ToString());
        Assert.StartsWith("Copied 0 entries in 0 commits", ending.Output, StringComparison.Ordinal);
        Assert.Equal(0, new StoreAudit([database]).Entries);
    }

    public void Dispose() => _directory.Dispose();

    private static async Task WaitUntilCopyingAsync(string database, ChildProcess process)
    {
        while (!process.HasExited && await CountAsync(database, "SELECT count(*) FROM pg_tables WHERE tablename = 'journal_commit'") == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
        }
    }

    private static Task UnfinishAsync(string database) => PostgresCluster.ExecuteAsync(database, "UPDATE store SET state = 'importing'");

    private static async Task<bool> IsReadyAsync(string database) =>
        await CountAsync(database, "SELECT count(*) FROM pg_tables WHERE tablename = 'store'") == 1
        && await CountAsync(database, "SELECT count(*) FROM store WHERE state = 'ready'") == 1;

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

    private Task<Ending> MigrateAsync(string database) => CommandLine.RunAsync(_directory.FullName, Arguments(database));

    private async Task<string> CreateDatabaseAsync() => await (await shared.GetAsync()).CreateDatabaseAsync();

    private async Task AssertSameAsync(string database)
    {
        Assert.Equal(JournalTables.Read(new SqliteFile(Journal)), JournalTables.Read(new PostgresDatabase(database)));
        StoreAudit audit = new([database]);
        Assert.Single(audit.Auditors);
        await audit.CheckDerivedAsync();
    }
}
