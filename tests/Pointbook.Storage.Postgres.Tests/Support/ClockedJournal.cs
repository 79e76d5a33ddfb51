using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>A journal whose database shows the test's time at each append.</summary>
internal sealed class ClockedJournal(IJournal inner, DatabaseClock clock) : IJournal
{
    public int Partition => inner.Partition;

    public bool IsShared => inner.IsShared;

    public ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken) => inner.ReadHeadAsync(cancellationToken);

    public async ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken)
    {
        await clock.SynchronizeAsync();
        return await inner.AppendAsync(commit, cancellationToken);
    }

    public IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, CancellationToken cancellationToken) => inner.ReadCommitsAsync(after, cancellationToken);

    public ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
        inner.ReadEntriesAsync(ranges, cancellationToken);

    public ValueTask<IReadOnlyList<OperationHead>> ReadOperationsAsync(IReadOnlyList<Sequence> operations, bool withSums, CancellationToken cancellationToken) =>
        inner.ReadOperationsAsync(operations, withSums, cancellationToken);

    public ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken) => inner.ConfirmAsync(entry, cancellationToken);

    public void ForgetNames() => inner.ForgetNames();

    public ValueTask<Sequence?> EraseTextsAsync(AccountErasure erasure, Sequence entry, CancellationToken cancellationToken) =>
        inner.EraseTextsAsync(erasure, entry, cancellationToken);

    public ValueTask<bool> PurgeErasedAsync(CancellationToken cancellationToken) => inner.PurgeErasedAsync(cancellationToken);

    public ValueTask<Digest?> ReadSealAsync(Sequence last, CancellationToken cancellationToken) => inner.ReadSealAsync(last, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
