using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>A question about one account. Its state gives the answer.</summary>
internal abstract class ReadItem(AccountId account, Sequence? subject) : AccountItem
{
    public override AccountId Account => account;

    public override Sequence? Subject => subject;

    /// <summary>Finds the answer. The loop gives it to the caller once everything that it depends on is durable.</summary>
    public abstract void Decide(AccountView view);

    /// <summary>Makes a bug in <see cref="Decide"/> the answer.</summary>
    public abstract void DecideFailed(Exception bug);
}

/// <summary>A question with an answer of one type.</summary>
/// <param name="account">The account.</param>
/// <param name="subject">The spend whose end the answer needs, or null.</param>
/// <param name="read">Finds the answer. It runs on the loop, so it must keep nothing of the view.</param>
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

/// <summary>An account at a given time, and the end of the item's subject.</summary>
/// <param name="Account">The account, with the events that are due by the clock.</param>
/// <param name="Time">The clock's time, and the view's place among the recorded commits.</param>
/// <param name="SubjectEnd">The end of the item's subject, or null.</param>
internal readonly record struct AccountView(AccountAsOf Account, CommitTime Time, SubjectEnd? SubjectEnd)
{
    /// <summary>The view contains every entry recorded earlier, and none recorded later.</summary>
    public Instant AsOf => Time.RecordedAt;

    /// <summary>Makes a view of an account. It does not change the state.</summary>
    public static AccountView Of(AccountState state, CommitTime time, SubjectEnd? subjectEnd) =>
        new(AccountAsOf.Of(state, time.DecidedAt), time, subjectEnd);
}
