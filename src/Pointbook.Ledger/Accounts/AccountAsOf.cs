using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>An account as of an instant: due events have taken effect, whether or not they are written. Good until the state changes.</summary>
/// <remarks>
/// It changes and copies no state. What it costs depends on how many events are due, and not on how many lots are open. The state keeps
/// many due events until it changes, so that a caller who looks again and again pays for them once.
/// </remarks>
public sealed class AccountAsOf
{
    /// <summary>From how many entries on due events are kept for the next look. Fewer are found again as quickly as they were kept.</summary>
    internal const int KeptFrom = 64;

    private AccountAsOf(AccountState state, Instant asOf, DueEvents? events)
    {
        State = state;
        AsOf = asOf;
        Events = events;
    }

    /// <summary>Which account.</summary>
    public AccountId Account => State.Account;

    /// <summary>The instant.</summary>
    public Instant AsOf { get; }

    /// <summary>The balance: the sum over the payers. Never negative.</summary>
    public Points Balance => Events is null ? State.Balance : State.Balance + Events.Points;

    /// <summary>How many points pending spends hold.</summary>
    public Points Held => Events is null ? State.Held : State.Held - Events.Returned;

    /// <summary>The payers' balances in order of first appearance since the last flush.</summary>
    public IEnumerable<KeyValuePair<PayerName, Points>> Payers =>
        State.Payers.Select(line => KeyValuePair.Create(line.Name, Events is null ? line.Balance : line.Balance + Events.PointsOf(line)));

    /// <summary>The due events as entries, numbered from the one behind the state; none if nothing is due.</summary>
    public IReadOnlyList<Entry> Due => Events?.Entries ?? [];

    /// <summary>The state itself, without the due events.</summary>
    internal AccountState State { get; }

    /// <summary>The due events; null if there are none.</summary>
    internal DueEvents? Events { get; }

    /// <summary>Looks at an account.</summary>
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

    /// <summary>Whether a spend is pending, and until when.</summary>
    /// <returns>The pending spend, or null.</returns>
    public Hold? FindHold(Sequence spend) => Events?.HasEnded(spend) == true ? null : State.FindHold(spend);

    /// <summary>The open lots in the order in which they are spent.</summary>
    public IEnumerable<Lot> OpenLots()
    {
        LotWalk lots = new(State.Lots, Events?.Lots);
        while (lots.MoveNext())
        {
            yield return lots.Current;
        }
    }

    /// <summary>A payer's deductions that no lot has paid for yet.</summary>
    public Points OutstandingOf(PayerLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return Events is not null && Events.Outstanding.TryGetValue(line, out Points outstanding) ? outstanding : line.Outstanding;
    }
}
