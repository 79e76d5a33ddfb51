using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>A caller's command or question, and the answer that the caller waits for. Owned by the loop once it is queued.</summary>
internal abstract class WorkItem : Message
{
    /// <summary>How many of its decisions were lost because another process wrote first or the store's clock disagreed.</summary>
    public int Attempts { get; set; }

    /// <summary>Answers the caller with a refusal.</summary>
    public abstract void Refuse(Refusal refusal);

    /// <summary>Fails the caller's call with a bug.</summary>
    public abstract void Fail(Exception error);

    /// <summary>Answers the caller with the decision. The loop calls it once the batch is durable.</summary>
    /// <param name="entries">The entries of the batch.</param>
    public abstract void Answer(Entry[] entries);
}

/// <summary>A command or question about one account. The account must be in memory before the loop decides the item.</summary>
internal abstract class AccountItem(AccountId account) : WorkItem
{
    public AccountId Account => account;

    /// <summary>The account store's answer about the item's key; null until a load has asked.</summary>
    public KeyAnswer? KeyAnswer { get; set; }

    /// <summary>The account store's answer about the item's subject; null until a load has asked.</summary>
    public EndAnswer? EndAnswer { get; set; }

    public virtual IdempotencyKey? Key => null;

    /// <summary>The operation whose end the answer needs, or null.</summary>
    public virtual Sequence? Subject => null;
}

/// <summary>The account store's answer about a key.</summary>
/// <param name="Record">The key's earlier use, or null if it was not used.</param>
/// <param name="Through">The answer covers every entry up to this one.</param>
internal sealed record KeyAnswer(KeyRecord? Record, Sequence Through);

/// <summary>The account store's answer about the end of a subject.</summary>
/// <param name="End">The end, or null if the subject has not ended.</param>
/// <param name="Through">The answer covers every entry up to this one.</param>
internal sealed record EndAnswer(SubjectEnd? End, Sequence Through);

/// <summary>A command.</summary>
/// <param name="command">The command.</param>
/// <param name="firstEntriesMax">The most entries of the operation that the answer contains.</param>
/// <param name="lacksSubject">Whether the command has only the first entries of its subject. They suffice unless the rules must decide the command.</param>
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

    /// <summary>Whether the command lacks entries of its subject that a decision needs.</summary>
    public bool LacksSubject => lacksSubject;

    public bool HasWritten => _refusal is null && _replayOf is null && !_isUndecided && _count > 0;

    public void DecideRefused(Refusal refusal) => (_refusal, _replayOf, _isUndecided) = (refusal, null, false);

    public void DecideReplay(Sequence operation) => (_refusal, _replayOf, _isUndecided) = (null, operation, false);

    /// <summary>Leaves the command undecided. The caller must send it again with all entries of its subject.</summary>
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

    /// <summary>A receipt may outlive its batch. It keeps its own few entries, not the array of the whole batch.</summary>
    private OperationOutline ToOutline(Entry[] entries)
    {
        IReadOnlyList<Entry> own = _count <= firstEntriesMax
            ? entries.AsSpan(_start, _count).ToArray()
            : (IReadOnlyList<Entry>)new ArraySegment<Entry>(entries, _start, _count);
        return OperationOutline.Of(own, firstEntriesMax);
    }
}

/// <summary>The answer to a command: its outcome, or the earlier operation to replay. Neither if the caller must send it again with its whole subject.</summary>
internal readonly record struct WriteAnswer(Outcome<Receipt> Outcome, Sequence? ReplayOf);

/// <summary>Asks whether the partition answers. The loop decides it without any account.</summary>
internal sealed class ProbeItem : WorkItem
{
    private readonly TaskCompletionSource<ProbeAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CommitTime _time;
    private Sequence _head;

    public Task<ProbeAnswer> Completion => _answer.Task;

    /// <summary>Decides the probe.</summary>
    /// <param name="time">The times of the batch.</param>
    /// <param name="head">The last entry so far, including the batch's entries.</param>
    public void Decide(CommitTime time, Sequence head) => (_time, _head) = (time, head);

    public override void Refuse(Refusal refusal) => _answer.TrySetResult(new ProbeAnswer(refusal, default, Sequence.Zero));

    public override void Fail(Exception error) => _answer.TrySetException(error);

    public override void Answer(Entry[] entries) =>
        _answer.TrySetResult(new ProbeAnswer(null, _time, entries.Length == 0 ? _head : entries[^1].Sequence));
}
