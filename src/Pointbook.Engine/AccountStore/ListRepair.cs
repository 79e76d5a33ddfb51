using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Rewrites the directory, or the list of erasures, from the journal. Any thread may request it; one task rewrites.</summary>
/// <remarks>Both are rewritten as a whole, because a missing or altered bucket may also make their number wrong. Requests that need no damaged bucket continue.</remarks>
internal sealed class ListRepair(PartitionParts parts, BetweenRounds rounds)
{
    // A disk may damage the lists again and again. Scans of the journal then take at most about a tenth of the time.
    private const int PauseFactor = 10;
    private static readonly TimeSpan PauseMax = TimeSpan.FromHours(1);

    // A load that began before the directory was rewritten may report the old damage after it. Later loads report damage that is still there.
    private static readonly TimeSpan StaleReportsMax = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private bool _isDirectoryDamaged;
    private bool _areErasuresDamaged;
    private long? _endedAt;
    private TimeSpan _pause;

    /// <summary>Whether the directory is damaged and not yet rewritten.</summary>
    public bool IsDirectoryDamaged
    {
        get
        {
            lock (_lock)
            {
                return _isDirectoryDamaged;
            }
        }
    }

    /// <summary>The time until something must be rewritten. Zero if that is now, and null if nothing is damaged.</summary>
    public TimeSpan? DueIn
    {
        get
        {
            lock (_lock)
            {
                return !_isDirectoryDamaged && !_areErasuresDamaged ? null
                    : _endedAt is not { } endedAt || _pause <= parts.Clock.GetElapsedTime(endedAt) ? TimeSpan.Zero
                    : _pause - parts.Clock.GetElapsedTime(endedAt);
            }
        }
    }

    /// <summary>Requests the rewriting of the directory, and logs why.</summary>
    /// <param name="damage">The fault, without a full stop.</param>
    /// <param name="isCertain">Whether the fault was found just now. Otherwise, it may have been found before the last rewriting.</param>
    /// <returns>Whether this request is new.</returns>
    public bool TryWantDirectory(string damage, bool isCertain) =>
        TryWant(ref _isDirectoryDamaged, isCertain, () => parts.Logger.DirectoryDamaged(parts.Journal.Partition, damage));

    /// <summary>Requests the rewriting of the list of erasures, and logs why.</summary>
    /// <param name="damage">The fault, without a full stop.</param>
    /// <returns>Whether this request is new.</returns>
    public bool TryWantErasures(string damage) =>
        TryWant(ref _areErasuresDamaged, isCertain: false, () => parts.Logger.ErasureListDamaged(parts.Journal.Partition, damage));

    /// <summary>Forgets all requests, because the tables were emptied. The rebuild writes the lists.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            (_isDirectoryDamaged, _areErasuresDamaged) = (false, false);
        }
    }

    /// <summary>Rewrites what is damaged, and retries until the store can be read and written.</summary>
    /// <returns>False if the journal is damaged. Then it must be tried again after a pause.</returns>
    public async Task<bool> TryRunAsync(CancellationToken stopping)
    {
        long begin = parts.Clock.GetTimestamp();
        bool withErasures;
        lock (_lock)
        {
            withErasures = _areErasuresDamaged;
        }

        try
        {
            await RewriteAsync(begin, withErasures, stopping).ConfigureAwait(false);
        }
        catch (JournalDamagedException damage)
        {
            parts.Damage?.Report(damage);
            parts.Logger.ListsNotRewritten(damage, parts.Journal.Partition);
            lock (_lock)
            {
                (_endedAt, _pause) = (parts.Clock.GetTimestamp(), PauseMax);
            }

            return false;
        }

        TimeSpan pause = parts.Clock.GetElapsedTime(begin) * PauseFactor;
        lock (_lock)
        {
            // The list of erasures may have been found damaged meanwhile.
            (_isDirectoryDamaged, _areErasuresDamaged) = (false, _areErasuresDamaged && !withErasures);
            (_endedAt, _pause) = (parts.Clock.GetTimestamp(), pause < StaleReportsMax ? StaleReportsMax : pause < PauseMax ? pause : PauseMax);
        }

        return true;
    }

    private bool TryWant(ref bool isDamaged, bool isCertain, Action log)
    {
        lock (_lock)
        {
            bool isStale = !isCertain && _endedAt is { } endedAt && parts.Clock.GetElapsedTime(endedAt) < StaleReportsMax;
            if (isDamaged || isStale)
            {
                return false;
            }

            isDamaged = true;
        }

        log();
        return true;
    }

    private async Task RewriteAsync(long begin, bool withErasures, CancellationToken stopping)
    {
        ListScan scan = new(parts.Journal);
        Sequence? outdatedAt = null;
        TimeSpan? pause = null;
        while (true)
        {
            try
            {
                ScanResult result = await rounds.TryAsync(scan, () => WriteAsync(scan, begin, withErasures, stopping), stopping).ConfigureAwait(false);
                if (result is ScanResult.Written or ScanResult.Emptied)
                {
                    return;
                }

                if (result == ScanResult.Behind)
                {
                    continue;
                }

                if (result == ScanResult.Outdated)
                {
                    ThrowIfSame(outdatedAt, scan.Lists.OutdatedAt);
                    (outdatedAt, scan) = (scan.Lists.OutdatedAt, new ListScan(parts.Journal));
                }
            }
            catch (StorageFailureException failure) when (failure is not JournalDamagedException)
            {
                // The snapshot writer logs the failure of the store.
            }

            pause = await rounds.PauseAsync(pause, stopping).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the attempts if another scan was outdated at the same entry, because an erasure during a scan affects only that scan.</summary>
    private void ThrowIfSame(Sequence? before, Sequence? now)
    {
        if (before is { } entry && before == now)
        {
            throw new JournalDamagedException(
                parts.Journal.Partition, $"Entry {entry} of partition {parts.Journal.Partition} opens an account that exists already, or erases one that does not exist.")
            {
                First = entry,
                Last = entry,
            };
        }
    }

    private async ValueTask<bool> WriteAsync(ListScan scan, long begin, bool withErasures, CancellationToken stopping)
    {
        if (!await parts.AccountStore.RewriteListsAsync(scan.Lists, withErasures, scan.Last, stopping).ConfigureAwait(false))
        {
            return false;
        }

        long milliseconds = (long)parts.Clock.GetElapsedTime(begin).TotalMilliseconds;
        parts.Logger.DirectoryRewritten(parts.Journal.Partition, scan.Lists.AccountCount, milliseconds);
        if (withErasures)
        {
            parts.Logger.ErasureListRewritten(parts.Journal.Partition, scan.Lists.Erasures.Count);
        }

        return true;
    }

    /// <summary>Reads all accounts and all erasures.</summary>
    private sealed class ListScan(IJournal journal) : JournalScan(journal)
    {
        private readonly MissingKeys _missingKeys = new(journal);

        public AccountLists Lists { get; } = new();

        public override bool IsOutdated => Lists.IsOutdated;

        protected override async ValueTask AddAsync(Commit commit, CancellationToken cancellationToken)
        {
            await _missingKeys.ThrowIfMissingAsync([commit], cancellationToken).ConfigureAwait(false);
            Lists.Add(commit.Entries);
        }
    }
}
