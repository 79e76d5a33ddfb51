using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Answers questions about all partitions of a store, wherever they run. Thread-safe.</summary>
public sealed class LedgerQueries : ILedgerQueries, IDisposable
{
    private readonly IReadOnlyList<PartitionQueries> _partitions;
    private readonly QueryOptions _options;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _replays;
    private volatile bool _isDisposed;
    private readonly JournalDamage? _damage;
    private readonly FailureLog? _failures;

    /// <summary>Puts the queries beside the partitions of a store.</summary>
    /// <param name="members">All partitions, in this process or in others; number <c>n</c> stands at index <c>n</c>. Whoever made them starts and stops them.</param>
    /// <param name="stored">What the store keeps of each, in the same order.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="clock">The clock of the process.</param>
    /// <param name="damage">Is told of damage to a journal; null if nobody wants to know.</param>
    /// <param name="failures">Logs why reads failed; null if nobody wants to know.</param>
    /// <exception cref="ArgumentException">The two lists are not of one store: their lengths differ.</exception>
    public LedgerQueries(
        IReadOnlyList<IPartition> members,
        IReadOnlyList<StoredPartition> stored,
        QueryOptions options,
        TimeProvider clock,
        JournalDamage? damage = null,
        FailureLog? failures = null)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(options);
        if (members.Count != stored.Count)
        {
            throw new ArgumentException($"There are {members.Count} partitions, but the store keeps {stored.Count}.", nameof(stored));
        }

