using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Hosting;

/// <summary>All partitions of a store, hosted in this process. Thread-safe.</summary>
public sealed class PartitionedLedger : ILedger, IAsyncDisposable
{
    private readonly IReadOnlyList<LocalPartition> _partitions;

    /// <summary>The partitions; number <c>n</c> stands at index <c>n</c>.</summary>
    internal IReadOnlyList<LocalPartition> Partitions => _partitions;

    /// <summary>Takes the partitions over; number <c>n</c> stands at index <c>n</c>.</summary>
    public PartitionedLedger(IReadOnlyList<LocalPartition> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        ArgumentOutOfRangeException.ThrowIfZero(partitions.Count);
        _partitions = partitions;
    }

    /// <summary>What all partitions say of themselves together: true is what is true of each of them.</summary>
    public PartitionHealth Health => new(
        IsRunning: _partitions.All(partition => partition.Health.IsRunning),
        CanAppend: _partitions.All(partition => partition.Health.CanAppend),
        CanProject: _partitions.All(partition => partition.Health.CanProject));

    /// <summary>Brings every projection up to its journal and begins to take commands.</summary>
    /// <remarks>If one partition cannot start, the others give up, and the ledger can only be disposed of.</remarks>
    /// <exception cref="Journal.JournalException">A journal could not be read, or its seals do not match its entries.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] starts = [.. _partitions.Select(partition => partition.StartAsync(givenUp.Token))];
        await foreach (Task start in Task.WhenEach(starts).ConfigureAwait(false))
        {
            if (start.IsCompletedSuccessfully)
            {
                continue;
            }

            // Rebuilding the others may take long, and what is wrong with the first is wanted at once.
            await givenUp.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(starts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await start.ConfigureAwait(false);
        }
    }

    /// <summary>Takes nothing more, answers everything that was taken, and projects it.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_partitions.Select(partition => partition.StopAsync(cancellationToken)));

    /// <inheritdoc/>
    public int PartitionOf(AccountId account) => PartitionMap.PartitionOf(account, _partitions.Count);

    /// <inheritdoc/>
    public ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        return Host(command.Account).ExecuteAsync(command, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        Host(account).ReadBalanceAsync(account, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spend);
        return Host(spend.Account).PreviewSpendAsync(spend, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<LotPage>> ReadLotsAsync(AccountId account, LotKey? after, int countMax, CancellationToken cancellationToken) =>
        Host(account).ReadLotsAsync(account, after, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken) =>
        Host(account).ReadSpendAsync(account, spend, cancellationToken);

    /// <summary>Asks every partition whether it answers, which reads the end of its journal where others may write to it as well.</summary>
    /// <remarks>It loads no account. After a failure a partition looks at its journal again only when it is asked for something.</remarks>
    /// <returns>The first refusal, or null if all answered.</returns>
    public async Task<Refusal?> ProbeAsync(CancellationToken cancellationToken)
    {
        Refusal?[] refusals = await Task.WhenAll(
            _partitions.Select(partition => partition.ProbeAsync(cancellationToken).AsTask())).ConfigureAwait(false);
        return Array.Find(refusals, refusal => refusal is not null);
    }

    /// <summary>Waits until the projections contain every write that was acknowledged before the call.</summary>
    public Task WaitUntilProjectedAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_partitions.Select(partition => partition.WaitUntilProjectedAsync(cancellationToken)));

    /// <summary>Ends after the batches that are being committed; what else waits for an answer fails.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_partitions.Select(partition => partition.DisposeAsync().AsTask())).ConfigureAwait(false);

    private LocalPartition Host(AccountId account) => _partitions[PartitionOf(account)];
}
