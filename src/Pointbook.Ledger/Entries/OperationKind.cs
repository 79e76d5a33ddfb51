namespace Pointbook.Ledger.Entries;

/// <summary>The kind of an operation, read from its first entry.</summary>
public static class OperationKind
{
    /// <summary>The kind of the operation that begins with this entry.</summary>
    /// <remarks>A due lot may settle deductions before it expires. Its operation then begins with a settlement.</remarks>
    public static EntryKind Of(Entry first)
    {
        ArgumentNullException.ThrowIfNull(first);
        return first.Kind == EntryKind.Settlement ? EntryKind.Expiry : first.Kind;
    }
}
