using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>An account as of an instant: due events have taken effect, whether they are written or not. Valid until the state changes.</summary>
/// <remarks>
/// It does not change or copy the account. Its cost depends on the number of due events, not on the number of open lots. The
/// state keeps many due events until it changes, so a caller that looks repeatedly pays for them once.
/// </remarks>
public sealed class AccountAsOf
{
    /// <summary>The least number of entries for which due events are kept. Finding fewer again is as fast as keeping them.</summary>
    internal const int KeptFrom = 64;

    private AccountAsOf(AccountState state, Instant asOf, DueEvents? events)
    {
        State = state;
        AsOf = asOf;
        Events = events;
    }

    /// <summary>The account.</summary>
    public AccountId Account => State.Account;

    /// <summary>The instant.</summary>
    public Instant AsOf { get; }

    /// <summary>The balance: the sum over the payers. Never negative.</summary>
    public Points Balance => Events is null ? State.Balance : State.Balance + Events.Points;

    /// <summary>The points that pending spends hold.</summary>
    public Points Held => Events is null ? State.Held : State.Held - Events.Returned;

    /// <summary>The payers' balances in order of first appearance since the last flush.</summary>
    public IEnumerable<KeyValuePair<PayerName, Points>> Payers =>
        State.Payers.Select(line => KeyValuePair.Create(line.Name, Events is null ? line.Balance : line.Balance + Events.PointsOf(line)));

    /// <summary>The due events as entries, numbered from the position after the state; empty if no event is due.</summary>
    public IReadOnlyList<Entry> Due => Events?.Entries ?? [];

    /// <summary>The state itself, without the due events.</summary>
    internal AccountState State { get; }

    /// <summary>The due events; null if there are none.</summary>
    internal DueEvents? Events { get; }

    /// <summary>Whether an entry belongs to this account, see <see cref="AccountState.IsOf"/>.</summary>
    public bool IsOf(Entry entry) => State.IsOf(entry);

    /// <summary>Creates the view of an account as of an instant.</summary>
    public static AccountAsOf Of(AccountState state, Instant asOf)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new AccountAsOf(state, asOf, state.HasDue(asOf) ? FindDue(state, asOf) : null);
    }

    private static DueEvents FindDue(AccountState state, Instant asOf)
    {
        if (state.LatestDue is { } latest && latest.HoldsAt(asOf))
        {
            return latest;
        }

        DueEvents due = new DueRule(state, asOf, state.StandsAt.Next).Run();
        state.LatestDue = due.Entries.Count >= KeptFrom ? due : null;
        return due;
    }

    /// <summary>Finds the hold of a spend, if the spend is pending.</summary>
    /// <returns>The pending spend, or null.</returns>
    public Hold? FindHold(Sequence spend) => Events?.HasEnded(spend) == true ? null : State.FindHold(spend);

    /// <summary>The open lots in spending order.</summary>
    public IEnumerable<Lot> OpenLots()
    {
        LotWalk lots = new(State.Lots, Events?.Lots);
        while (lots.MoveNext())
        {
            yield return lots.Current;
        }
    }

    /// <summary>The unpaid deductions of a payer.</summary>
    public Points OutstandingOf(PayerLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return Events is not null && Events.Outstanding.TryGetValue(line, out Points outstanding) ? outstanding : line.Outstanding;
    }
}
