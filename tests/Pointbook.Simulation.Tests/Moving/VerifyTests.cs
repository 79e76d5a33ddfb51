using System.Globalization;
using Microsoft.Data.Sqlite;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary><c>pointbook verify</c> reports whether a store is what was committed. It changes nothing, and servers may run meanwhile.</summary>
public sealed class VerifyTests(MovingFixture ledger, SharedCluster shared) : IClassFixture<MovingFixture>, IDisposable
{
    private const string Journal = "pointbook.db";
    private const string AccountStore = "pointbook.accounts.db";
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task Verify_prints_the_last_entry_its_time_and_the_last_seal()
    {
        ledger.CopyTo(_directory.FullName);
        byte[] before = await File.ReadAllBytesAsync(_directory.File(Journal), TestContext.Current.CancellationToken);

        ExitResult ending = await VerifyAsync("sqlite:.");

        string time = DateTimeOffset.UnixEpoch.AddMicroseconds(ledger.Audit.RecordedAt)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
        Assert.Equal(0, ending.Code);
        Assert.StartsWith(
            $"partition 0: last entry {ledger.Audit.Last}, recorded {time}, seal {Convert.ToHexStringLower(ledger.Audit.Seal)}\n"
            + $"Every seal is valid: {ledger.Audit.Last} entries, partitions: 1.\n"
            + $"partition 0: the account store matches the journal up to entry {ledger.Audit.Last}, accounts: {ledger.Audit.Accounts.Count}.\n"
            + $"partition 0: the read model matches the journal up to entry {ledger.Audit.Last}, payers: ",
            ending.Output,
            StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(_directory.File(Journal), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Verify_works_while_a_server_is_busy()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);
        Load load = Load.Start(server, new WriteLog(), Seeded.Seed, answersWanted: 200);
        await load.WaitUntilBusyAsync();
        SqliteFile accountStore = new(_directory.File(AccountStore));
        await Eventually.TrueAsync(() => accountStore.Read("SELECT last_sequence FROM account_store_position", row => row.GetInt64(0)) is [> 0]);
        ExitResult ending = await VerifyAsync("sqlite:.");
        await load.FinishAsync(isOver: true);
        await server.StopAsync();
        Assert.True(ending is { Code: 0 }, ending.ToString());
        Assert.Contains("Every seal is valid: ", ending.Output, StringComparison.Ordinal);
        Assert.Matches("partition 0: the account store matches the journal up to entry [1-9][0-9]*, accounts: [1-9][0-9]*\\.\npartition 0: the read model matches the journal up to entry [1-9][0-9]*, payers: [1-9][0-9]*\\.$", ending.Output);
    }

    [Fact]
    public async Task Verify_reads_the_write_ahead_log_of_a_killed_server()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);
        using LedgerClient client = server.NewClient();
        Assert.True((await client.AddAsync("alice", "DANNON", 300, "2020-10-31T10:00:00Z")).IsDone);
        await server.KillAsync();
        ExitResult ending = await VerifyAsync("sqlite:.");
        Assert.True(ending is { Code: 0 }, ending.ToString());
        Assert.Contains("Every seal is valid: 1 entries", ending.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("commit_id = randomblob(16)", "does not match its seal")]
    [InlineData("decided_at = decided_at - 1", "does not match its seal")]
    [InlineData("recorded_at = recorded_at + 1", "does not match its seal")]
    [InlineData("previous_seal = randomblob(32)", "does not follow the commit before it")]
    [InlineData("seal = randomblob(32)", "does not match its seal")]
    [InlineData("format = format + 1", "format 3, which this version does not support")]
    [InlineData("first_sequence = first_sequence - 1", "the bytes are invalid at byte [0-9]+")]
    [InlineData("last_sequence = last_sequence + 1", "the bytes are invalid at byte [0-9]+")]
    [InlineData("body = substr(body, 1, length(body) - 1)", "the bytes are invalid at byte [0-9]+")]
    [InlineData("body = CAST(substr(body, 1, 20) || x'7f7f7f7f' || substr(body, 25) AS BLOB)", "does not match its seal")]
    public async Task Verify_ends_with_1_and_names_an_altered_commit(string change, string fault)
    {
        ledger.CopyTo(_directory.FullName);
        JournalTables.Execute(
            _directory.File(Journal), $"UPDATE journal_commit SET {change} WHERE last_sequence = (SELECT max(last_sequence) FROM journal_commit)");
        await AssertFoundAsync(fault);
    }

    [Fact]
    public async Task Verify_detects_an_altered_entry()
    {
        ledger.CopyTo(_directory.FullName);
        JournalTables.AddOnePoint(_directory.File(Journal), ledger.SomeCredit);
        await AssertFoundAsync("does not match its seal");
    }

