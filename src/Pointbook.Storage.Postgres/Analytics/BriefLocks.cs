using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Pointbook.Storage.Postgres.Analytics;

/// <summary>Takes locks on tables inside a transaction of the caller, and waits only briefly, because later queries of readers wait behind each lock. Used once.</summary>
/// <param name="connection">The connection with the transaction.</param>
internal sealed class BriefLocks(NpgsqlConnection connection)
{
    /// <summary>The mode in which nobody else uses the table.</summary>
    public const string AccessExclusive = "ACCESS EXCLUSIVE";

    // For one table. Longer than the second after which PostgreSQL cancels an autovacuum that holds the lock. Each table may have its own autovacuum.
    private static readonly TimeSpan EachMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AllMax = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan EachMin = TimeSpan.FromMilliseconds(1);

    private readonly long _began = Stopwatch.GetTimestamp();

    /// <summary>Takes one lock.</summary>
    /// <param name="relation">The table or view, with its schema, quoted if needed.</param>
    /// <param name="tables">How many tables the lock includes: those of a view, otherwise one.</param>
    /// <param name="mode">The mode of the lock.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="PostgresException">Others kept the table in use for longer than the bounds.</exception>
    public async Task TakeAsync(string relation, int tables, string mode, CancellationToken cancellationToken)
    {
        TimeSpan left = AllMax - Stopwatch.GetElapsedTime(_began);
        TimeSpan wait = left < EachMin ? EachMin : left < tables * EachMax ? left : tables * EachMax;
        await RunAsync($"SET LOCAL statement_timeout = {Milliseconds(wait)}", cancellationToken).ConfigureAwait(false);
        await RunAsync($"LOCK TABLE {relation} IN {mode} MODE", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the bounds. The locks stay until the end of the transaction. Its later statements may run long, but wait only briefly for each lock that they need.</summary>
    /// <remarks>For example, the end of a table also needs the locks of materialized views that use it.</remarks>
    public Task EndAsync(CancellationToken cancellationToken) =>
        RunAsync($"RESET statement_timeout; SET LOCAL lock_timeout = {Milliseconds(EachMax)}", cancellationToken);

    private static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
