using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>Reads the operation of an earlier command with the same key, off the loop.</summary>
internal delegate ValueTask<Outcome<Receipt>> ReplayReader(AccountId account, Sequence operation, CancellationToken cancellationToken);

/// <summary>A command. The loop completes the item itself with the answer. A later command uses it again, because there are very many commands.</summary>
internal sealed class WriteItem : AccountItem, IValueTaskSource<Outcome<Receipt>>
{
    // A slice of answers returns items one by one, and their callers take them again on the same thread.
    private const int FreePerThreadMax = 64;

    [ThreadStatic]
    private static Stack<WriteItem>? _free;

    // Refusals and failures come from the loop, which must not run the code of callers. Only Answer changes this.
    private ManualResetValueTaskSourceCore<Outcome<Receipt>> _answer = new() { RunContinuationsAsynchronously = true };
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private int _isAnswered;
    private bool _isReusable;
    private ExecutionContext? _context;
    private Command _command = null!;
    private int _firstEntriesMax;
    private ReplayReader _replay = null!;
    private bool _lacksSubject;
    private Refusal? _refusal;
    private Sequence? _replayOf;
    private bool _isUndecided;
    private int _partition;
    private CommitTime _time;
    private int _start;
    private int _count;

    private WriteItem()
    {
    }

    public Command Command => _command;

    public override AccountId Account => _command.Account;

    public override IdempotencyKey? Key => _command.Origin?.Key;

    public override Sequence? Subject => (_command as SubjectCommand)?.Subject;

    /// <summary>Whether the command lacks entries of its subject that a decision needs.</summary>
    public bool LacksSubject => _lacksSubject;

    public bool HasWritten => _refusal is null && _replayOf is null && !_isUndecided && _count > 0;

    /// <summary>Returns an item for a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="firstEntriesMax">The most entries of the operation that the answer contains.</param>
    /// <param name="replay">Reads the operation of an earlier command with the same key.</param>
    /// <param name="lacksSubject">Whether the command has only the first entries of its subject. They suffice unless the rules must decide the command.</param>
    /// <param name="cancellationToken">Ends the wait for the answer. The loop may still carry out the command.</param>
    public static WriteItem Rent(
        Command command, int firstEntriesMax, ReplayReader replay, bool lacksSubject = false, CancellationToken cancellationToken = default)
    {
        WriteItem item = _free is { Count: > 0 } free ? free.Pop() : new WriteItem();
        Debug.Assert(item._command is null && item._isAnswered == 0, "Return cleared the item.");
        (item._command, item._firstEntriesMax, item._replay, item._lacksSubject) = (command, firstEntriesMax, replay, lacksSubject);
        item._cancellation = cancellationToken;
        // A replay reads the journal on behalf of the caller, for instance within its trace.
        item._context = item.Key is null ? null : ExecutionContext.Capture();
        return item;
    }

    /// <summary>Waits for the answer. The caller must call this once, after it has queued the item, and await the result once.</summary>
    /// <returns>The answer; the default value if the item is undecided. The caller must then send it again with all entries of its subject.</returns>
    public ValueTask<Outcome<Receipt>> WaitAsync()
    {
        if (_cancellation.CanBeCanceled)
        {
            _registration = _cancellation.UnsafeRegister(static item => ((WriteItem)item!).Cancel(), this);
        }

        return new ValueTask<Outcome<Receipt>>(this, _answer.Version);
    }

    public void DecideRefused(Refusal refusal) => (_refusal, _replayOf, _isUndecided) = (refusal, null, false);

    public void DecideReplay(Sequence operation) => (_refusal, _replayOf, _isUndecided) = (null, operation, false);

    /// <summary>Leaves the command undecided. The caller must send it again with all entries of its subject.</summary>
    public void LeaveUndecided() => (_refusal, _replayOf, _isUndecided) = (null, null, true);

    public void DecideWritten(int partition, CommitTime time, int start, int count)
    {
        (_refusal, _replayOf, _isUndecided) = (null, null, false);
        (_partition, _time, _start, _count) = (partition, time, start, count);
    }

