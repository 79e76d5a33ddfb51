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

/// <summary>Answers queries about all partitions of a store, wherever they run. Thread-safe.</summary>
public sealed class LedgerQueries : ILedgerQueries, IDisposable
{
    private readonly IReadOnlyList<PartitionQueries> _partitions;
    private readonly QueryOptions _options;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _replays;
    private readonly SemaphoreSlim _payerReads;
    private volatile bool _isDisposed;
    private readonly JournalDamage? _damage;
    private readonly FailureLog? _failures;

    /// <summary>Creates the queries over the partitions of a store.</summary>
    /// <param name="members">All partitions, in this process or in others; number <c>n</c> stands at index <c>n</c>. Their owner starts and stops them.</param>
    /// <param name="stored">The stored parts of each partition, in the same order.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="clock">The clock of the process.</param>
    /// <param name="damage">Receives reports of damage to a journal, or null.</param>
    /// <param name="failures">Logs why reads failed, or null.</param>
    /// <exception cref="ArgumentException">The two lists have different lengths, so they are not from one store.</exception>
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
            throw new ArgumentException($"There are {members.Count} partitions, but the store contains {stored.Count}.", nameof(stored));
        }

        _partitions = [.. members.Zip(stored, (partition, store) => new PartitionQueries(partition, store, options, clock))];
        _options = options;
        _clock = clock;
        _damage = damage;
        _failures = failures;
        _replays = new SemaphoreSlim(options.ReplaysInFlightMax);
        _payerReads = new SemaphoreSlim(options.PayerReadsInFlightMax);
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
                    settled, accountStore => accountStore.ListAccountsAsync(prefix, after, countMax + 1, cancellationToken), cancellationToken).ConfigureAwait(false);
                accounts.Sort();
                ListedAccount[][] listed = await Task.WhenAll(
                    accounts.Take(countMax).GroupBy(account => PartitionMap.PartitionOf(account, _partitions.Count))
                        .Select(part => _partitions[part.Key].ReadBalancesAsync([.. part], settled[part.Key], cancellationToken))).ConfigureAwait(false);
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
                ProbeAnswer[] settled = await SettleReadModelsAsync(cancellationToken).ConfigureAwait(false);
                if (Array.Find(settled, answer => answer.Refusal is not null).Refusal is { } refusal)
                {
                    return refusal;
                }

                PayerQuery query = new(countMax + 1) { Only = only, After = after };
                Instant now = Now();
                IReadOnlyList<PayerLine>[] lists = await Task.WhenAll(_partitions.Zip(
                    settled, (partition, answer) => partition.ListPayersAsync(query, now, answer.Through, _payerReads, cancellationToken))).ConfigureAwait(false);
                List<PayerLine> payers =
                [
                    .. lists.SelectMany(lines => lines).GroupBy(line => line.Payer).OrderBy(group => group.Key).Select(group => group.Aggregate(
                        (sum, line) => new PayerLine(sum.Payer, sum.Points + line.Points, sum.Outstanding + line.Outstanding, sum.Due + line.Due))),
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
                // Another process's clock may be behind by this much, and it may still write into a day that has ended here.
                TimeSpan grace = _partitions[0].Journal.IsShared ? _options.SkewMax : TimeSpan.Zero;
                if (Now().PlusClamped(-grace) < Instant.FromDateTimeOffset(new DateTimeOffset(until, TimeOnly.MinValue, TimeSpan.Zero)))
                {
                    return new Refusal(RefusalCode.PeriodOpen);
                }

                ProbeAnswer[] settled = await SettleReadModelsAsync(cancellationToken).ConfigureAwait(false);
                if (Array.Find(settled, answer => answer.Refusal is not null).Refusal is { } refusal)
                {
                    return refusal;
                }

                PayerDays[] days = await Task.WhenAll(_partitions.Zip(
                    settled,
                    (partition, answer) => partition.ReadReadModelAsync(
                        answer.Through, model => model.ReadDaysAsync(payer, until, cancellationToken), read => read.Position, _payerReads, cancellationToken))).ConfigureAwait(false);
                return (Outcome<PayerStatement>)PayerStatement.Of(payer, from, until, days);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _replays.Dispose();
        _payerReads.Dispose();
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
        catch (StorageFailureException behind) when (behind is AccountStoreBehindException or ReadModelBehindException)
        {
            return new Refusal(RefusalCode.CatchingUp);
        }
        catch (AccountDamagedException damage)
        {
            PartitionOf(damage.Account).ReportDamage(damage);
            return new Refusal(RefusalCode.AccountDamaged);
        }
        catch (StorageFailureException failure)
        {
            if (failure is AccountStoreDamagedException)
            {
                // The query may have asked several partitions. Each checks its own account store.
                foreach (PartitionQueries partition in _partitions)
                {
                    partition.ReportStoreDamage();
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            _failures?.Tell(failure);
            return new Refusal(RefusalCode.StorageUnavailable);
        }
        catch (ObjectDisposedException) when (_isDisposed)
        {
            // The host ends the queries before it closes the stores.
            return new Refusal(RefusalCode.ShuttingDown);
        }
    }

    /// <summary>Replays an account up to a past instant. It applies events due by then, but none beyond the clock, because a journal may end in the future.</summary>
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
                    await partition.ReplayAsync(account, known, settled.Through, take, cancellationToken).ConfigureAwait(false);
                }
                catch (EntryMismatchException mismatch)
                {
                    // Each operation matches its seal, and no earlier operation is missing.
                    throw new JournalDamagedException(
                        partition.Journal.Partition, $"The entries of account {account} match their seals but are inconsistent: {mismatch.Message}", mismatch);
                }
                finally
                {
                    _replays.Release();
                }

                return (Outcome<T>)toAnswer(known, known < settled.Time.DecidedAt ? known : settled.Time.DecidedAt);
            },
            cancellationToken);

    private Task<ProbeAnswer[]> SettleAtAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_partitions.Select(partition => partition.SettleAtAsync(cancellationToken).AsTask()));

    private Task<ProbeAnswer[]> SettleReadModelsAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_partitions.Select(partition => partition.SettleReadModelAtAsync(cancellationToken).AsTask()));

    private async Task<List<T>> MergeAsync<T>(
        ProbeAnswer[] settled, Func<IAccountStore, ValueTask<IReadOnlyList<T>>> list, CancellationToken cancellationToken)
    {
        IReadOnlyList<T>[] lists = await Task.WhenAll(
            _partitions.Zip(settled, (partition, answer) => partition.ReadStableAsync(answer.Through, list, cancellationToken))).ConfigureAwait(false);
        return [.. lists.SelectMany(items => items)];
    }

    private Instant Now() => Instant.FromDateTimeOffset(_clock.GetUtcNow());

    private PartitionQueries PartitionOf(AccountId account) => _partitions[PartitionMap.PartitionOf(account, _partitions.Count)];
}
