using System.CommandLine;
using System.Globalization;
using Pointbook.Server.Migrating;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.CommandLine;

/// <summary><c>pointbook migrate</c>: copies a ledger from SQLite into a new database on PostgreSQL.</summary>
internal static class MigrateCommand
{
    private const int PartitionCount = 1;
    private const string PartitionCountText = "1";
    private const string Advice = "Run the same command again. It continues after the last copied commit.";

    /// <summary>The subcommand.</summary>
    public static Command Create()
    {
        Option<string> from = new("--from") { Required = true, HelpName = "store", Description = $"{StoreAddress.SqliteForm}. No server may be running on it." };
        Option<string> to = new("--to") { Required = true, HelpName = "store", Description = $"{StoreAddress.PostgresForm}. It must be a new, empty database." };
        Option<string> partitions = new("--partitions") { HelpName = "count", Description = "The number of partitions. It must be 1, like the source." };
        Command command = new("migrate", "Copies a ledger with its ids, seals and API keys from SQLite to PostgreSQL, and verifies the copy.") { from, to, partitions };
        command.SetAction((parsed, cancellationToken) => CommandLineRun.GuardAsync(
            () => RunAsync(
                parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), parsed.GetValue(partitions), TimeProvider.System, cancellationToken),
            Advice,
            new SettingNames("--from", "--partitions")));
        return command;
    }

    private static async Task<int> RunAsync(string from, string to, string? partitions, TimeProvider clock, CancellationToken cancellationToken)
    {
        (SqliteStoreOptions source, PostgresStoreOptions target) = Read(from, to, partitions);
        long started = clock.GetTimestamp();
        MigrationResult result = await Progress.ShowAsync(
            (begin, tell) => new Migration(source, target, begin, tell, clock).RunAsync(cancellationToken), clock);
        double seconds = clock.GetElapsedTime(started).TotalSeconds;
        string directory = Path.GetFullPath(source.Directory);
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            Copied {result.Head.Last} entries in {result.Commits} commits and {result.Keys} API keys from {directory} to {result.Database} in {seconds:0.0} s.
            Every seal is valid, and the account store matches the journal. The last seal is {result.Head.Seal}.
            From now on, start the server with --Storage:Provider Postgres and the connection string in Storage:ConnectionStrings.
            Do not serve {directory} again: points spent there would be spent twice.
            """));
        return 0;
    }

    private static (SqliteStoreOptions Source, PostgresStoreOptions Target) Read(string from, string to, string? partitions)
    {
        StoreAddress source = StoreAddress.Parse("--from", from);
        StoreAddress target = StoreAddress.Parse("--to", to);
        if (source.IsPostgres || !target.IsPostgres)
        {
            throw new ArgumentFaultException(
                $"A ledger can be migrated only from SQLite to PostgreSQL. Write --from {StoreAddress.SqliteForm} --to {StoreAddress.PostgresForm}.");
        }

        return partitions is null or PartitionCountText
            ? (new SqliteStoreOptions { Directory = source.Place },
                new PostgresStoreOptions { ConnectionStrings = [target.Place], Partitions = PartitionCount })
            : throw new ArgumentFaultException(
                $"--partitions must be 1, like the source, because ids and seals contain the partition. It is {partitions}. Omit the option.");
    }
}
