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

    /// <summary>Answers the caller with the decision, off the loop, once the batch is durable. It may run the caller's code.</summary>
    /// <param name="entries">The entries of the batch.</param>
    public abstract void Answer(Entry[] entries);
}

/// <summary>A command or question about one account. The account must be in memory before the loop decides the item.</summary>
internal abstract class AccountItem : WorkItem
{
    public abstract AccountId Account { get; }

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
