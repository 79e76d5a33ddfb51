using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>A catch-up knows of which erased accounts the journal has no text left.</summary>
public sealed class ErasedAccountsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_is_without_texts_only_if_all_its_commits_were_read_after_the_last_text_was_erased()
    {
        (MemoryJournal journal, AccountErasure erasure) = await WriteAsync();
        IReadOnlyList<Commit> before = journal.Commits;
        Assert.False(IsKnown(before, erasure));

        // A server erased the key, and was killed before it erased the rest.
        await journal.EraseTextsAsync(erasure, erasure.Opening, Token);
        IReadOnlyList<Commit> half = journal.Commits;
        Assert.False(IsKnown(half, erasure));

        // A catch-up had read the beginning before that.
        for (int read = 1; read < before.Count; read++)
        {
            Assert.False(IsKnown([.. before.Take(read), .. half.Skip(read)], erasure), $"{read} commits were read before.");
        }

        Sequence? next = erasure.Sequence;
        while (next > Sequence.Zero)
        {
            next = await journal.EraseTextsAsync(erasure, next.Value, Token);
        }

        Assert.True(IsKnown(journal.Commits, erasure));
        Assert.False(IsKnown([.. journal.Commits.Skip(1)], erasure));
        Assert.False(IsKnown([journal.Commits[0], .. journal.Commits.Skip(2)], erasure));
    }

    private static bool IsKnown(IEnumerable<Commit> commits, AccountErasure erasure)
    {
        ErasedAccounts accounts = new();
        foreach (Commit commit in commits)
        {
            accounts.Add(commit);
        }

        accounts.End();
        bool isKnown = accounts.IsWithoutTexts(erasure);
        Assert.Equal(isKnown, accounts.Forget(erasure));
        Assert.False(accounts.IsWithoutTexts(erasure));
        return isKnown;
    }

    /// <summary>Writes an account with texts in three commits, and erases the account, but not its texts.</summary>
    private static async Task<(MemoryJournal Journal, AccountErasure Erasure)> WriteAsync()
    {
        MemoryJournal journal = new(TimeProvider.System);
        await using Node node = await Node.StartAsync(journal);
        node.Journal.BeforeErase = () => throw new JournalException("Scripted: killed.");
        Sequence opening = (await node.DoAsync(Given.Add(1).With("one"))).Accepted().Id.Sequence;
        (await node.DoAsync(Given.Add(2).With("two"))).Accepted();
        (await node.DoAsync(Given.Add(3).With("three"))).Accepted();
        (await node.DoAsync(Given.Flush())).Accepted();
        Sequence erasure = (await node.DoAsync(new EraseAccount(Given.Carol))).Accepted().Id.Sequence;
        return (journal, new AccountErasure(opening, erasure));
    }
}