    public override void Refuse(Refusal refusal)
    {
        if (TryBeginAnswer())
        {
            _answer.SetResult(refusal);
        }
    }

    public override void Fail(Exception error)
    {
        if (TryBeginAnswer())
        {
            _answer.SetException(error);
        }
    }

    public override void Answer(Entry[] entries)
    {
        if (_replayOf is { } operation)
        {
            BeginReplay(operation);
            return;
        }

        Outcome<Receipt> outcome = ToOutcome(entries);
        if (TryBeginAnswer())
        {
            _isReusable = true;

            // The sender of an undecided command next reads all entries of its subject, which may block the thread.
            _answer.RunContinuationsAsynchronously = _isUndecided;

            // The caller may return the item to its thread during the call, so nothing may use it afterwards.
            _answer.SetResult(outcome);
        }
    }

    Outcome<Receipt> IValueTaskSource<Outcome<Receipt>>.GetResult(short token)
    {
        // Throws if the item has meanwhile another command, because the caller awaits its answer twice.
        _ = _answer.GetStatus(token);

        // If a cancellation is running on another thread, it still uses the item.
        bool isUnused = !_cancellation.CanBeCanceled || _registration.Unregister();
        Outcome<Receipt> outcome = _answer.GetResult(token);
        if (isUnused && _isReusable)
        {
            Return();
        }

        return outcome;
    }

    ValueTaskSourceStatus IValueTaskSource<Outcome<Receipt>>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<Outcome<Receipt>>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    private Outcome<Receipt> ToOutcome(Entry[] entries)
    {
        try
        {
            return _isUndecided ? default
                : _refusal is not null ? _refusal
                : new Receipt(_partition, _time, ToOutline(entries), IsReplay: false);
        }
        catch (Exception bug)
        {
            Fail(bug);
            throw;
        }
    }

    private void BeginReplay(Sequence operation)
    {
        if (_context is null)
        {
            _ = AnswerReplayAsync(operation);
            return;
        }

        ExecutionContext.Run(_context, _ => _ = AnswerReplayAsync(operation), null);
    }

    private async Task AnswerReplayAsync(Sequence operation)
    {
        // Reading the journal may block the thread, and further items of the slice wait for it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            Outcome<Receipt> outcome = await _replay(Account, operation, _cancellation).ConfigureAwait(false);
            if (TryBeginAnswer())
            {
                _answer.SetResult(outcome);
            }
        }
        catch (Exception bug)
        {
            Fail(bug);
        }
    }

    /// <summary>Clears the item, so that the next command of this thread can use it. Only an item with a durable answer is in no list of the loop any more.</summary>
    private void Return()
    {
        Stack<WriteItem> free = _free ??= new Stack<WriteItem>(FreePerThreadMax);
        if (free.Count == FreePerThreadMax)
        {
            return;
        }

        _answer.Reset();
        _answer.RunContinuationsAsynchronously = true;
        (_command, _replay, _context, _cancellation, _registration) = (null!, null!, null, default, default);
        (_isAnswered, _isReusable) = (0, false);
        (_refusal, _replayOf, _isUndecided, _count) = (null, null, false, 0);
        (Attempts, KeyAnswer, EndAnswer) = (0, null, null);
        free.Push(this);
    }

    private void Cancel() => Fail(new OperationCanceledException(_cancellation));

    /// <summary>Whether this is the first answer. Later ones do not count.</summary>
    private bool TryBeginAnswer() => Interlocked.Exchange(ref _isAnswered, 1) == 0;

    /// <summary>A receipt may outlive its batch. It keeps its own few entries, not the array of the whole batch.</summary>
    private OperationOutline ToOutline(Entry[] entries)
    {
        IReadOnlyList<Entry> own = _count <= _firstEntriesMax
            ? entries.AsSpan(_start, _count).ToArray()
            : (IReadOnlyList<Entry>)new ArraySegment<Entry>(entries, _start, _count);
        return OperationOutline.Of(own, _firstEntriesMax);
    }
}
