namespace Pointbook.Access;

/// <summary>What a caller may do. Each scope stands for itself: none contains another.</summary>
/// <remarks>
/// Whoever has <see cref="Admin"/> can create a key with any scope, and so has all of them in the end. Stores keep the names
/// of <see cref="ScopeNames"/>, not these numbers.
/// </remarks>
[Flags]
public enum Scopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Look at everything that the routes of accounts, payers, statements and the journal show. Previews are part of it: they change nothing.</summary>
    Read = 1,

    /// <summary>Add credits and deductions, one by one or many at once.</summary>
    Add = 2,

    /// <summary>Spend and hold points, capture holds and reverse spends.</summary>
    Spend = 4,

    /// <summary>Empty accounts and take that back.</summary>
    Flush = 8,

    /// <summary>Create, list and revoke keys.</summary>
    Admin = 16,

    /// <summary>Everything there is.</summary>
    All = Read | Add | Spend | Flush | Admin,
}
