using Microsoft.Extensions.Logging;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Hosting;

/// <summary>Writes due events of accounts that get no commands, and deletes old idempotency keys, at a bounded pace. Thread-safe.</summary>
/// <remarks>
/// The next command on the account would write the same due events first. So several processes may sweep the same
/// partition, and an interrupted sweep leaves nothing half done.
/// </remarks>
internal sealed class Sweeper(IPartition partition, SnapshotWriter snapshotWriter, PartitionParts parts, BugStop bugs) : IAsyncDisposable
{
    private readonly SweeperOptions _options = parts.SweeperOptions;
    private readonly CancellationTokenSource _stopped = new();
    private int _isStopped;
    private Task _running = Task.CompletedTask;
    private string? _toldSweepFailure;
    private string? _toldPurgeFailure;
    private Task? _correction;

    /// <summary>Begins to sweep.</summary>
    public void Start()
    {
        CancellationToken stopping = _stopped.Token;
        _running = Task.Run(() => RunAsync(stopping), CancellationToken.None);
    }

    /// <summary>Ends after the account that is being swept.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            await _stopped.CancelAsync().ConfigureAwait(false);
        }

        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopped.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await RestAsync(stopping).ConfigureAwait(false);

                // A partition without writes would not notice that its tables are damaged as a whole, or that an operator wants them rebuilt.
                snapshotWriter.LookAgain();
                if (parts.Guard?.Fault is not null)
                {
                    // A clock that is not credible makes no event due, and nothing may be recorded.
                    continue;
                }

                _toldSweepFailure = await TryAsync(ExpireAsync, LogMessages.SweepFailed, _toldSweepFailure, stopping).ConfigureAwait(false);
                _toldPurgeFailure = await TryAsync(ForgetKeysAsync, LogMessages.KeysNotForgotten, _toldPurgeFailure, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The next command on the account writes the remaining events, or a sweep after the next start.
        }
        catch (Exception bug)
        {
            bugs.Report(bug);
        }
    }

    /// <summary>Does one part of a round. If the store fails, the other part still runs.</summary>
    /// <param name="work">The part.</param>
    /// <param name="log">Logs why it failed.</param>
    /// <param name="told">The message logged for the last round, or null. While the store is unavailable, every round fails in the same way.</param>
    /// <param name="stopping">Ends the part.</param>
    /// <returns>Why it failed, or null.</returns>
    private async Task<string?> TryAsync(Func<CancellationToken, Task> work, Action<ILogger, Exception> log, string? told, CancellationToken stopping)
    {
        try
        {
            await work(stopping).ConfigureAwait(false);
            return null;
        }
        catch (StorageFailureException failure)
        {
            if (failure.Message != told)
            {
                log(parts.Logger, failure);
            }

            return failure.Message;
        }
    }

    private Task ForgetKeysAsync(CancellationToken stopping) =>
        snapshotWriter.ForgetKeysAsync(Now().PlusClamped(-parts.Policy.KeysKeptFor), _options.KeysPerRoundMax, stopping);

    /// <summary>Waits for the interval, or until the clock is corrected. A correction may make many events due.</summary>
    private async Task RestAsync(CancellationToken stopping)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task rest = Task.Delay(_options.Interval, parts.Clock, over.Token);
        Task correction = _correction ?? parts.Guard?.Corrected ?? rest;
        bool isCorrected = await Task.WhenAny(rest, correction).ConfigureAwait(false) == correction && correction != rest;
        await over.CancelAsync().ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();

        // A correction during the sweep that follows ends the next rest at once.
        _correction = parts.Guard?.Corrected;
        if (isCorrected && await partition.ProbeAsync(stopping).ConfigureAwait(false) is { Refusal: null } answer)
        {
            // The sweep must see every write before the correction, because the next sweep may be a long interval away.
            await partition.SettleAsync(answer.Through, stopping).ConfigureAwait(false);
        }
    }

    /// <summary>Sweeps round by round until no account has due events, or until a round makes no progress.</summary>
    private async Task ExpireAsync(CancellationToken stopping)
    {
        IReadOnlyList<AccountId> before = [];
        while (true)
        {
            IReadOnlyList<AccountId> accounts =
                await parts.AccountStore.ListDueAccountsAsync(Now(), _options.AccountsPerRoundMax, stopping).ConfigureAwait(false);
            if (accounts.Count == 0 || accounts.SequenceEqual(before) || !await TryExpireAsync(accounts, stopping).ConfigureAwait(false))
            {
                return;
            }

            // The list comes from the account store, so it must contain this round's writes before the next round reads it.
            ProbeAnswer probe = await partition.ProbeAsync(stopping).ConfigureAwait(false);
            if (probe.Refusal is not null)
            {
                return;
            }

            await partition.SettleAsync(probe.Through, stopping).ConfigureAwait(false);
            before = accounts;
        }
    }

    /// <summary>Writes the due events of some accounts.</summary>
    /// <returns>False if the partition refused all of them: it is full, failing or stopping. A refusal of one account does not delay the others.</returns>
    private async Task<bool> TryExpireAsync(IReadOnlyList<AccountId> accounts, CancellationToken stopping)
    {
        bool hasExpired = false;
        foreach (AccountId[] second in accounts.Chunk(_options.AccountsPerSecondMax))
        {
            long started = parts.Clock.GetTimestamp();
            foreach (AccountId account in second)
            {
                hasExpired |= !(await partition.ExecuteAsync(new ExpireDue(account), stopping).ConfigureAwait(false)).IsRefused;
            }

            TimeSpan rest = TimeSpan.FromSeconds(1) - parts.Clock.GetElapsedTime(started);
            if (second.Length == _options.AccountsPerSecondMax && rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, parts.Clock, stopping).ConfigureAwait(false);
            }
        }

        // What follows may block its thread, on which the partition also answers callers.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return hasExpired;
    }

    private Instant Now() => Instant.FromDateTimeOffset(parts.Clock.GetUtcNow());
}
