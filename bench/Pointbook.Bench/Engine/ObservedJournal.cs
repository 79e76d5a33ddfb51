using System.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Bench.Engine;

/// <summary>A journal that counts its commits and entries, and measures their time. It passes reads through.</summary>
internal sealed class ObservedJournal(IJournal journal) : IJournal
{
    private long _commits;
    private long _entries;
    private long _ticks;

    public int Partition => journal.Partition;

    public bool IsShared => journal.IsShared;

    public long Commits => Volatile.Read(ref _commits);

    public long Entries => Volatile.Read(ref _entries);

    public double BusySeconds => Volatile.Read(ref _ticks) / (double)Stopwatch.Frequency;

    public async ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        AppendResult result = await journal.AppendAsync(commit, cancellationToken);
        Volatile.Write(ref _ticks, _ticks + Stopwatch.GetTimestamp() - started);
        Volatile.Write(ref _commits, _commits + 1);
        Volatile.Write(ref _entries, _entries + commit.Entries.Count);
        return result;
    }

    public ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken) => journal.ReadHeadAsync(cancellationToken);

    public IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, CancellationToken cancellationToken) =>
        journal.ReadCommitsAsync(after, cancellationToken);

    public ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
        journal.ReadEntriesAsync(ranges, cancellationToken);

    public ValueTask<IReadOnlyList<OperationHead>> ReadOperationsAsync(IReadOnlyList<Sequence> operations, bool withSums, CancellationToken cancellationToken) =>
        journal.ReadOperationsAsync(operations, withSums, cancellationToken);

    public ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken) => journal.ConfirmAsync(entry, cancellationToken);

    public void ForgetNames() => journal.ForgetNames();

    public ValueTask<Sequence?> EraseTextsAsync(AccountErasure erasure, Sequence entry, CancellationToken cancellationToken) =>
        journal.EraseTextsAsync(erasure, entry, cancellationToken);

    public ValueTask<bool> PurgeErasedAsync(CancellationToken cancellationToken) => journal.PurgeErasedAsync(cancellationToken);

    public ValueTask<Digest?> ReadSealAsync(Sequence last, CancellationToken cancellationToken) => journal.ReadSealAsync(last, cancellationToken);

    public ValueTask DisposeAsync() => journal.DisposeAsync();
}
