using Npgsql;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary>If <c>pointbook migrate</c> refuses a move, it says why in one sentence and writes nothing.</summary>
public sealed class RefusalTests(MovingFixture ledger, SharedCluster shared) : IClassFixture<MovingFixture>, IDisposable
{
    private const string Nowhere = "postgres:Host=127.0.0.1;Port=1;Database=pointbook;Username=pointbook;Password=s3cret";
    private readonly TemporaryDirectory _directory = new();

    /// <summary>The values of --from and --to, the exit code, and a part of the sentence.</summary>
    public static TheoryData<string, string, int, string> BadStores { get; } = new()
    {
        { "pointbook-data", Nowhere, 2, "--from does not name the kind of store. Write sqlite:DIRECTORY or 'postgres:Host=" },
        { "sqlite:", Nowhere, 2, "--from names no store" },
        { "SQLITE:data", Nowhere, 2, "--from does not name the kind of store" },
        { "sqlite:data", "postgres: ", 2, "--to names no store" },
        { "sqlite:data", "Host=db;Password=s3cret", 2, "--to does not name the kind of store" },
        { "sqlite:data", "postgres://pointbook:s3cret@db/pointbook", 2, "--to is a URI" },
        { "sqlite:data", "postgresql://pointbook:s3cret@db/pointbook", 2, "Write 'postgres:Host=db.example;Database=pointbook;Username=pointbook'" },
        { "sqlite:data", "sqlite:other", 2, "A ledger can be migrated only from SQLite to PostgreSQL" },
        { Nowhere, "sqlite:data", 2, "A ledger can be migrated only from SQLite to PostgreSQL" },
        { Nowhere, Nowhere, 2, "A ledger can be migrated only from SQLite to PostgreSQL" },
        { "sqlite:missing", Nowhere, 1, "missing contains no store: the file pointbook.db is missing. Name the directory of a store." },
        { "sqlite:.", "postgres:Hst=db;Password=s3cret", 2, "--to is not a valid connection string. Write it as Host=" },
        { "sqlite:.", "postgres:Host=db;Password=s3cret", 2, "--to names no host or no database" },
        { "sqlite:.", Nowhere, 1, "Pointbook can't use the database pointbook at 127.0.0.1:1: " },
    };

