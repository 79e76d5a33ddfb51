using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Support;

/// <summary>A partition that another process hosts. Every call goes over a connection that a test can cut.</summary>
internal sealed class RemotePartition(LocalPartition target) : IPartition
{
    private int _calls;

    /// <summary>Whether calls reach the partition. Other calls are refused like calls to an unavailable store.</summary>
    public bool IsReachable { get; set; } = true;

    /// <summary>How often this process has called the partition.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public int Number => target.Number;

    public Task Completion => target.Completion;

    public ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken) =>
        Send(() => target.ExecuteAsync(command, cancellationToken));

    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        Send(() => target.ReadBalanceAsync(account, cancellationToken));

    public ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken) =>
        Send(() => target.PreviewSpendAsync(spend, cancellationToken));

    public ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken) =>
        Send(() => target.ReadSpendAsync(account, spend, cancellationToken));

    public ValueTask<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        return IsReachable ? target.ProbeAsync(cancellationToken) : new(new ProbeAnswer(new Refusal(RefusalCode.StorageUnavailable), default, Sequence.Zero));
    }

    public Task SettleAsync(Sequence through, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        return target.SettleAsync(through, cancellationToken);
    }

    public Task SettleReadModelAsync(Sequence through, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        return target.SettleReadModelAsync(through, cancellationToken);
    }

    public void ReportReadModelDamage(ReadModelDamagedException damage)
    {
        Interlocked.Increment(ref _calls);
        target.ReportReadModelDamage(damage);
    }

    public void ReportDamage(AccountDamagedException damage)
    {
        Interlocked.Increment(ref _calls);
        target.ReportDamage(damage);
    }

    public void ReportBehind()
    {
        Interlocked.Increment(ref _calls);
        target.ReportBehind();
    }

    private ValueTask<Outcome<T>> Send<T>(Func<ValueTask<Outcome<T>>> call)
        where T : class
    {
        Interlocked.Increment(ref _calls);
        return IsReachable ? call() : new(new Refusal(RefusalCode.StorageUnavailable));
    }
}
