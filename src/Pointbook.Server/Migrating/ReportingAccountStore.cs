using Pointbook.Engine.AccountStore;

namespace Pointbook.Server.Migrating;

/// <summary>An account store that reports its progress.</summary>
/// <param name="inner">The account store, which the store owns.</param>
/// <param name="advance">Called with the last stored entry.</param>
internal sealed class ReportingAccountStore(IAccountStore inner, Action<long> advance) : DelegatingAccountStore(inner)
{
    /// <inheritdoc/>
    public override async ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken)
    {
        AccountStorePosition position = await base.ReadPositionAsync(cancellationToken);
        advance(position.Last.Value);
        return position;
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken)
    {
        bool isApplied = await base.ApplyAsync(round, cancellationToken);
        advance(round.End.Last.Value);
        return isApplied;
    }

    /// <inheritdoc/>
    protected override ValueTask DisposeInnerAsync() => ValueTask.CompletedTask;
}
