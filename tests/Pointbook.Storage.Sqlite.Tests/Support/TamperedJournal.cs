using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>A journal of three commits of three entries that tests alter, and assertions about the result.</summary>
/// <remarks>Each commit has an entry with all fields set, one with only the required fields, and an ordinary one.</remarks>
public abstract class TamperedJournal : IAsyncLifetime
{
    private CommitChain? _chain;

    private protected SqliteHost Host { get; } = new();

    private protected CommitChain Chain => _chain ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync()
    {
        await Host.OpenAsync();
        _chain = new CommitChain(Host.Clock);
        for (int number = 0; number < 3; number++)
        {
            Sequence next = _chain.Next;
            IReadOnlyList<Entry> entries = [Given.EntryWithAllFields(next, EntryKind.Credit), Given.EntryWithoutTexts(next.Next, EntryKind.Spend), Given.Credit(next.Plus(2))];
            Assert.Equal(AppendResult.Appended, await Host.Journal.AppendAsync(_chain.Add(entries), CancellationToken.None));
        }

        await AssertIntactAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private const string NoMatch = "it does not match its seal";

    private protected static async Task<JournalDamagedException> AssertDamagedAsync(Func<Task> read)
    {
        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(read);
        Assert.Equal(0, damage.Partition);
        Assert.False(damage.IsOutcomeUnknown);
        return damage;
    }

    private protected void AssertSecondCommit(JournalDamagedException damage, string message) => AssertCommit(damage, 1, message);

    private protected void AssertCommit(JournalDamagedException damage, int commit, string message)
    {
        Commit expected = Chain.Commits[commit];
        Assert.Equal((expected.First, expected.Last, expected.Id), (damage.First, damage.Last, damage.Commit));
        Assert.True(damage.Message.Contains(message, StringComparison.Ordinal), damage.Message);
    }

    /// <summary>Readers of commits and readers of entries both report the second commit as damaged.</summary>
    private protected Task AssertSecondCommitAsync(string message) => AssertCommitAsync(1, message);

    /// <summary>
    /// Readers of commits and readers of entries both report a commit as damaged. Readers of entries compare blocks with the
    /// seal before they decode them.
    /// </summary>
    private protected async Task AssertCommitAsync(int commit, string message)
    {
        AssertCommit(await AssertDamagedAsync(async () => await StoreAssert.ReadAllAsync(Host.Journal)), commit, message);
        EntryRange range = new(new Sequence(2), new Sequence(9));
        JournalDamagedException damage = await AssertDamagedAsync(async () => await Host.Journal.ReadEntriesAsync([range], CancellationToken.None));
        AssertCommit(damage, commit, damage.Message.Contains(NoMatch, StringComparison.Ordinal) ? NoMatch : message);
    }

    /// <summary>Alters the journal, asserts that the verification finds the change, and restores the journal.</summary>
    private protected Task AssertFoundAsync(string change) => AssertFoundAsync(change, sql => sql.Run(change));

    private protected async Task AssertFoundAsync(string name, Action<Sql> change)
    {
        using Sql sql = new(Host.Files.Journal);
        sql.Run("CREATE TEMP TABLE commits AS SELECT * FROM journal_commit");
        change(sql);
        await AssertDetectedByVerifyAsync(name);
        sql.Run("DELETE FROM journal_commit; INSERT INTO journal_commit SELECT * FROM commits; DROP TABLE commits");
        await AssertIntactAsync();
    }

    /// <summary>Asserts that the verification finds the current change.</summary>
    private protected async Task AssertDetectedByVerifyAsync(string name)
    {
        Exception? found = await Record.ExceptionAsync(() => JournalVerification.VerifyAsync(Host.Journal, CancellationToken.None));
        Assert.True(found is JournalDamagedException, $"{name}: {found?.ToString() ?? "not found"}");
    }

    private protected async Task AssertIntactAsync() =>
        Assert.Equal(Chain.Head, await JournalVerification.VerifyAsync(Host.Journal, CancellationToken.None));
}