    [Fact]
    public async Task Verify_detects_an_altered_block_of_which_the_seal_covers_only_the_digest()
    {
        ledger.CopyTo(_directory.FullName);
        JournalTables.ChangeBlock(_directory.File(Journal), ledger.SomeCredit);
        await AssertFoundAsync("does not match its seal");
    }

    [Theory]
    [InlineData("randomblob(length(texts))", "a text does not match its digest")]
    [InlineData("substr(texts, 1, length(texts) - 1)", "the bytes are invalid at byte [0-9]+")]
    [InlineData("texts || x'00'", "the bytes are invalid at byte [0-9]+")]
    [InlineData("x''", "the bytes are invalid at byte [0-9]+")]
    public async Task Verify_detects_altered_texts_that_no_seal_covers(string texts, string fault)
    {
        ledger.CopyTo(_directory.FullName);
        JournalTables.Execute(
            _directory.File(Journal),
            $"UPDATE journal_commit SET texts = CAST({texts} AS BLOB) WHERE last_sequence = (SELECT max(last_sequence) FROM journal_commit WHERE length(texts) > 0)");
        await AssertFoundAsync(fault);
    }

    [Fact]
    public async Task Verify_detects_a_missing_commit()
    {
        ledger.CopyTo(_directory.FullName);
        JournalTables.Execute(_directory.File(Journal), "DELETE FROM journal_commit WHERE 100 BETWEEN first_sequence AND last_sequence");
        await AssertFoundAsync("where entry [0-9]+ belongs");
    }

