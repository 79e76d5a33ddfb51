using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine;

/// <summary>The parts of an operation that a reply shows, however many entries it has: its first entries and its sums. Immutable.</summary>
public sealed class OperationOutline
{
    private IReadOnlyList<OperationPayer>? _payers;

    /// <summary>Creates an outline whose sums are known.</summary>
    /// <param name="firstEntries">The first entries, in order.</param>
    /// <param name="entryCount">How many entries the operation has.</param>
    /// <param name="payers">The change for each payer.</param>
    public OperationOutline(IReadOnlyList<Entry> firstEntries, int entryCount, IReadOnlyList<OperationPayer> payers)
        : this(firstEntries, entryCount) => _payers = payers;

    private OperationOutline(IReadOnlyList<Entry> firstEntries, int entryCount)
    {
        FirstEntries = firstEntries;
        EntryCount = entryCount;
    }

    /// <summary>The first entries, in order; empty for a flush that wrote nothing.</summary>
    public IReadOnlyList<Entry> FirstEntries { get; }

    /// <summary>How many entries the operation has.</summary>
    public int EntryCount { get; }

    /// <summary>How many entries are lines.</summary>
    /// <remarks>
    /// A line changes a lot or a balance, or names a pending spend that a flush ended or a restore brought back. A first entry without a payer is no line, as that of
    /// a spend, capture or reversal.
    /// </remarks>
    public int LineCount => EntryCount > 0 && !IsLine(FirstEntries[0]) ? EntryCount - 1 : EntryCount;

    /// <summary>The first lines, in order.</summary>
    public IEnumerable<Entry> FirstLines => FirstEntries.Where(IsLine);

    /// <summary>Whether <see cref="FirstEntries"/> has all entries of the operation.</summary>
    public bool IsWhole => FirstEntries.Count == EntryCount;

    /// <summary>The change for each payer: first payers with entries other than settlements, then the others, each in order of first entry.</summary>
    public IReadOnlyList<OperationPayer> Payers => _payers ??= PayerTally.Of(FirstEntries);

    /// <summary>The change of the account's balance.</summary>
    public Points Points => Payers.Aggregate(Points.Zero, (sum, payer) => sum + payer.Points);

    /// <summary>The account's balance after the operation; zero for a flush that wrote nothing.</summary>
    public Points BalanceAfter => EntryCount == 0 ? Points.Zero : FirstEntries[0].BalanceBefore + Points;

    /// <summary>Whether an entry is a line. Only the first entry of an operation may be none.</summary>
    public static bool IsLine(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return !entry.IsFirst || entry.Payer is not null;
    }

    /// <summary>Makes an outline from all entries of an operation.</summary>
    /// <param name="entries">All entries. The outline keeps the list if it has at most <paramref name="firstMax"/> entries.</param>
    /// <param name="firstMax">The most first entries that the outline keeps.</param>
    public static OperationOutline Of(IReadOnlyList<Entry> entries, int firstMax)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return entries.Count <= firstMax
            ? new OperationOutline(entries, entries.Count)
            : new OperationOutline([.. entries.Take(firstMax)], entries.Count, PayerTally.Of(entries));
    }
}

/// <summary>The change that an operation makes for one payer.</summary>
/// <param name="Payer">The payer.</param>
/// <param name="Points">The change of the payer's balance.</param>
/// <param name="IsSettledOnly">Whether the operation only settles unpaid deductions of the payer, which changes no balance.</param>
public readonly record struct OperationPayer(PayerName Payer, Points Points, bool IsSettledOnly);
