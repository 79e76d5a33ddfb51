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
    private const string Advice = "Run the same command again; it goes on behind the last commit that was copied.";

    /// <summary>The subcommand.</summary>
    public static Command Create()
    {
        Option<string> from = new("--from") { Required = true, HelpName = "store", Description = $"{StoreAddress.SqliteForm}; no server may run on it." };
        Option<string> to = new("--to") { Required = true, HelpName = "store", Description = $"{StoreAddress.PostgresForm}; a new, empty database." };
        Option<string> partitions = new("--partitions") { HelpName = "count", Description = "1, as the source has; other counts are refused." };
        Command command = new("migrate", "Copies a ledger from SQLite to PostgreSQL, with its ids, seals and API keys, and checks the copy.") { from, to, partitions };
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
        MigrationResult result = await Progress.ShowAsync(begin => new Migration(source, target, begin, clock).RunAsync(cancellationToken), clock);
        double seconds = clock.GetElapsedTime(started).TotalSeconds;
        string directory = Path.GetFullPath(source.Directory);
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            Copied {result.Head.Last} entries in {result.Commits} commits and {result.Keys} API keys from {directory} to {result.Database} in {seconds:0.0} s.
            Every seal is right, and the projection adds up to the journal. The last seal is {result.Head.Seal}.
            From now on start the server with --Storage:Provider Postgres and the connection string in Storage:ConnectionStrings.
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
                $"A ledger moves from SQLite to PostgreSQL only; write --from {StoreAddress.SqliteForm} --to {StoreAddress.PostgresForm}.");
        }

        return partitions is null or PartitionCountText
            ? (new SqliteStoreOptions { Directory = source.Place },
                new PostgresStoreOptions { ConnectionStrings = [target.Place], Partitions = PartitionCount })
            : throw new ArgumentFaultException(
                $"--partitions is {partitions}, and a copy has one partition as its source has: ids and seals contain the partition; leave the option out.");
    }
}
