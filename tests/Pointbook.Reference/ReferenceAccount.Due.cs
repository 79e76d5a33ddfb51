using Pointbook.Ledger.Values;

namespace Pointbook.Reference;

/// <remarks>This part: what happens when events become due.</remarks>
public sealed partial class ReferenceAccount
{
    /// <summary>
    /// Carries out all events that are due at an instant. The test calls it before and after each command, with the time at which the
    /// command is recorded.
    /// </summary>
    /// <returns>The events, in order.</returns>
    public IReadOnlyList<ReferenceEvent> ApplyDue(Instant now)
    {
        List<ReferenceEvent> events = [];
        while (true)
        {
            Spent? hold = NextHoldEnd(now);
            Credit? credit = NextExpiry(now);
            if (hold is null && credit is null)
            {
                return events;
            }

            // If a hold ends and a credit expires at the same instant, the end of the hold comes first.
            bool isHoldFirst = hold is not null && !(credit?.ExpiresAt < hold.HoldUntil);
            events.Add(isHoldFirst ? End(hold!) : Expire(credit!));
            ForgetFlush();
        }
    }

    private Spent? NextHoldEnd(Instant now) => PendingSpends()
        .Where(spend => spend.HoldUntil <= now)
        .OrderBy(spend => spend.HoldUntil!.Value).ThenBy(spend => spend.Number)
        .FirstOrDefault();

    private Credit? NextExpiry(Instant now) => OldestFirst()
        .Where(credit => credit.Left > 0 && credit.ExpiresAt <= now)
        .OrderBy(credit => credit.ExpiresAt!.Value) // The sort is stable, so credits that expire at the same instant keep the order of lots.
        .FirstOrDefault();

    private static ReferenceHoldEnd End(Spent spend)
    {
        Return(spend);
        return new ReferenceHoldEnd(spend.HoldUntil!.Value, spend.Number);
    }

    private ReferenceExpiry Expire(Credit credit)
    {
        Int128 settled = Settle(credit);
        Int128 expired = credit.Left;
        credit.Left = 0;
        return new ReferenceExpiry(credit.ExpiresAt!.Value, credit.Arrival, (long)settled, (long)expired);
    }
}
