using Pointbook.Engine.Journal;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Proves the seals of a journal with the code that the server brings for that.</summary>
internal static class Seals
{
    /// <summary>Verifies the whole journal; a server may run beside it.</summary>
    /// <returns>The last entry.</returns>
    public static async Task<long> VerifyAsync(string journalFile)
    {
        await using SqliteJournal journal = SqliteJournal.Open(journalFile, new SqliteStoreOptions(), TimeProvider.System);
        return (await JournalVerification.VerifyAsync(journal, TestContext.Current.CancellationToken)).Last.Value;
    }
}