    [Theory]
    [MemberData(nameof(BadStores))]
    public async Task An_unusable_store_is_refused_without_showing_a_password(string from, string to, int code, string sentence)
    {
        ledger.CopyTo(_directory.FullName);
        ExitResult ending = await CommandLine.RunAsync(_directory.FullName, "migrate", "--from", from, "--to", to);
        Assert.Equal((code, ""), (ending.Code, ending.Output));
        Assert.Contains(sentence, ending.Errors, StringComparison.Ordinal);
        Assert.Single(ending.Errors.Split('\n'));
        Assert.DoesNotContain("s3cret", ending.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("missing")));
    }

    [Theory]
    [InlineData("2")]
    [InlineData("16")]
    [InlineData("many")]
    public async Task Another_partition_count_is_refused_with_the_reason(string count)
    {
        string sentence = await CommandLine.RunRefusedAsync(
            2, _directory.FullName, "migrate", "--from", "sqlite:.", "--to", Nowhere, "--partitions", count);
        Assert.Contains("ids and seals contain the partition", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_partition_count_of_one_can_be_given()
    {
        ledger.CopyTo(_directory.FullName);
        ExitResult ending = await CommandLine.RunAsync(
            _directory.FullName, "migrate", "--from", "sqlite:.", "--to", $"postgres:{await CreateDatabaseAsync()}", "--partitions", "1");
        Assert.True(ending is { Code: 0 }, ending.ToString());
    }

    [Fact]
    public async Task A_directory_that_a_server_uses_is_refused()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);
        string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, "migrate", "--from", "sqlite:.", "--to", Nowhere);
        Assert.Equal(
            $"Another Pointbook server is using the data directory {_directory.FullName}. Stop that server, or use another directory. The option is --from.", sentence);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("16")]
    public async Task A_database_that_contains_a_store_is_refused_and_not_changed(string partitions)
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory.FullName, "--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", database, "--Storage:Partitions", partitions);

        string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, "migrate", "--from", "sqlite:.", "--to", $"postgres:{database}");

        Assert.EndsWith("already contains a store. Migrate into a new, empty database.", sentence, StringComparison.Ordinal);
        using LedgerClient client = server.NewClient();
        Assert.Equal(0, await client.TotalAsync("hot-1"));
        Assert.True((await client.AddAsync("hot-1", "DANNON", 300, "2020-10-31T10:00:00Z")).IsDone);
    }

    [Fact]
    public async Task A_partial_copy_of_another_journal_is_refused()
    {
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.File("other")))
        {
            using LedgerClient client = server.NewClient();
            Assert.True((await client.AddAsync("alice", "DANNON", 300, "2020-10-31T10:00:00Z")).IsDone);
            await server.StopAsync();
        }

        string database = await CreateDatabaseAsync();
        string target = $"postgres:{database}";
        Assert.Equal(0, (await CommandLine.RunAsync(_directory.FullName, "migrate", "--from", "sqlite:other", "--to", target)).Code);
        await PostgresCluster.ExecuteAsync(database, "UPDATE store SET state = 'importing'");
        ledger.CopyTo(_directory.FullName);

        string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, "migrate", "--from", "sqlite:.", "--to", target);

        Assert.EndsWith("contains a part of another journal. Migrate into a new, empty database.", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_altered_source_is_refused_at_the_altered_entry_and_the_copy_is_not_served()
    {
        ledger.CopyTo(_directory.FullName);
        JournalTables.AddOnePoint(_directory.File("pointbook.db"), ledger.SomeCredit);
        string database = await CreateDatabaseAsync();

        string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, "migrate", "--from", "sqlite:.", "--to", $"postgres:{database}");

        Assert.StartsWith("The source differs from what was committed. Restore a backup", sentence, StringComparison.Ordinal);
        Assert.EndsWith("does not match its seal: it was altered.", sentence, StringComparison.Ordinal);
        sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, "--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", database);
        Assert.Contains("Run pointbook migrate again", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_altered_partial_copy_is_refused()
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        string target = $"postgres:{database}";
        Assert.Equal(0, (await CommandLine.RunAsync(_directory.FullName, "migrate", "--from", "sqlite:.", "--to", target)).Code);
        await PostgresCluster.ExecuteAsync(database, "UPDATE store SET state = 'importing'");
        JournalTables.AddOnePoint(new PostgresDatabase(database), partition: 0, ledger.SomeCredit);

        string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, "migrate", "--from", "sqlite:.", "--to", target);

        Assert.Contains("differs from the source. Drop the database, recreate it and migrate again.", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE payer_total SET points = points + 1 WHERE payer = (SELECT min(payer) FROM payer_total)")]
    [InlineData("UPDATE account SET snapshot = substr(snapshot, 2) WHERE account = 'default'")]
    [InlineData("DELETE FROM operation WHERE first_sequence = (SELECT max(first_sequence) FROM operation)")]
    [InlineData("UPDATE operation SET first_sequence = first_sequence + 1000000 WHERE first_sequence = (SELECT min(first_sequence) FROM operation)")]
    [InlineData("INSERT INTO operation SELECT partition, opening, 1000000 FROM operation WHERE first_sequence = (SELECT min(first_sequence) FROM operation)")]
    public async Task An_account_store_that_contradicts_the_journal_is_refused(string damage)
    {
        ledger.CopyTo(_directory.FullName);
        string database = await CreateDatabaseAsync();
        string target = $"postgres:{database}";
        Assert.Equal(0, (await CommandLine.RunAsync(_directory.FullName, "migrate", "--from", "sqlite:.", "--to", target)).Code);
        await PostgresCluster.ExecuteAsync(
            database,
            $"UPDATE store SET state = 'importing'; {damage}");

        string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, "migrate", "--from", "sqlite:.", "--to", target);

        Assert.Contains("differs from the journal (", sentence, StringComparison.Ordinal);
        Assert.Contains("migrate again", sentence, StringComparison.Ordinal);
        sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, "--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", database);
        Assert.Contains("Run pointbook migrate again", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_can_come_from_the_environment()
    {
        ledger.CopyTo(_directory.FullName);
        NpgsqlConnectionStringBuilder settings = new(await CreateDatabaseAsync());
        string password = settings.Password!;
        settings.Password = null;
        await using ChildProcess process = ChildProcess.Start(
            "dotnet",
            ["exec", Repository.ServerAssembly, "migrate", "--from", "sqlite:.", "--to", $"postgres:{settings}"],
            _directory.FullName,
            [new("PGPASSWORD", password)]);
        Assert.True(await process.WaitForExitAsync(Deadline.Short) == 0, process.ToString());
        Assert.DoesNotContain(password, process.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private async Task<string> CreateDatabaseAsync() => await (await shared.GetAsync()).CreateDatabaseAsync();
}
