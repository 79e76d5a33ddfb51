using System.Threading.Channels;
using Pointbook.Engine.Answers;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partitions;

/// <summary>A slice of the accounts with one journal and one writer. Thread-safe.</summary>
/// <remarks>
/// All commands and questions go through one loop, which decides them in memory, makes what they write durable in one
/// commit, and only then answers: nothing is answered, and nothing is seen, before it is durable.
/// </remarks>
public sealed class Partition : ILedger, IAsyncDisposable
{
    private readonly Channel<Message> _inbox = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly IJournal _journal;
    private readonly PartitionOptions _options;
    private readonly Projector _projector;
    private readonly PartitionLoop _loop;
    private readonly EngineMetrics _metrics;
    private Task _running = Task.CompletedTask;
    private int _waiting;
    private volatile bool _isStopping;

    /// <summary>Puts a partition together; <see cref="StartAsync"/> sets it going.</summary>
    public Partition(PartitionParts parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        string? fault = parts.Options.Fault() ?? parts.ProjectorOptions.Fault();
        if (fault is not null)
        {
            throw new ArgumentException(fault, nameof(parts));
        }

        _journal = parts.Journal;
        _options = parts.Options;
        _metrics = new EngineMetrics(parts.Journal.Partition, () => Volatile.Read(ref _waiting));
        _projector = new Projector(parts, through => _inbox.Writer.TryWrite(new ProjectedMessage(through)));
        _loop = new PartitionLoop(parts, _inbox, _projector, _metrics, OnAnswered, () => Volatile.Read(ref _waiting));
    }

    /// <summary>Whether the partition takes commands, its journal works, and its projection advances.</summary>
    public PartitionHealth Health => new(
        IsRunning: !_running.IsCompleted && !_isStopping,
        CanAppend: _loop.CanAppend,
        CanProject: _projector.LastFailure is null);

    /// <summary>Brings the projection up to the journal and begins to take commands.</summary>
    /// <exception cref="JournalException">The journal could not be read, or its seals do not match its entries.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        JournalHead head = await _projector.StartAsync(cancellationToken).ConfigureAwait(false);
        _loop.Begin(head);
        _running = Task.Run(_loop.RunAsync, CancellationToken.None);
    }

    /// <summary>Takes nothing more, answers everything that was taken, and projects it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        _inbox.Writer.TryWrite(new StopMessage());
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _projector.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        cancellationToken.ThrowIfCancellationRequested();
        WriteItem item = new(command);
        if (Enqueue(item) is { } refusal)
        {
            return refusal;
        }

        WriteAnswer answer = await item.Completion.ConfigureAwait(false);
        return answer.Outcome ?? await ReplayAsync(answer.ReplayOf!.Value, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(account);
        cancellationToken.ThrowIfCancellationRequested();
        BalanceItem item = new(account);
        return Enqueue(item) is { } refusal ? refusal : await item.Completion.ConfigureAwait(false);
    }

    /// <summary>Asks whether the partition answers, as it would a question for a balance, but without an account that would have to be loaded.</summary>
    /// <remarks>After a failure the partition looks at its journal again only when it is asked for something.</remarks>
    /// <returns>Why it does not, or null if it does.</returns>
    public async ValueTask<Refusal?> ProbeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ProbeItem item = new();
        return Enqueue(item) ?? await item.Completion.ConfigureAwait(false);
    }

    /// <summary>Waits until the projection contains every write that was acknowledged before the call.</summary>
    public Task WaitUntilProjectedAsync(CancellationToken cancellationToken) =>
        _projector.WaitForAsync(_loop.Committed, cancellationToken);

    /// <summary>Ends after the batch that is being committed; what else waits for an answer fails.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        _inbox.Writer.TryComplete();
        await _projector.DisposeAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _metrics.Dispose();
    }

    private Refusal? Enqueue(WorkItem item)
    {
        if (Interlocked.Increment(ref _waiting) > _options.WaitingMax)
        {
            return GiveBackPlace(RefusalCode.Overloaded);
        }

        // The count goes up before the flag is read: a loop that stops waits for everything that was counted.
        return _isStopping || !_inbox.Writer.TryWrite(item) ? GiveBackPlace(RefusalCode.ShuttingDown) : null;
    }

    private Refusal GiveBackPlace(RefusalCode code)
    {
        Interlocked.Decrement(ref _waiting);
        if (_isStopping)
        {
            // The loop may have seen the count while it was up, and nothing else would make it look again.
            _inbox.Writer.TryWrite(new StopMessage());
        }

        return new Refusal(code);
    }

    private void OnAnswered(int count) => Interlocked.Add(ref _waiting, -count);

    private async ValueTask<Outcome<Receipt>> ReplayAsync(Sequence operation, CancellationToken cancellationToken)
    {
        try
        {
            RecordedOperation first = await _journal.ReadOperationAsync(operation, cancellationToken).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"An idempotency key points at entry {operation}, where no operation begins.");
            return new Receipt(_journal.Partition, first.RecordedAt, first.Entries, IsReplay: true);
        }
        catch (JournalException)
        {
            return new Refusal(RefusalCode.StorageUnavailable);
        }
    }
}

/// <summary>What a partition says of itself.</summary>
/// <param name="IsRunning">Whether it takes commands.</param>
/// <param name="CanAppend">Whether its journal can be read and no append has failed, or was late for good, in the last 10 s.</param>
/// <param name="CanProject">Whether the last round of its projector succeeded.</param>
public readonly record struct PartitionHealth(bool IsRunning, bool CanAppend, bool CanProject)
{
    /// <summary>Whether all is well.</summary>
    public bool IsReady => IsRunning && CanAppend && CanProject;
}
