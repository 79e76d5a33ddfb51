namespace Pointbook.Access;

/// <summary>What a caller may do. Each scope is separate: none contains another.</summary>
/// <remarks>
/// A caller with <see cref="Admin"/> can create a key with any scope, and so effectively has all scopes. Stores keep the names
/// of <see cref="ScopeNames"/>, not these numbers.
/// </remarks>
[Flags]
public enum Scopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read everything that the routes of accounts, payers, statements and the journal show. This includes previews, which change nothing.</summary>
    Read = 1,

    /// <summary>Add credits and deductions, one by one or many at once.</summary>
    Add = 2,

    /// <summary>Spend and hold points, capture holds and reverse spends.</summary>
    Spend = 4,

    /// <summary>Flush accounts and restore flushes.</summary>
    Flush = 8,

    /// <summary>Create, list and revoke keys, confirm the clock, and erase accounts.</summary>
    Admin = 16,

    /// <summary>All scopes.</summary>
    All = Read | Add | Spend | Flush | Admin,
}
