using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>What a caller asks for, and the answer it waits for. Owned by the loop once it is queued.</summary>
internal abstract class WorkItem : Message
{
    /// <summary>How often it was decided in vain because somebody else wrote first or the commit was late.</summary>
    public int Attempts { get; set; }

    /// <summary>Gives the caller a refusal.</summary>
    public abstract void Refuse(Refusal refusal);

    /// <summary>Gives the caller a bug.</summary>
    public abstract void Fail(Exception error);

    /// <summary>Gives the caller what was decided. Called once the batch is durable.</summary>
    /// <param name="entries">What the batch wrote.</param>
    public abstract void Answer(Entry[] entries);
}

/// <summary>A command or a question that is about an account, which has to be in memory before it is decided.</summary>
internal abstract class AccountItem(AccountId account) : WorkItem
{
    public AccountId Account => account;

    /// <summary>What the projection knew of the item's key, and up to which entry; null while it was not asked.</summary>
    public ProjectedKey? ProjectedKey { get; set; }

    /// <summary>What the projection knew of the item's subject, and up to which entry; null while it was not asked.</summary>
    public ProjectedEnd? ProjectedEnd { get; set; }

    public virtual IdempotencyKey? Key => null;

    /// <summary>The operation whose end the answer needs, or null.</summary>
    public virtual Sequence? Subject => null;
}

/// <summary>What the projection knew of a key.</summary>
/// <param name="Record">What the key was used for, or null if it was not used.</param>
/// <param name="Through">Every entry up to this one was taken into account.</param>
internal sealed record ProjectedKey(KeyRecord? Record, Sequence Through);

/// <summary>What the projection knew of what became of a spend.</summary>
/// <param name="End">What became of it, or null if nothing did.</param>
/// <param name="Through">Every entry up to this one was taken into account.</param>
internal sealed record ProjectedEnd(SubjectEnd? End, Sequence Through);

/// <summary>A command.</summary>
/// <param name="command">The command.</param>
/// <param name="firstEntriesMax">How many of its entries the answer has at most.</param>
/// <param name="lacksSubject">Whether the command has only the first entries of its subject, which are enough unless it must be decided.</param>
internal sealed class WriteItem(Command command, int firstEntriesMax, bool lacksSubject = false) : AccountItem(command.Account)
{
    private readonly TaskCompletionSource<WriteAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Refusal? _refusal;
    private Sequence? _replayOf;
    private bool _isUndecided;
    private int _partition;
    private CommitTime _time;
    private int _start;
    private int _count;

    public Command Command => command;

    public Task<WriteAnswer> Completion => _answer.Task;

    public override IdempotencyKey? Key => command.Origin?.Key;

    public override Sequence? Subject => (command as SubjectCommand)?.Subject;

    /// <summary>Whether it cannot be decided with what it has of its subject.</summary>
    public bool LacksSubject => lacksSubject;

    public bool HasWritten => _refusal is null && _replayOf is null && !_isUndecided && _count > 0;

    public void DecideRefused(Refusal refusal) => (_refusal, _replayOf, _isUndecided) = (refusal, null, false);

    public void DecideReplay(Sequence operation) => (_refusal, _replayOf, _isUndecided) = (null, operation, false);

    /// <summary>Has it sent again with all entries of its subject.</summary>
    public void LeaveUndecided() => (_refusal, _replayOf, _isUndecided) = (null, null, true);

    public void DecideWritten(int partition, CommitTime time, int start, int count)
    {
        (_refusal, _replayOf, _isUndecided) = (null, null, false);
        (_partition, _time, _start, _count) = (partition, time, start, count);
    }

    public override void Refuse(Refusal refusal) => _answer.TrySetResult(new WriteAnswer(refusal, null));

    public override void Fail(Exception error) => _answer.TrySetException(error);

    public override void Answer(Entry[] entries)
    {
        Outcome<Receipt> outcome = _replayOf is not null || _isUndecided ? default
            : _refusal is not null ? _refusal
            : new Receipt(_partition, _time, ToOutline(entries), IsReplay: false);
        _answer.TrySetResult(new WriteAnswer(outcome, _replayOf));
    }

    /// <summary>A receipt may outlive its batch. It keeps its own few entries and not the array with all entries of the batch.</summary>
    private OperationOutline ToOutline(Entry[] entries)
    {
        IReadOnlyList<Entry> own = _count <= firstEntriesMax
            ? entries.AsSpan(_start, _count).ToArray()
            : (IReadOnlyList<Entry>)new ArraySegment<Entry>(entries, _start, _count);
        return OperationOutline.Of(own, firstEntriesMax);
    }
}

/// <summary>The answer to a command: the outcome, or the earlier operation whose outcome it is; neither if the caller must send it again with its whole subject.</summary>
internal readonly record struct WriteAnswer(Outcome<Receipt> Outcome, Sequence? ReplayOf);

/// <summary>The question whether the partition answers at all. It is decided without any account.</summary>
internal sealed class ProbeItem : WorkItem
{
    private readonly TaskCompletionSource<ProbeAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CommitTime _time;
    private Sequence _head;

    public Task<ProbeAnswer> Completion => _answer.Task;

    /// <summary>Decides the probe.</summary>
    /// <param name="time">The times of the batch.</param>
    /// <param name="head">The last entry so far, those of the batch included.</param>
    public void Decide(CommitTime time, Sequence head) => (_time, _head) = (time, head);

    public override void Refuse(Refusal refusal) => _answer.TrySetResult(new ProbeAnswer(refusal, default, Sequence.Zero));

    public override void Fail(Exception error) => _answer.TrySetException(error);

    public override void Answer(Entry[] entries) =>
        _answer.TrySetResult(new ProbeAnswer(null, _time, entries.Length == 0 ? _head : entries[^1].Sequence));
}
