using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The pending spends of one account, and those that its latest flush set aside. Not thread-safe.</summary>
internal sealed class AccountHolds : IHoldTarget
{
    private const long BytesPerHold = 250;
    private const long BytesPerDraw = 56;

    private HoldBook? _setAside;

    /// <summary>The pending spends.</summary>
    public HoldBook Pending { get; private set; } = new();

    /// <summary>The holds that a store keeps: those set aside right behind a flush, and otherwise the pending ones.</summary>
    public HoldBook Stored => _setAside ?? Pending;

    /// <summary>About how much memory they take, in bytes.</summary>
    public long SizeInBytes => SizeOf(Pending) + (_setAside is null ? 0 : SizeOf(_setAside));

    /// <summary>Takes over what a store kept.</summary>
    public void Load(IReadOnlyList<HoldSnapshot> holds, bool areSetAside)
    {
        HoldBook book = new();
        foreach (HoldSnapshot snapshot in holds)
        {
            Hold hold = book.Open(snapshot.Spend, snapshot.EndsAt);
            foreach (HeldDraw draw in snapshot.Draws)
            {
                book.Add(hold, draw);
            }
        }

        (Pending, _setAside) = areSetAside ? (new HoldBook(), book) : (book, null);
    }

    public void Open(Sequence spend, Instant endsAt) => Pending.Open(spend, endsAt);

    public void AddDraw(Entry draw) => Pending.AddDraw(draw);

    public void Close(Sequence spend) => Pending.Close(spend);

    public void SetAside() => (_setAside, Pending) = (Pending, new HoldBook());

    public void BringBack() => (Pending, _setAside) = (_setAside ?? new HoldBook(), null);

    public void ForgetSetAside() => _setAside = null;

    private static long SizeOf(HoldBook holds) => (holds.Count * BytesPerHold) + (holds.DrawCount * BytesPerDraw);
}
