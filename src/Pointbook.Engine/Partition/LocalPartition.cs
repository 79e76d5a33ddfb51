using System.Threading.Channels;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>A slice of the accounts with one journal and one writer. Thread-safe.</summary>
/// <remarks>
/// All commands and questions go through one loop. It decides them in memory, makes their entries durable in one
/// commit, and only then answers. So no caller sees an entry before it is durable.
/// </remarks>
public sealed partial class LocalPartition : IPartition, IAsyncDisposable
{
    private readonly Channel<Message> _inbox = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly IJournal _journal;
    private readonly PartitionOptions _options;
    private readonly SnapshotWriter _snapshotWriter;
    private readonly ReadModelProjector _readModel;
    private readonly PartitionLoop _loop;
    private readonly EngineMetrics _metrics;
    private readonly Sweeper _sweeper;
    private readonly bool _sweeps;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BugStop _bugs;
    private readonly DamagedAccounts _damaged;
    private readonly StoredOperations _operations;
    private readonly SemaphoreSlim _reads;
    private readonly SemaphoreSlim _wholeReads;
    private readonly JournalDamage _damage;
    private readonly FailureLog _failures;
    private readonly int _entriesMax;
    private readonly ReplayReader _replay;
    private Task _running = Task.CompletedTask;
    private int _waiting;
    private volatile bool _isStopping;

    /// <summary>Creates a partition from its parts; <see cref="StartAsync"/> starts it.</summary>
    public LocalPartition(PartitionParts parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        string? fault = parts.Options.Fault() ?? parts.SnapshotWriterOptions.Fault() ?? parts.SweeperOptions.Fault() ?? parts.OperationOptions.Fault()
            ?? parts.ReadModelOptions.Fault();
        if (fault is not null)
        {
            throw new ArgumentException(fault, nameof(parts));
        }

        _journal = parts.Journal;
        Journal = new FollowedJournal(parts.Journal, parts.Commits);
        _options = parts.Options;
        _damage = parts.Damage ?? new JournalDamage(parts.Logger);
        parts = parts with { Damage = _damage, AccountStore = new WatchedAccountStore(parts.AccountStore, () => _snapshotWriter!.LookAgain()) };
        _failures = FailureLog.OfReads(parts.Logger, parts.Clock);
        CommitWindow unstored = new();
        _operations = new StoredOperations(
            // The loop may trim stored commits a little later, but once an operation is in the account store, it is read from the store.
            parts.Journal, first => first > _snapshotWriter!.Position ? unstored.Find(first) : null);
        _reads = new SemaphoreSlim(parts.OperationOptions.ReadsInFlightMax);
        _wholeReads = new SemaphoreSlim(parts.OperationOptions.WholeReadsInFlightMax);
        _entriesMax = parts.OperationOptions.EntriesInReplyMax;
        _replay = ReplayAsync;
        _metrics = new EngineMetrics(parts.Journal.Partition, () => Volatile.Read(ref _waiting), () => _readModel!.Lag);
        _bugs = new BugStop(parts, bug => _inbox.Writer.TryWrite(new BugMessage(bug)));
        _damaged = new DamagedAccounts(
            parts.Logger,
            parts.Clock,
            damage => _snapshotWriter!.Mark(damage),
            parts.SnapshotWriterOptions.Repairs ? damage => _snapshotWriter!.RepairDirectory(damage) : null);
        _readModel = new ReadModelProjector(parts, _damage);
        _snapshotWriter = new SnapshotWriter(parts, _bugs, _damaged, _readModel, through => _inbox.Writer.TryWrite(new AccountsStoredMessage(through)));
        _loop = new PartitionLoop(parts, _inbox, unstored, _snapshotWriter, _bugs, _damaged, _metrics, OnAnswered, () => Volatile.Read(ref _waiting), _damage);
        _sweeper = new Sweeper(this, _snapshotWriter, parts, _bugs);
        _sweeps = parts.Sweeps;
    }

    /// <inheritdoc/>
    public int Number => _journal.Partition;

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <summary>Whether the partition accepts commands, its journal works, and its account store advances.</summary>
    public PartitionHealth Health => new(
        IsRunning: !_running.IsCompleted && !_isStopping && _bugs.Bug is null,
        CanAppend: _loop.CanAppend,
        CanStoreAccounts: _snapshotWriter.LastFailure is null,
        DamagedAccounts: _damaged.Count,
        ReadModel: _readModel.Condition,
        IsDirectoryDamaged: _snapshotWriter.IsDirectoryDamaged);

