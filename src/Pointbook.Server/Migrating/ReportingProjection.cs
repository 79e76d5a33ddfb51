using Pointbook.Engine.Projection;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Migrating;

/// <summary>A projection that tells how far it has come.</summary>
/// <param name="inner">The projection.</param>
/// <param name="advance">Is called with the last entry that is projected.</param>
internal sealed class ReportingProjection(IProjection inner, Action<long> advance) : IProjection
{
    /// <inheritdoc/>
    public async ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken)
    {
        ProjectionPosition position = await inner.ReadPositionAsync(cancellationToken);
        advance(position.Last.Value);
        return position;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, CancellationToken cancellationToken) =>
        inner.LoadAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken)
    {
        bool isApplied = await inner.ApplyAsync(round, cancellationToken);
        advance(round.End.Last.Value);
        return isApplied;
    }

    /// <inheritdoc/>
    public ValueTask ResetAsync(CancellationToken cancellationToken) => inner.ResetAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<OperationRow>> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) =>
        inner.ListOperationsAsync(query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AccountRow> ReadAccountAsync(AccountId account, CancellationToken cancellationToken) =>
        inner.ReadAccountAsync(account, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) =>
        inner.ListAccountsAsync(prefix, after, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PayerTotal>> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken) =>
        inner.ListPayersAsync(query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken) =>
        inner.ReadDaysAsync(payer, before, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) =>
        inner.ListDueAccountsAsync(now, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> ForgetKeysAsync(Instant recordedBefore, int countMax, CancellationToken cancellationToken) =>
        inner.ForgetKeysAsync(recordedBefore, countMax, cancellationToken);

    /// <summary>Does nothing: the projection belongs to the store.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
