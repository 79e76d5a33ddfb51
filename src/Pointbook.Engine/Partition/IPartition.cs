using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>What a router and the queries need of one partition, whether it runs in this process or in another one. Thread-safe.</summary>
/// <remarks>Commands and reads keep the promises of <see cref="ILedger"/>. The partition refuses nothing because an account belongs to another one: the caller routes.</remarks>
public interface IPartition
{
    /// <summary>The number of the partition, from 0.</summary>
    int Number { get; }

    /// <summary>Ends when the partition accepts nothing more: successfully after a stop, with the exception after a bug.</summary>
    Task Completion { get; }

    /// <inheritdoc cref="ILedger.ExecuteAsync"/>
    ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken);

    /// <inheritdoc cref="ILedger.ReadBalanceAsync"/>
    ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken);

    /// <inheritdoc cref="ILedger.PreviewSpendAsync"/>
    ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken);

    /// <inheritdoc cref="ILedger.ReadSpendAsync"/>
    ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken);

    /// <summary>Asks whether the partition answers, what time it is there, and how far its journal reaches.</summary>
    /// <remarks>It loads no account. After a failure the partition looks at its journal again only when it is asked for something.</remarks>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Waits until the projection contains everything up to an entry.</summary>
    /// <param name="through">The entry, as <see cref="ProbeAsync"/> gave it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller gave up, or the partition is stopping.</exception>
    Task SettleAsync(Sequence through, CancellationToken cancellationToken);

    /// <summary>Has an account logged and marked whose rows a query has found damaged, so that the next start of its partition rebuilds the projection.</summary>
    /// <remarks>It neither waits nor fails. A report that gets lost is made again by whoever reads the account next.</remarks>
    /// <param name="damage">What was found.</param>
    void ReportDamage(AccountDamagedException damage);
}

/// <summary>The answer to a probe.</summary>
/// <param name="Refusal">Why the partition refuses, or null if it answers.</param>
/// <param name="Time">The clock when it answered, and its place in the books: everything answered before is as of an earlier time, everything written later is recorded later.</param>
/// <param name="Through">An entry that is durable. Every write that any process acknowledged before the probe is this one or an earlier one.</param>
public readonly record struct ProbeAnswer(Refusal? Refusal, CommitTime Time, Sequence Through);