    /// <summary>Its journal, for code that follows it.</summary>
    public FollowedJournal Journal { get; }

    /// <summary>How many entries wait in memory for the read model.</summary>
    internal long ReadModelPending => _readModel.PendingEntries;

    /// <summary>Updates the account store to the end of the journal and begins to accept commands.</summary>
    /// <exception cref="JournalException">The journal could not be read, or its seals do not match its entries.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        JournalHead head = await _snapshotWriter.StartAsync(cancellationToken).ConfigureAwait(false);
        _loop.Begin(head);
        _readModel.Start(head.Last);
        _running = Task.Run(RunAsync, CancellationToken.None);
        if (_sweeps)
        {
            _sweeper.Start();
        }
    }

    /// <summary>Accepts no more items, answers the accepted ones, and writes their entries. After a bug it only ends the remaining parts.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        _inbox.Writer.TryWrite(new StopMessage());
        await _sweeper.StopAsync().ConfigureAwait(false);
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _snapshotWriter.StopAsync(cancellationToken).ConfigureAwait(false);
        await _readModel.StopAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        return command is SubjectCommand about
            ? ExecuteAsync(about, cancellationToken)
            : ExecuteAsync(WriteItem.Rent(command, _entriesMax, _replay, cancellationToken: cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        ReadAsync<AccountBalance>(account, null, static view => AccountBalance.Of(view.Account, view.AsOf), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spend);
        return ReadAsync<SpendPreview>(spend.Account, null, view =>
        {
            PreviewSink sink = new(_entriesMax);
            Refusal? refusal = LedgerRules.Preview(view.Account, spend with { Origin = null }, sink);
            return refusal is null ? new SpendPreview(_journal.Partition, view.AsOf, sink.ToOutline()) : refusal;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(account);
        Outcome<RecordedOperation> found = spend.Partition == _journal.Partition
            ? await ReadOperationAsync(account, spend.Sequence, _entriesMax, cancellationToken).ConfigureAwait(false)
            : new Refusal(RefusalCode.OperationNotFound);
        if (found.IsRefused)
        {
            return found.Refusal;
        }

        RecordedOperation operation = found.Value;
        if (operation.Operation.FirstEntries[0].Kind != EntryKind.Spend)
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

        Receipt receipt = new(_journal.Partition, operation.Time, operation.Operation, IsReplay: false);
        return await ReadAsync<RecordedSpend>(account, spend.Sequence, view => RecordedSpend.Of(receipt, view), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ProbeItem item = new();
        return Enqueue(item) is { } refusal
            ? new ProbeAnswer(refusal, default, Sequence.Zero)
            : await item.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void ReportDamage(AccountDamagedException damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        _damaged.Report(damage);
    }

    /// <inheritdoc/>
    public void ReportBehind() => _snapshotWriter.LookAgain();

    /// <inheritdoc/>
    public Task SettleAsync(Sequence through, CancellationToken cancellationToken) => _snapshotWriter.WaitForAsync(through, cancellationToken);

    /// <inheritdoc/>
    public Task SettleReadModelAsync(Sequence through, CancellationToken cancellationToken) =>
        _readModel.WaitForAsync(through, isPatient: false, cancellationToken);

    /// <inheritdoc/>
    public void ReportReadModelDamage(ReadModelDamagedException damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        _readModel.Report(damage);
    }

    /// <summary>Waits until the account store contains every write that this process acknowledged before the call.</summary>
    public Task WaitUntilStoredAsync(CancellationToken cancellationToken) => SettleAsync(_loop.Committed, cancellationToken);

    /// <summary>Waits until the read model contains every write that this process acknowledged before the call, even if updates fail meanwhile.</summary>
    public Task WaitUntilReadModelAsync(CancellationToken cancellationToken) => _readModel.WaitForAsync(_loop.Committed, isPatient: true, cancellationToken);

    /// <summary>Ends after the batch that is being committed, and refuses all other waiting items.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        _inbox.Writer.TryComplete();
        await _sweeper.DisposeAsync().ConfigureAwait(false);
        await _snapshotWriter.DisposeAsync().ConfigureAwait(false);
        await _readModel.DisposeAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _completion.TrySetResult();
        _metrics.Dispose();
    }

    private async Task RunAsync()
    {
        await _loop.RunAsync().ConfigureAwait(false);
        if (_bugs.Bug is { } bug)
        {
            _completion.TrySetException(bug);
        }
        else
        {
            _completion.TrySetResult();
        }
    }

    private async ValueTask<Outcome<Receipt>> ExecuteAsync(SubjectCommand command, CancellationToken cancellationToken)
    {
        Outcome<Receipt> known = await ExecuteAsync(command, isWhole: false, cancellationToken).ConfigureAwait(false);
        return known == default ? await ExecuteWholeAsync(command, cancellationToken).ConfigureAwait(false) : known;
    }

    /// <summary>Executes a command about an earlier operation.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isWhole">Whether to read all entries of its subject. The first ones suffice for a replay, a capture, and a small subject.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer; the default value if only all entries of the subject suffice to decide the command.</returns>
    private async ValueTask<Outcome<Receipt>> ExecuteAsync(SubjectCommand command, bool isWhole, CancellationToken cancellationToken)
    {
        Outcome<RecordedOperation> subject = await ReadOperationAsync(
            command.Account, command.Subject, isWhole ? int.MaxValue : _entriesMax, cancellationToken).ConfigureAwait(false);
        if (subject.Refusal is { Code: not RefusalCode.OperationNotFound } failed)
        {
            return failed;
        }

        // If there is no such operation, the rules refuse the command, but only after the loop has checked for a used key.
        OperationOutline? found = subject.Value?.Operation;
        bool lacksSubject = found?.IsWhole == false && command is not CaptureSpend;
        WriteItem item = WriteItem.Rent(command with { SubjectEntries = found?.FirstEntries ?? [] }, _entriesMax, _replay, lacksSubject, cancellationToken);
        return await ExecuteAsync(item, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Executes a command that needs all entries of its subject. A subject may be large, so few such commands run at a time.</summary>
    private async ValueTask<Outcome<Receipt>> ExecuteWholeAsync(SubjectCommand command, CancellationToken cancellationToken)
    {
        bool isAtOnce = await _wholeReads.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        if (!isAtOnce)
        {
            await _wholeReads.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            // Commands before this one may have ended the same subject. The loop then refuses this one without all entries.
            Outcome<Receipt> known = isAtOnce ? default : await ExecuteAsync(command, isWhole: false, cancellationToken).ConfigureAwait(false);
            return known == default ? await ExecuteAsync(command, isWhole: true, cancellationToken).ConfigureAwait(false) : known;
        }
        finally
        {
            _wholeReads.Release();
        }
    }

    /// <summary>Queues a command and waits for the answer.</summary>
    /// <returns>The answer; the default value if the item is undecided. The caller must then send it again with all entries of its subject.</returns>
    private ValueTask<Outcome<Receipt>> ExecuteAsync(WriteItem item, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Outcome<Receipt>>(cancellationToken);
        }

        return Enqueue(item) is { } refusal
            ? new ValueTask<Outcome<Receipt>>(refusal)
            : item.WaitAsync();
    }

    private Refusal? Enqueue(WorkItem item)
    {
        if (Interlocked.Increment(ref _waiting) > _options.WaitingMax)
        {
            return GiveBackPlace(RefusalCode.Overloaded);
        }

        // The count goes up before the flag is read, because a stopping loop waits for every counted item.
        return _isStopping || !_inbox.Writer.TryWrite(item) ? GiveBackPlace(RefusalCode.ShuttingDown) : null;
    }

    private Refusal GiveBackPlace(RefusalCode code)
    {
        Interlocked.Decrement(ref _waiting);
        if (_isStopping)
        {
            // The loop may have read the higher count, and only a message makes it check the count again.
            _inbox.Writer.TryWrite(new StopMessage());
        }

        return new Refusal(code);
    }

    private void OnAnswered(int count) => Interlocked.Add(ref _waiting, -count);

    /// <summary>Asks a question about an account. The loop answers it in turn with all other items.</summary>
    /// <param name="account">The account.</param>
    /// <param name="subject">The spend whose end the answer needs, or null.</param>
    /// <param name="read">Finds the answer, on the loop. If it throws, only this question fails.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask<Outcome<T>> ReadAsync<T>(
        AccountId account, Sequence? subject, Func<AccountView, Outcome<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(account);
        cancellationToken.ThrowIfCancellationRequested();
        ReadItem<T> item = new(account, subject, read);
        return Enqueue(item) is { } refusal ? refusal : await item.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
