namespace Pointbook.Ledger.Entries;

/// <summary>What an operation is called by its first entry.</summary>
public static class OperationKind
{
    /// <summary>The kind of the operation that begins with this entry.</summary>
    /// <remarks>A due lot may pay deductions before it expires, and then its operation begins with a settlement.</remarks>
    public static EntryKind Of(Entry first)
    {
        ArgumentNullException.ThrowIfNull(first);
        return first.Kind == EntryKind.Settlement ? EntryKind.Expiry : first.Kind;
    }
}
