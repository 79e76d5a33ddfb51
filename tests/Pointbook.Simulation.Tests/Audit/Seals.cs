using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Verifies the seals of journals with the server's own code.</summary>
internal static class Seals
{
    /// <summary>Verifies the whole journal of the embedded store. A server may run meanwhile.</summary>
    /// <returns>The last entry.</returns>
    public static async Task<long> VerifyAsync(string journalFile)
    {
        await using SqliteJournal journal = SqliteJournal.Open(journalFile, new SqliteStoreOptions(), TimeProvider.System);
        return await VerifyAsync(journal);
    }

    /// <summary>Verifies the journals of all partitions of a store on PostgreSQL. Servers may run meanwhile.</summary>
    /// <returns>The last entry of each.</returns>
    public static async Task<IReadOnlyList<long>> VerifyAsync(IReadOnlyList<string> databases)
    {
        await using PostgresStore store = await PostgresStore.OpenAsync(
            new PostgresStoreOptions { ConnectionStrings = [.. databases] }, NullLogger.Instance, TestContext.Current.CancellationToken);
        return await Task.WhenAll(store.Partitions.Select(partition => VerifyAsync(partition.Journal)));
    }

    private static async Task<long> VerifyAsync(IJournal journal) =>
        (await JournalVerification.VerifyAsync(journal, TestContext.Current.CancellationToken)).Last.Value;
}
