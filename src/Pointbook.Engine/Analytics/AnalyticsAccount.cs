using System.Collections.ObjectModel;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Analytics;

/// <summary>The changes of a round to one account. Not thread-safe while entries are added.</summary>
public sealed class AnalyticsAccount
{
    private readonly AccountChange _change = new();
    private List<Entry>? _credits;
    private Dictionary<Sequence, bool>? _holds;

    internal AnalyticsAccount(Entry first)
    {
        IsNew = first.Opening == Sequence.Zero;
        // The seals prove that the account had this state: each round begins where the previous one ended.
        _change.Begin(first.Account, new AccountRow { Opening = first.Opening, LastOperation = first.PreviousOperation });
    }

    /// <summary>The key of the account; null if it is erased.</summary>
    public AccountId? Account => _change.Account.IsErased ? null : _change.Account;

    /// <summary>The first entry of the account.</summary>
    public Sequence Opening => _change.Opening;

    /// <summary>Whether the round opens the account.</summary>
    public bool IsNew { get; }

    /// <summary>The credits of the round, in order. Each opens a lot.</summary>
    public IReadOnlyList<Entry> Credits => _credits ?? (IReadOnlyList<Entry>)[];

    /// <summary>The changes of lots, including those that the round opens.</summary>
    public IReadOnlyCollection<LotChange> Lots => _change.Lots;

    /// <summary>The changes of the lines of payers.</summary>
    public IReadOnlyCollection<PayerChange> Payers => _change.Payers;

    /// <summary>The spends whose holds the round opens, ends or brings back, by their first entries, and whether each is pending after the round.</summary>
    public IReadOnlyDictionary<Sequence, bool> Holds => _holds ?? (IReadOnlyDictionary<Sequence, bool>)ReadOnlyDictionary<Sequence, bool>.Empty;

    internal void Add(RecordedEntry recorded)
    {
        _change.Add(recorded.Entry, recorded.Time);
        if (recorded.Entry.Kind == EntryKind.Credit)
        {
            (_credits ??= []).Add(recorded.Entry);
        }

        if (HoldFold.ChangeOf(recorded.Entry) is { } hold)
        {
            (_holds ??= [])[hold.Spend] = hold.IsPending;
        }
    }

    internal void Finish() => _change.Finish();
}
