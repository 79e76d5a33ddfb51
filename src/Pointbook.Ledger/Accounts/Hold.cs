using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>A spend that is pending. Changed only by <see cref="AccountState.Apply"/>; not thread-safe.</summary>
public sealed class Hold
{
    private const long FieldBytes = 24;

    // Most spends draw from one lot or two.
    private readonly List<HeldDraw> _draws = new(1);

    internal Hold(Sequence spend, Instant endsAt)
    {
        Spend = spend;
        EndsAt = endsAt;
    }

    /// <summary>The first entry of the spend.</summary>
    public Sequence Spend { get; }

    /// <summary>When the spend is undone unless it was captured.</summary>
    public Instant EndsAt { get; }

    /// <summary>What was drawn, in order.</summary>
    public IReadOnlyList<HeldDraw> Draws => _draws;

    /// <summary>How much memory it takes, in bytes. The names of payers belong to their lines.</summary>
    internal long SizeInBytes => HeapSize.Header + FieldBytes + HeapSize.List + HeapSize.ArrayOf<HeldDraw>(_draws.Capacity);

    internal void Add(HeldDraw draw) => _draws.Add(draw);
}

/// <summary>What a pending spend has drawn from one lot.</summary>
/// <param name="Lot">Which lot.</param>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">How many, more than zero.</param>
/// <param name="ExpiresAt">When the lot expires, or null.</param>
public readonly record struct HeldDraw(LotKey Lot, PayerName Payer, Points Points, Instant? ExpiresAt)
{
    /// <summary>Reads it off the entry of a draw.</summary>
    public static HeldDraw Of(Entry draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        return new HeldDraw(new LotKey(draw.OccurredAt!.Value, draw.Lot!.Value), draw.Payer!, -draw.LotPoints, draw.ExpiresAt);
    }
}