        _partitions = [.. members.Zip(stored, (partition, store) => new PartitionQueries(partition, store, options, clock))];
        _options = options;
        _clock = clock;
        _damage = damage;
        _failures = failures;
        _replays = new SemaphoreSlim(options.ReplaysInFlightMax);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountOperation>> ReadOperationAsync(AccountId account, EntryId id, CancellationToken cancellationToken) =>
        GuardAsync(() => PartitionOf(account).ReadOperationAsync(account, id, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<OperationLines>> ReadLinesAsync(
        AccountId account, EntryId id, long after, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(countMax, 1);
        return GuardAsync(() => PartitionOf(account).ReadLinesAsync(account, id, after, countMax, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<HistoryPage>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return GuardAsync(() => PartitionOf(query.Account).ReadHistoryAsync(query, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsOfAsync(AccountId account, Instant knownAt, CancellationToken cancellationToken)
    {
        AccountState state = new(account);
        return ReplayAsync(
            account,
            knownAt,
            (entry, _) => state.Apply(entry),
            (known, now) => AccountBalance.Of(AccountAsOf.Of(state, now), known),
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<EffectiveBalance>> ReadEffectiveBalanceAsync(
        AccountId account, Instant effectiveAt, Instant? knownAt, CancellationToken cancellationToken)
    {
        AccountState state = new(account);
        EffectiveSums sums = new(effectiveAt);
        return ReplayAsync(account, knownAt, Take, (known, now) =>
        {
            foreach (Entry due in AccountAsOf.Of(state, now).Due)
            {
                sums.Add(due, known);
            }

            return new EffectiveBalance(account, effectiveAt, known, sums.Payers);
        }, cancellationToken);

        void Take(Entry entry, Instant recordedAt)
        {
            state.Apply(entry);
            sums.Add(entry, recordedAt);
        }
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<LotPage>> ReadLotsAsync(AccountId account, LotPlace? after, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(countMax, 1);
        return GuardAsync(() => PartitionOf(account).ReadLotsAsync(account, after, countMax, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountPage>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) =>
        GuardAsync(
            async () =>
            {
                ProbeAnswer[] settled = await SettleAtAsync(cancellationToken).ConfigureAwait(false);
                if (Array.Find(settled, answer => answer.Refusal is not null).Refusal is { } refusal)
                {
                    return refusal;
                }

                List<AccountId> accounts = await MergeAsync(
                    projection => projection.ListAccountsAsync(prefix, after, countMax + 1, cancellationToken)).ConfigureAwait(false);
                accounts.Sort();
                ListedAccount[][] listed = await Task.WhenAll(
                    accounts.Take(countMax).GroupBy(account => PartitionMap.PartitionOf(account, _partitions.Count))
                        .Select(part => _partitions[part.Key].ReadBalancesAsync([.. part], settled[part.Key].Time, cancellationToken))).ConfigureAwait(false);
                ListedAccount[] page = [.. listed.SelectMany(part => part).OrderBy(account => account.Account)];
                foreach (AccountDamagedException damage in page.Select(account => account.Damage).OfType<AccountDamagedException>())
                {
                    PartitionOf(damage.Account).ReportDamage(damage);
                }

                return (Outcome<AccountPage>)new AccountPage(page, accounts.Count > countMax);
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<PayerPage>> ListPayersAsync(PayerName? only, PayerName? after, int countMax, CancellationToken cancellationToken) =>
        GuardAsync(
            async () =>
            {
                if (await SettleAsync(cancellationToken).ConfigureAwait(false) is { } refusal)
                {
                    return refusal;
                }

                PayerQuery query = new(countMax + 1, Now()) { Only = only, After = after };
                List<PayerTotal> totals = await MergeAsync(projection => projection.ListPayersAsync(query, cancellationToken)).ConfigureAwait(false);
                List<PayerTotal> payers =
                [
                    .. totals.GroupBy(total => total.Payer).OrderBy(group => group.Key).Select(group => group.Aggregate(
                        (sum, total) => new PayerTotal(sum.Payer, sum.Points + total.Points, sum.Outstanding + total.Outstanding, sum.Due + total.Due))),
                ];
                return (Outcome<PayerPage>)new PayerPage([.. payers.Take(countMax)], payers.Count > countMax);
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<PayerStatement>> ReadStatementAsync(PayerName payer, DateOnly from, DateOnly until, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(until, from);
        return GuardAsync(
            async () =>
            {
                // Another process may be behind this clock by that much, and still write into the day that is over here.
                TimeSpan grace = _partitions[0].Journal.IsShared ? _options.SkewMax : TimeSpan.Zero;
                if (Now().PlusClamped(-grace) < Instant.FromDateTimeOffset(new DateTimeOffset(until, TimeOnly.MinValue, TimeSpan.Zero)))
                {
                    return new Refusal(RefusalCode.PeriodOpen);
                }

                if (await SettleAsync(cancellationToken).ConfigureAwait(false) is { } refusal)
                {
                    return refusal;
                }

                PayerDays[] days = await Task.WhenAll(
                    _partitions.Select(partition => partition.Projection.ReadDaysAsync(payer, until, cancellationToken).AsTask())).ConfigureAwait(false);
                return (Outcome<PayerStatement>)PayerStatement.Of(payer, from, until, days);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _replays.Dispose();
    }

    private async ValueTask<Outcome<T>> GuardAsync<T>(Func<ValueTask<Outcome<T>>> read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (JournalDamagedException damage)
        {
            _damage?.Report(damage);
            return new Refusal(RefusalCode.JournalDamaged);
        }
        catch (ProjectionBehindException)
        {
            return new Refusal(RefusalCode.ProjectionBehind);
        }
        catch (AccountDamagedException damage)
        {
            PartitionOf(damage.Account).ReportDamage(damage);
            return new Refusal(RefusalCode.AccountDamaged);
        }
        catch (StorageFailureException failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _failures?.Tell(failure);
            return new Refusal(RefusalCode.StorageUnavailable);
        }
        catch (ObjectDisposedException) when (_isDisposed)
        {
            // Queries end before their stores do.
            return new Refusal(RefusalCode.ShuttingDown);
        }
    }

    /// <summary>Replays an account up to an instant that has passed. Due events count up to it, but not beyond the clock: a journal may end in the future.</summary>
    private ValueTask<Outcome<T>> ReplayAsync<T>(
        AccountId account, Instant? knownAt, Action<Entry, Instant> take, Func<Instant, Instant, T> toAnswer, CancellationToken cancellationToken)
        where T : class =>
        GuardAsync(
            async () =>
            {
                PartitionQueries partition = PartitionOf(account);
                ProbeAnswer settled = await partition.SettleAtAsync(cancellationToken).ConfigureAwait(false);
                if (settled.Refusal is { } refusal)
                {
                    return refusal;
                }

                if (knownAt > settled.Time.RecordedAt)
                {
                    return new Refusal(RefusalCode.KnownAtInFuture);
                }

                Instant known = knownAt ?? settled.Time.RecordedAt;
                await _replays.WaitAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    await partition.ReplayAsync(account, known, take, cancellationToken).ConfigureAwait(false);
                }
                catch (EntryMismatchException mismatch)
                {
                    // Each operation matches its row, so it is rows that are missing.
                    throw new AccountDamagedException(account, "they do not have all operations", mismatch);
                }
                finally
                {
                    _replays.Release();
                }

                return (Outcome<T>)toAnswer(known, known < settled.Time.DecidedAt ? known : settled.Time.DecidedAt);
            },
            cancellationToken);

    private async ValueTask<Refusal?> SettleAsync(CancellationToken cancellationToken) =>
        Array.Find(await SettleAtAsync(cancellationToken).ConfigureAwait(false), answer => answer.Refusal is not null).Refusal;

    private Task<ProbeAnswer[]> SettleAtAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_partitions.Select(partition => partition.SettleAtAsync(cancellationToken).AsTask()));

    private async Task<List<T>> MergeAsync<T>(Func<IProjection, ValueTask<IReadOnlyList<T>>> list)
    {
        IReadOnlyList<T>[] lists = await Task.WhenAll(_partitions.Select(partition => list(partition.Projection).AsTask())).ConfigureAwait(false);
        return [.. lists.SelectMany(items => items)];
    }

    private Instant Now() => Instant.FromDateTimeOffset(_clock.GetUtcNow());

    private PartitionQueries PartitionOf(AccountId account) => _partitions[PartitionMap.PartitionOf(account, _partitions.Count)];
}
