using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine;

/// <summary>What a reply needs of an operation, however many entries it has: its first entries and its sums. Immutable.</summary>
public sealed class OperationOutline
{
    private IReadOnlyList<OperationPayer>? _payers;

    /// <summary>An operation whose sums are known.</summary>
    /// <param name="firstEntries">Its first entries, in order.</param>
    /// <param name="entryCount">How many entries it has.</param>
    /// <param name="payers">What it changes for each payer.</param>
    public OperationOutline(IReadOnlyList<Entry> firstEntries, int entryCount, IReadOnlyList<OperationPayer> payers)
        : this(firstEntries, entryCount) => _payers = payers;

    private OperationOutline(IReadOnlyList<Entry> firstEntries, int entryCount)
    {
        FirstEntries = firstEntries;
        EntryCount = entryCount;
    }

    /// <summary>Its first entries, in order; empty for a flush that wrote nothing.</summary>
    public IReadOnlyList<Entry> FirstEntries { get; }

    /// <summary>How many entries it has.</summary>
    public int EntryCount { get; }

    /// <summary>How many of its entries change a lot or a balance. The first entry of a spend, capture or reversal changes neither.</summary>
    public int LineCount => EntryCount > 0 && FirstEntries[0].Payer is null ? EntryCount - 1 : EntryCount;

    /// <summary>Its first entries that change a lot or a balance, in order.</summary>
    public IEnumerable<Entry> FirstLines => FirstEntries.Where(entry => entry.Payer is not null);

    /// <summary>Whether <see cref="FirstEntries"/> has all of its entries.</summary>
    public bool IsWhole => FirstEntries.Count == EntryCount;

    /// <summary>What it changes for each payer: first those whose entries are not only settlements, then the others, each in order of first entry.</summary>
    public IReadOnlyList<OperationPayer> Payers => _payers ??= PayerTally.Of(FirstEntries);

    /// <summary>By how much it changes the account's balance.</summary>
    public Points Points => Payers.Aggregate(Points.Zero, (sum, payer) => sum + payer.Points);

    /// <summary>The outline of an operation whose entries are all at hand.</summary>
    /// <param name="entries">All its entries. They are kept if they are not more than <paramref name="firstMax"/>.</param>
    /// <param name="firstMax">How many first entries the outline has at most.</param>
    public static OperationOutline Of(IReadOnlyList<Entry> entries, int firstMax)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return entries.Count <= firstMax
            ? new OperationOutline(entries, entries.Count)
            : new OperationOutline([.. entries.Take(firstMax)], entries.Count, PayerTally.Of(entries));
    }
}

/// <summary>What an operation changes for one payer.</summary>
/// <param name="Payer">The payer.</param>
/// <param name="Points">By how much the payer's balance changes.</param>
/// <param name="IsSettledOnly">Whether the operation only settles unpaid deductions of the payer, which changes no balance.</param>
public readonly record struct OperationPayer(PayerName Payer, Points Points, bool IsSettledOnly);
