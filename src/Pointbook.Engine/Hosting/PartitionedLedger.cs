using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Hosting;

/// <summary>Routes commands and reads to the partitions of a store, and runs the partitions that this process hosts. Thread-safe.</summary>
public sealed class PartitionedLedger : ILedger, IAsyncDisposable
{
    private readonly IReadOnlyList<IPartition> _members;
    private readonly IReadOnlyList<LocalPartition> _hosted;

    /// <summary>Creates a ledger over the partitions of a store.</summary>
    /// <param name="members">All partitions of the store, in this process or in others; number <c>n</c> stands at index <c>n</c>.</param>
    /// <param name="hosted">The members that this process hosts. The ledger starts, stops and disposes of these, and of no other.</param>
    /// <exception cref="ArgumentException">A member is missing or not at its index, or a hosted partition is not a member.</exception>
    public PartitionedLedger(IReadOnlyList<IPartition> members, IReadOnlyList<LocalPartition> hosted)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(hosted);
        ArgumentOutOfRangeException.ThrowIfZero(members.Count);
        if (members.Where((member, index) => member.Number != index).Any())
        {
            throw new ArgumentException("Partition number n must stand at index n.", nameof(members));
        }

        if (hosted.Any(partition => !members.Contains(partition)))
        {
            throw new ArgumentException("A hosted partition must be a member.", nameof(hosted));
        }

        _members = members;
        _hosted = hosted;
    }

    /// <summary>All partitions of the store; number <c>n</c> stands at index <c>n</c>.</summary>
    public IReadOnlyList<IPartition> Members => _members;

    /// <summary>The combined health of the hosted partitions. A value is true if it is true for each of them.</summary>
    public PartitionHealth Health => new(
        IsRunning: _hosted.All(partition => partition.Health.IsRunning),
        CanAppend: _hosted.All(partition => partition.Health.CanAppend),
        CanStoreAccounts: _hosted.All(partition => partition.Health.CanStoreAccounts),
        DamagedAccounts: _hosted.Sum(partition => partition.Health.DamagedAccounts),
        ReadModel: _hosted.Select(partition => partition.Health.ReadModel).DefaultIfEmpty().Max(),
        IsDirectoryDamaged: _hosted.Any(partition => partition.Health.IsDirectoryDamaged));

    /// <summary>Updates the account store of every hosted partition to the end of its journal, and begins to accept commands.</summary>
    /// <remarks>If one partition cannot start, the others cancel their starts. The ledger can then only be disposed.</remarks>
    /// <exception cref="Journal.JournalException">A journal could not be read, or its seals do not match its entries.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] starts = [.. _hosted.Select(partition => partition.StartAsync(givenUp.Token))];
        await foreach (Task start in Task.WhenEach(starts).ConfigureAwait(false))
        {
            if (start.IsCompletedSuccessfully)
            {
                continue;
            }

            // The others may take long to rebuild, and the operator needs the first failure at once.
            await givenUp.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(starts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await start.ConfigureAwait(false);
        }
    }

    /// <summary>Stops the hosted partitions. They accept no more items, answer the accepted ones, and write their entries.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_hosted.Select(partition => partition.StopAsync(cancellationToken)));

    /// <inheritdoc/>
    public int PartitionOf(AccountId account) => PartitionMap.PartitionOf(account, _members.Count);

    /// <inheritdoc/>
    public ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        return Member(command.Account).ExecuteAsync(command, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        Member(account).ReadBalanceAsync(account, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spend);
        return Member(spend.Account).PreviewSpendAsync(spend, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken) =>
        Member(account).ReadSpendAsync(account, spend, cancellationToken);

    /// <summary>Asks every hosted partition whether it answers. If other processes can write to its journal, the partition also reads the end of it.</summary>
    /// <remarks>It loads no account. After a failure, a partition reads its journal again only when a caller asks for something.</remarks>
    /// <returns>The first refusal, or null if all answered.</returns>
    public async Task<Refusal?> ProbeAsync(CancellationToken cancellationToken)
    {
        ProbeAnswer[] answers = await Task.WhenAll(
            _hosted.Select(partition => partition.ProbeAsync(cancellationToken).AsTask())).ConfigureAwait(false);
        return Array.Find(answers, answer => answer.Refusal is not null).Refusal;
    }

    /// <summary>Waits until the account stores of the hosted partitions contain every write that this process acknowledged before the call.</summary>
    public Task WaitUntilStoredAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_hosted.Select(partition => partition.WaitUntilStoredAsync(cancellationToken)));

    /// <summary>Ends the hosted partitions after the batches that are being committed. They refuse all other waiting items.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_hosted.Select(partition => partition.DisposeAsync().AsTask())).ConfigureAwait(false);

    private IPartition Member(AccountId account) => _members[PartitionOf(account)];
}
