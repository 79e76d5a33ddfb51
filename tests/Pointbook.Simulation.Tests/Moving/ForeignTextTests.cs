using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Storage.Sqlite;
using Pointbook.StorageContract.Support;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary>Texts that SQLite can store and PostgreSQL cannot.</summary>
public sealed class ForeignTextTests(SharedCluster shared) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task A_text_with_U_0000_keeps_a_ledger_on_SQLite()
    {
        await AppendAsync("before\0after");
        string database = await (await shared.GetAsync()).CreateDatabaseAsync();
        Assert.Contains(
            "Entry 1 of the source has a text with U+0000. PostgreSQL can't store it",
            await CommandLine.RunRefusedAsync(1, _directory.FullName, "migrate", "--from", "sqlite:.", "--to", $"postgres:{database}"),
            StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Appends a credit in a form that current versions of the ledger do not write.</summary>
    private async Task AppendAsync(string reference)
    {
        await using SqliteStore store = SqliteStore.Open(
            new SqliteStoreOptions { Directory = _directory.FullName }, TimeProvider.System, NullLogger.Instance);
        Sequence first = Sequence.Zero.Next;
        Instant now = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());
        Entry credit = new()
        {
            Sequence = first,
            Kind = EntryKind.Credit,
            Account = AccountId.FromTrusted("alice"),
            Payer = PayerName.FromTrusted("DANNON"),
            Points = new Points(300),
            LotPoints = new Points(300),
            OccurredAt = Instant.FromUnixMicroseconds(0),
            Lot = first,
            Operation = first,
            Origin = new Origin { Reference = reference },
        };
        Commit commit = new CommitSealer(TestSalts.Create()).Seal(JournalHead.Empty, partition: 0, Guid.NewGuid(), new CommitTime(now, now), [credit]);
        Assert.Equal(AppendResult.Appended, await store.Journal.AppendAsync(commit, TestContext.Current.CancellationToken));
    }
}
