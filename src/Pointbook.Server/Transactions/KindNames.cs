using Pointbook.Contracts;
using Pointbook.Ledger.Entries;

namespace Pointbook.Server.Transactions;

/// <summary>The names of operation kinds in the API.</summary>
internal static class KindNames
{
    private static readonly Dictionary<EntryKind, string> Names = new()
    {
        [EntryKind.Credit] = TransactionKind.Credit,
        [EntryKind.Deduction] = TransactionKind.Deduction,
        [EntryKind.Spend] = TransactionKind.Spend,
        [EntryKind.Capture] = TransactionKind.Capture,
        [EntryKind.Reversal] = TransactionKind.Reversal,
        [EntryKind.Expiry] = TransactionKind.Expiry,
        [EntryKind.Flush] = TransactionKind.Flush,
        [EntryKind.Restore] = TransactionKind.Restore,
    };

    /// <summary>All names, for messages.</summary>
    public static string All { get; } = string.Join(", ", Names.Values);

    /// <summary>The name of an operation's kind.</summary>
    public static string Of(EntryKind kind) => Names[kind];

    /// <summary>Finds the kind with a name, or returns null.</summary>
    public static EntryKind? Find(string name)
    {
        foreach ((EntryKind kind, string other) in Names)
        {
            if (other == name)
            {
                return kind;
            }
        }

        return null;
    }
}
