using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract;

/// <remarks>This part: callers that cancel.</remarks>
public abstract partial class JournalContract
{
    public static TheoryData<string> Reads => [.. ReadsByName.Keys];

    private static Dictionary<string, Func<IJournal, CancellationToken, Task>> ReadsByName { get; } = new()
    {
        ["head"] = (journal, token) => journal.ReadHeadAsync(token).AsTask(),
        ["commits"] = async (journal, token) => await journal.ReadCommitsAsync(Sequence.Zero, token).GetAsyncEnumerator(token).MoveNextAsync(),
        ["entries"] = (journal, token) => journal.ReadEntriesAsync([new EntryRange(new Sequence(1), new Sequence(1))], token).AsTask(),
        ["confirm"] = (journal, token) => journal.ConfirmAsync(new Sequence(1), token).AsTask(),
        ["seal"] = (journal, token) => journal.ReadSealAsync(new Sequence(1), token).AsTask(),
    };

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_cancelled_caller_reads_nothing_and_leaves_the_journal_readable(string name)
    {
        await AppendAsync(Chain.AddCredits(1));
        using CancellationTokenSource givenUp = new();
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadsByName[name](Journal, givenUp.Token));
        await ReadsByName[name](Journal, Token);
    }
}
