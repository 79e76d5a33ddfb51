using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>A pending spend. Only <see cref="AccountState.Apply"/> changes it. Not thread-safe.</summary>
public sealed class Hold
{
    private const long FieldBytes = 24;

    // Most spends draw from one or two lots.
    private readonly List<HeldDraw> _draws = new(1);

    internal Hold(Sequence spend, Instant endsAt)
    {
        Spend = spend;
        EndsAt = endsAt;
    }

    /// <summary>The first entry of the spend.</summary>
    public Sequence Spend { get; }

    /// <summary>When the hold ends and the spend is reversed, unless it was captured.</summary>
    public Instant EndsAt { get; }

    /// <summary>The draws, in order.</summary>
    public IReadOnlyList<HeldDraw> Draws => _draws;

    /// <summary>Its size in memory, in bytes. The names of payers belong to their lines.</summary>
    internal long SizeInBytes => HeapSize.Header + FieldBytes + HeapSize.List + HeapSize.ArrayOf<HeldDraw>(_draws.Capacity);

    internal void Add(HeldDraw draw) => _draws.Add(draw);
}

/// <summary>A draw of a pending spend from one lot.</summary>
/// <param name="Lot">The lot.</param>
/// <param name="Payer">The payer.</param>
/// <param name="Points">The number of points, more than zero.</param>
/// <param name="ExpiresAt">When the lot expires, or null.</param>
public readonly record struct HeldDraw(LotKey Lot, PayerName Payer, Points Points, Instant? ExpiresAt)
{
    /// <summary>Reads it from the entry of a draw.</summary>
    public static HeldDraw Of(Entry draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        return new HeldDraw(new LotKey(draw.OccurredAt!.Value, draw.Lot!.Value), draw.Payer!, -draw.LotPoints, draw.ExpiresAt);
    }
}
