using System.Data.Common;
using System.Globalization;
using Pointbook.Access;
using Pointbook.Clusters;
using Pointbook.Ledger.Values;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary>API keys move with their ledger, so that the copy gives access only to callers who had access before.</summary>
public sealed class KeyMovingTests(SharedCluster shared) : IAsyncLifetime
{
    // More keys than one read returns.
    private const int KeyCount = 450;

    private readonly TemporaryDirectory _directory = new();
    private string _database = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string KeyFile => _directory.File("pointbook.keys.db");

    public async ValueTask InitializeAsync()
    {
        _database = await (await shared.GetAsync()).CreateDatabaseAsync();
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);
        await server.StopAsync();
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task All_keys_are_migrated_including_revoked_ones()
    {
        await using (SqliteKeyStore keys = OpenKeys())
        {
            for (int number = 0; number < KeyCount; number++)
            {
                await AddAsync(keys, number, $"key{number / 3}");
                if (number % 3 != 2)
                {
                    await RevokeAsync(keys, number);
                }
            }
        }

        await AssertMovesAsync(KeyCount);
    }

    [Fact]
    public async Task A_ledger_without_keys_is_migrated_and_gets_no_key_file()
    {
        File.Delete(KeyFile);
        ExitResult ending = await MigrateAsync();
        Assert.True(ending is { Code: 0 }, ending.ToString());
        Assert.Contains(" and 0 API keys from ", ending.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(KeyFile));
    }

    [Fact]
    public async Task A_repeated_migration_copies_later_changes_of_the_keys()
    {
        await using SqliteKeyStore keys = OpenKeys();
        await AddAsync(keys, 1, "stays");
        await AddAsync(keys, 2, "till");
        await AddAsync(keys, 3, "gone");
        await RevokeAsync(keys, 3);
        await AssertMovesAsync(3);
        await PostgresCluster.ExecuteAsync(_database, "UPDATE store SET state = 'importing'");

        await RevokeAsync(keys, 2);
        await AddAsync(keys, 4, "till");
        await AssertMovesAsync(4);
    }

    [Fact]
    public async Task A_database_with_another_key_of_the_same_name_is_refused_and_not_served()
    {
        await AssertMovesAsync(0);
        await PostgresCluster.ExecuteAsync(
            _database,
            """
            UPDATE store SET state = 'importing';
            INSERT INTO api_key VALUES (1, 'ffffffffffffffff', 'till', decode(repeat('00', 32), 'hex'), 'read', '', now());
            UPDATE api_key_version SET version = 1;
            """);
        await using (SqliteKeyStore keys = OpenKeys())
        {
            await AddAsync(keys, 1, "till");
        }

        string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, Arguments);
        Assert.Contains("contains a different API key with the name or the id of till. Drop the database", sentence, StringComparison.Ordinal);
        Assert.Equal("importing", Assert.Single(new PostgresDatabase(_database).Read("SELECT state FROM store", row => row.GetString(0))));
    }

    [Fact]
    public async Task A_ledger_that_has_lost_its_keys_cannot_be_migrated()
    {
        JournalTables.Execute(_directory.File("pointbook.db"), "INSERT INTO secured (id) VALUES (1)");
        File.Delete(KeyFile);
        string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, Arguments);
        Assert.Contains("pointbook.keys.db is missing. Restore that file from a backup, or create a new key with ", sentence, StringComparison.Ordinal);
        Assert.Equal(0, Assert.Single(new PostgresDatabase(_database).Read("SELECT count(*) FROM pg_tables WHERE tablename = 'store'", row => row.GetInt64(0))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_copy_without_keys_is_as_protected_as_its_source(bool isSecured)
    {
        if (isSecured)
        {
            // The state that a server leaves if it only ever accepted tokens.
            JournalTables.Execute(_directory.File("pointbook.db"), "INSERT INTO secured (id) VALUES (1)");
        }

        await AssertMovesAsync(0);
        string[] server = ["--urls", "http://127.0.0.1:0", "--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", _database];
        if (isSecured)
        {
            string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, server);
            Assert.StartsWith("This ledger was secured, but now has neither API keys nor a token issuer", sentence, StringComparison.Ordinal);
            Assert.DoesNotContain("pointbook.keys.db", sentence, StringComparison.Ordinal);
        }
        else
        {
            await using ServerProcess open = await ServerProcess.StartAsync(_directory.File("server"), server[2..]);
            await open.StopAsync();
        }
    }

    private string[] Arguments => ["migrate", "--from", $"sqlite:{_directory.FullName}", "--to", $"postgres:{_database}"];

    private static async Task AddAsync(SqliteKeyStore keys, int number, string name)
    {
        byte[] hash = new byte[Digest.Length];
        hash[^1] = (byte)(number % 251);
        Assert.True(AccountLimits.TryCreate(number % 2 == 0 ? [] : ["shop:*", "default"], out AccountLimits? accounts, out _));
        ApiKey key = new(
            KeyId.FromTrusted(number.ToString("x16", CultureInfo.InvariantCulture)),
            KeyName.FromTrusted(name),
            new Digest(hash),
            Scopes.Read | Scopes.Spend,
            accounts,
            Instant.FromUnixMicroseconds(1_700_000_000_000_001 + number),
            number % 5 == 0 ? null : "cli:root")
        {
            ExpiresAt = number % 4 == 0 ? Instant.MaxValue : null,
        };
        Assert.Equal(KeyAddition.Added, await keys.AddAsync(key, int.MaxValue, Token));
    }

    private static async Task RevokeAsync(SqliteKeyStore keys, int number) => Assert.NotNull(await keys.RevokeAsync(
        KeyId.FromTrusted(number.ToString("x16", CultureInfo.InvariantCulture)), Instant.FromUnixMicroseconds(1_800_000_000_000_002), "admin", Token));

    private static List<string> Read(RawDatabase database) => database.Read(
        $"""
        SELECT number, id, name, hash, scopes, accounts, {database.Microseconds("created_at")}, created_by,
            {database.Microseconds("expires_at")}, {database.Microseconds("revoked_at")}, revoked_by
        FROM api_key ORDER BY number
        """,
        ToText);

    private static string ToText(DbDataReader row) => string.Join(
        '|',
        Enumerable.Range(0, row.FieldCount).Select(column => row.GetValue(column) is byte[] bytes
            ? Convert.ToHexString(bytes)
            : FormattableString.Invariant($"{row.GetValue(column)}")));

    private SqliteKeyStore OpenKeys() => SqliteKeyStore.Open(new SqliteStoreOptions { Directory = _directory.FullName });

    private Task<ExitResult> MigrateAsync() => CommandLine.RunAsync(_directory.FullName, Arguments);

    private async Task AssertMovesAsync(int count)
    {
        ExitResult ending = await MigrateAsync();
        Assert.True(ending is { Code: 0 }, ending.ToString());
        Assert.Contains($" and {count} API keys from ", ending.Output, StringComparison.Ordinal);
        List<string> moved = Read(new PostgresDatabase(_database));
        Assert.Equal(count, moved.Count);
        Assert.Equal(Read(new SqliteFile(KeyFile)), moved);
        Assert.Equal(count > 0, Assert.Single(new PostgresDatabase(_database).Read("SELECT version FROM api_key_version", row => row.GetInt64(0))) > 0);
    }
}
