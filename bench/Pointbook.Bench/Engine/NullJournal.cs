using System.Runtime.CompilerServices;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Bench.Engine;

/// <summary>A journal that stores nothing, to measure the time that the rest of the engine takes.</summary>
internal sealed class NullJournal(int partition) : IJournal
{
    public int Partition => partition;

    public bool IsShared => false;

    public ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken) => new(AppendResult.Appended);

    public ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken) => new(JournalHead.Empty);

    public async IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) => new([]);

    public ValueTask<IReadOnlyList<OperationHead>> ReadOperationsAsync(IReadOnlyList<Sequence> operations, bool withSums, CancellationToken cancellationToken) => new([]);

    public ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken) => new(default(Guid?));

    public void ForgetNames()
    {
    }

    public ValueTask<Sequence?> EraseTextsAsync(AccountErasure erasure, Sequence entry, CancellationToken cancellationToken) => new(Sequence.Zero);

    public ValueTask<bool> PurgeErasedAsync(CancellationToken cancellationToken) => new(true);

    public ValueTask<Digest?> ReadSealAsync(Sequence last, CancellationToken cancellationToken) => new(default(Digest));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