    [Fact]
    public async Task Verify_names_an_account_with_the_snapshot_of_another_one_even_if_every_seal_is_valid()
    {
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName))
        {
            using LedgerClient client = server.NewClient();
            foreach (string payer in new[] { "DANNON", "UNILEVER" })
            {
                Assert.True((await client.AddAsync("alice", payer, 300, "2020-10-31T10:00:00Z")).IsDone);
                Assert.True((await client.AddAsync("bob", payer, 300, "2020-10-31T10:00:00Z")).IsDone);
            }

            await server.StopAsync();
        }

        JournalTables.Execute(
            _directory.File(AccountStore), "UPDATE account SET snapshot = (SELECT snapshot FROM account WHERE account = 'bob') WHERE account = 'alice'");
        ExitResult ending = await VerifyAsync("sqlite:.");
        Assert.Equal(1, ending.Code);
        Assert.Contains("Every seal is valid: 4 entries", ending.Output, StringComparison.Ordinal);
        Assert.Matches(
            "^partition 0: Account alice: its snapshot does not match its checksum\\.\nDifferences between the derived tables and the journal: 1\\. Rebuild the tables: see docs/operations\\.md",
            ending.Errors);
        Assert.DoesNotContain("bob", ending.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await CommandLine.RunAsync(_directory.FullName, ["verify", "--store", "sqlite:.", "--journal-only"])).Code);

        File.Delete(_directory.File(AccountStore));
        File.Delete(Assert.Single(Directory.GetFiles(_directory.FullName, "pointbook.read-model.*.db")));
        ending = await VerifyAsync("sqlite:.");
        Assert.Equal(0, ending.Code);
        Assert.EndsWith(
            "partition 0: the account store was not compared, because the next start of a server rebuilds it: it does not exist yet.\n"
            + "partition 0: the read model was not compared, because the next running server builds it: it does not exist in this version yet.",
            ending.Output,
            StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.File(AccountStore)));
        Assert.Empty(Directory.GetFiles(_directory.FullName, "pointbook.read-model.*.db"));
    }

    [Fact]
    public async Task An_invalid_retention_time_of_keys_is_refused() => Assert.Contains(
        "--keys-kept-for is invalid: 00:00:01. Set it to the value of Idempotency:KeepFor",
        await CommandLine.RunRefusedAsync(2, _directory.FullName, "verify", "--store", "sqlite:.", "--keys-kept-for", "00:00:01"),
        StringComparison.Ordinal);

    [Fact]
    public async Task Verify_reads_all_partitions_in_all_databases_and_names_the_altered_one()
    {
        PostgresCluster cluster = await shared.GetAsync();
        string[] databases = [await cluster.CreateDatabaseAsync(), await cluster.CreateDatabaseAsync()];
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory.FullName, "--Storage:Provider", "Postgres", "--Storage:Partitions", "5",
            "--Storage:ConnectionStrings:0", databases[0], "--Storage:ConnectionStrings:1", databases[1]);
        using LedgerClient client = server.NewClient();
        for (int account = 0; account < 40; account++)
        {
            Assert.True((await client.AddAsync($"account-{account}", "DANNON", 300, "2020-10-31T10:00:00Z")).IsDone);
        }

        string[] stores = [$"postgres:{databases[1]}", "--store", $"postgres:{databases[0]}"];
        ExitResult ending = await VerifyAsync(stores);
        Assert.True(ending is { Code: 0 }, ending.ToString());
        IEnumerable<string> partitions = Enumerable.Range(0, 5).Select(partition => $"partition {partition}");
        Assert.Equal([.. partitions, "Every seal is valid", .. partitions.SelectMany(partition => new[] { partition, partition })], ending.Output.Split('\n').Select(line => line.Split(':')[0]));
        Assert.Contains("Every seal is valid: 40 entries, partitions: 5.", ending.Output, StringComparison.Ordinal);

        JournalTables.AddOnePoint(new PostgresDatabase(databases[1]), partition: 3, entry: 2);
        ending = await VerifyAsync(stores);
        Assert.Equal(1, ending.Code);
        Assert.Contains("partition 3: valid up to entry 1, then: ", ending.Errors, StringComparison.Ordinal);
        Assert.Equal(4, ending.Output.Split('\n').Count(line => line.Contains("last entry", StringComparison.Ordinal)));
        Assert.Equal(4, ending.Output.Split('\n').Count(line => line.Contains("the account store matches", StringComparison.Ordinal)));
        Assert.Contains("Name exactly the databases with which it was created", (await VerifyAsync($"postgres:{databases[0]}")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_location_without_a_store_is_refused_and_nothing_is_created_there()
    {
        Assert.Contains("contains no store", await CommandLine.RunRefusedAsync(1, _directory.FullName, "verify", "--store", "sqlite:."), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.FullName));

        string database = await (await shared.GetAsync()).CreateDatabaseAsync();
        Assert.Contains(
            "contains no store", await CommandLine.RunRefusedAsync(1, _directory.FullName, "verify", "--store", $"postgres:{database}"), StringComparison.Ordinal);
        Assert.Equal([0L], new PostgresDatabase(database).Read("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", row => row.GetInt64(0)));
    }

    [Fact]
    public async Task A_file_that_is_not_a_journal_of_this_version_is_refused()
    {
        await File.WriteAllTextAsync(_directory.File(Journal), "no database, but longer than the header of one. " + new string('x', 200), TestContext.Current.CancellationToken);
        Assert.Contains("Pointbook can't open", await RunRefusedAsync(), StringComparison.Ordinal);
        File.Delete(_directory.File(Journal));
        JournalTables.Execute(_directory.File(Journal), "CREATE TABLE other (id INTEGER)");
        Assert.Contains("Pointbook can't open", await RunRefusedAsync(), StringComparison.Ordinal);
        SqliteConnection.ClearAllPools();
        ledger.CopyTo(_directory.FullName);
        JournalTables.Execute(_directory.File(Journal), "INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('9999_later.sql', '2030-01-01')");
        Assert.Contains("was written by a newer version of Pointbook", await RunRefusedAsync(), StringComparison.Ordinal);
        JournalTables.Execute(_directory.File(Journal), "DELETE FROM SchemaVersions");
        Assert.Contains("was written by an older version of Pointbook", await RunRefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stores_that_do_not_belong_together_are_refused() => Assert.Contains(
        "The options name several stores",
        await CommandLine.RunRefusedAsync(2, _directory.FullName, "verify", "--store", "sqlite:one", "--store", "sqlite:two"),
        StringComparison.Ordinal);

    public void Dispose() => _directory.Dispose();

    /// <summary>The command finds the fault, and so does the audit, which shares no code with the command.</summary>
    private async Task AssertFoundAsync(string fault)
    {
        ExitResult ending = await VerifyAsync("sqlite:.");
        Assert.Equal((1, ""), (ending.Code, ending.Output));
        Assert.Matches($"^partition 0: valid up to entry [0-9]+, then: .*({fault})", ending.Errors);
        Assert.Contains("1 of 1 partitions differ from what was committed. Do not serve this store", ending.Errors, StringComparison.Ordinal);
        Assert.Throws<AuditException>(() => new Auditor(new SqliteFile(_directory.File(Journal))).ReadNew());
    }

    private Task<string> RunRefusedAsync() => CommandLine.RunRefusedAsync(1, _directory.FullName, "verify", "--store", "sqlite:.");

    private Task<ExitResult> VerifyAsync(params IReadOnlyList<string> stores) => CommandLine.RunAsync(_directory.FullName, ["verify", "--store", .. stores]);
}
