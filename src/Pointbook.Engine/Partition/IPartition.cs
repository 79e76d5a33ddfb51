using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>One partition as the router and the queries use it. It runs in this process or in another one. Thread-safe.</summary>
/// <remarks>Commands and reads keep the promises of <see cref="ILedger"/>. The caller routes: the partition does not check that an account belongs to it.</remarks>
public interface IPartition
{
    /// <summary>The number of the partition, from 0.</summary>
    int Number { get; }

    /// <summary>Ends when the partition no longer accepts items: successfully after a stop, with the exception after a bug.</summary>
    Task Completion { get; }

    /// <inheritdoc cref="ILedger.ExecuteAsync"/>
    ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken);

    /// <inheritdoc cref="ILedger.ReadBalanceAsync"/>
    ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken);

    /// <inheritdoc cref="ILedger.PreviewSpendAsync"/>
    ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken);

    /// <inheritdoc cref="ILedger.ReadSpendAsync"/>
    ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken);

    /// <summary>Asks whether the partition answers, its time, and the last entry of its journal.</summary>
    /// <remarks>It loads no account. After a failure, the partition reads its journal again only when a caller asks for something.</remarks>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Waits until the account store contains every entry up to one.</summary>
    /// <param name="through">The entry, as <see cref="ProbeAsync"/> gave it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller gave up, or the partition is stopping.</exception>
    Task SettleAsync(Sequence through, CancellationToken cancellationToken);

    /// <summary>Waits until the read model contains every entry up to one.</summary>
    /// <param name="through">The entry, as <see cref="ProbeAsync"/> gave it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ReadModel.ReadModelBehindException">The read model currently cannot advance.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up, or the partition is stopping.</exception>
    Task SettleReadModelAsync(Sequence through, CancellationToken cancellationToken);

    /// <summary>Has the partition build a new generation of the read model, because a query found this one damaged.</summary>
    /// <remarks>It neither waits nor fails. If a report gets lost, the next query reports the damage again.</remarks>
    /// <param name="damage">The damage that the query found.</param>
    void ReportReadModelDamage(ReadModel.ReadModelDamagedException damage);

    /// <summary>Has the partition log and mark an account whose rows a query found damaged, so that its snapshot writer writes the rows again.</summary>
    /// <remarks>It neither waits nor fails. If a report gets lost, the next read of the account reports the damage again.</remarks>
    /// <param name="damage">The damage that the query found.</param>
    void ReportDamage(AccountDamagedException damage);

    /// <summary>
    /// Has the partition read the position of its account store, because a query found too few entries in it, or found it damaged as a whole. The process that
    /// emptied the tables may have ended.
    /// </summary>
    /// <remarks>It neither waits nor fails.</remarks>
    void ReportBehind();
}

/// <summary>The answer to a probe.</summary>
/// <param name="Refusal">Why the partition refuses, or null if it answers.</param>
/// <param name="Time">The clock, and its place among the commits: earlier answers have an earlier as-of time, and later writes are recorded later.</param>
/// <param name="Through">A durable entry. Every write that any process acknowledged before the probe is at or before it.</param>
public readonly record struct ProbeAnswer(Refusal? Refusal, CommitTime Time, Sequence Through);
