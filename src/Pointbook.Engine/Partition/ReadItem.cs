using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>A question about one account, answered from its state.</summary>
internal abstract class ReadItem(AccountId account, Sequence? subject) : AccountItem(account)
{
    public override Sequence? Subject => subject;

    /// <summary>Finds the answer. It is given once everything that it rests on is durable.</summary>
    public abstract void Decide(AccountView view);

    /// <summary>Makes a bug in <see cref="Decide"/> the answer.</summary>
    public abstract void DecideFailed(Exception bug);
}

/// <summary>A question with an answer of one type.</summary>
/// <param name="account">Whose account.</param>
/// <param name="subject">The spend whose end the answer needs, or null.</param>
/// <param name="read">Finds the answer. It runs on the loop, so it keeps nothing of the view.</param>
internal sealed class ReadItem<T>(AccountId account, Sequence? subject, Func<AccountView, Outcome<T>> read) : ReadItem(account, subject)
    where T : class
{
    private readonly TaskCompletionSource<Outcome<T>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Outcome<T> _decided;
    private Exception? _bug;

    public Task<Outcome<T>> Completion => _answer.Task;

    public override void Decide(AccountView view)
    {
        _bug = null;
        _decided = read(view);
    }

    public override void DecideFailed(Exception bug) => _bug = bug;

    public override void Refuse(Refusal refusal) => _answer.TrySetResult(refusal);

    public override void Fail(Exception error) => _answer.TrySetException(error);

    public override void Answer(Entry[] entries)
    {
        if (_bug is null)
        {
            _answer.TrySetResult(_decided);
        }
        else
        {
            _answer.TrySetException(_bug);
        }
    }
}

/// <summary>An account at a time, and what was written about the item's subject.</summary>
/// <param name="Account">The account, with the events that were due by the clock.</param>
/// <param name="Time">The clock, and where the view stands among what is recorded.</param>
/// <param name="SubjectEnd">What was written about the item's subject.</param>
internal readonly record struct AccountView(AccountAsOf Account, CommitTime Time, SubjectEnd? SubjectEnd)
{
    /// <summary>No entry recorded later is in it, and every earlier one is.</summary>
    public Instant AsOf => Time.RecordedAt;

    /// <summary>Looks at an account. The state itself does not change.</summary>
    public static AccountView Of(AccountState state, CommitTime time, SubjectEnd? subjectEnd) =>
        new(AccountAsOf.Of(state, time.DecidedAt), time, subjectEnd);
}
