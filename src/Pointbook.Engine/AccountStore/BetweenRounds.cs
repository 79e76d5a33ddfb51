using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Writes what a scan of the journal found, between two rounds. The scan reads the journal while rounds continue, and only the last part of it between them.</summary>
/// <remarks>One task uses it.</remarks>
/// <param name="parts">The journal, the account store and the pace.</param>
/// <param name="rounds">Marks damaged accounts.</param>
/// <param name="writing">The lock for writing to the account store.</param>
/// <param name="scanning">The lock under which no account key may change.</param>
internal sealed class BetweenRounds(PartitionParts parts, RoundApplier rounds, SemaphoreSlim writing, SemaphoreSlim scanning)
{
    // The snapshot writer waits while the scan reads these, so this number is small.
    private const int EntriesMax = 10_000;

    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(1);

    private bool _isScanning;

    /// <summary>Scans while no account key changes, except during pauses.</summary>
    public async Task ScanAsync(Func<CancellationToken, Task> scan, CancellationToken stopping)
    {
        await BeginScanningAsync(stopping).ConfigureAwait(false);
        try
        {
            await scan(stopping).ConfigureAwait(false);
        }
        finally
        {
            // A stop during a pause ends without the lock.
            EndScanning();
        }
    }

    /// <summary>Writes the pending marks of damaged accounts, so that a restart does not lose them.</summary>
    public async Task MarkDamagedAsync(CancellationToken stopping)
    {
        await writing.WaitAsync(stopping).ConfigureAwait(false);
        try
        {
            await rounds.MarkDamagedAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Brings a scan up to the account store's position, and writes.</summary>
    /// <param name="scan">The scan.</param>
    /// <param name="write">Writes as of the scan's end. It returns false if the store does not accept it now, because a round is in progress.</param>
    /// <param name="stopping">Ends the attempt.</param>
    /// <exception cref="StorageFailureException">The store or the journal failed.</exception>
    public async Task<ScanResult> TryAsync(JournalScan scan, Func<ValueTask<bool>> write, CancellationToken stopping)
    {
        await scan.ReadThroughAsync(await ReadPositionAsync(stopping).ConfigureAwait(false), stopping).ConfigureAwait(false);
        if (scan.IsOutdated)
        {
            return ScanResult.Outdated;
        }

        await writing.WaitAsync(stopping).ConfigureAwait(false);
        try
        {
            await rounds.MarkDamagedAsync(stopping).ConfigureAwait(false);
            Sequence position = await ReadPositionAsync(stopping).ConfigureAwait(false);
            if (position < scan.Last)
            {
                return ScanResult.Emptied;
            }

            if (position.Value - scan.Last.Value > EntriesMax)
            {
                return ScanResult.Behind;
            }

            await scan.ReadThroughAsync(position, stopping).ConfigureAwait(false);
            return scan.IsOutdated ? ScanResult.Outdated
                : await write().ConfigureAwait(false) ? ScanResult.Written
                : ScanResult.InRound;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Waits before another attempt, twice as long as before it. Account keys may be erased meanwhile, because the reason for the pause may last.</summary>
    /// <param name="pause">The pause, or null for the first one.</param>
    /// <param name="stopping">Ends the wait.</param>
    /// <returns>The pause before the attempt after that.</returns>
    public async Task<TimeSpan> PauseAsync(TimeSpan? pause, CancellationToken stopping)
    {
        TimeSpan length = pause ?? parts.SnapshotWriterOptions.RetryDelay;
        EndScanning();
        await Task.Delay(length, parts.Clock, stopping).ConfigureAwait(false);
        await BeginScanningAsync(stopping).ConfigureAwait(false);
        return length * 2 < PauseMax ? length * 2 : PauseMax;
    }

    private async Task BeginScanningAsync(CancellationToken stopping)
    {
        await scanning.WaitAsync(stopping).ConfigureAwait(false);
        _isScanning = true;
    }

    private void EndScanning()
    {
        if (_isScanning)
        {
            _isScanning = false;
            scanning.Release();
        }
    }

    private async Task<Sequence> ReadPositionAsync(CancellationToken stopping) =>
        (await parts.AccountStore.ReadPositionAsync(stopping).ConfigureAwait(false)).Last;
}

/// <summary>The outcome of an attempt to write what a scan found.</summary>
internal enum ScanResult
{
    /// <summary>It is written.</summary>
    Written,

    /// <summary>The tables were emptied meanwhile. The rebuild writes it.</summary>
    Emptied,

    /// <summary>An account was erased during the scan. The caller must begin another one.</summary>
    Outdated,

    /// <summary>Too many entries were stored meanwhile. The caller must try again at once.</summary>
    Behind,

    /// <summary>A round is in progress, perhaps one of another process. The caller must try again after a pause.</summary>
    InRound,
}
