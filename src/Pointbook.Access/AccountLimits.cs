using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>The accounts that a caller may access: those within at least one limit, or all if there are no limits. Immutable.</summary>
public sealed class AccountLimits : IEquatable<AccountLimits>
{
    /// <summary>The largest number of limits.</summary>
    public const int CountMax = 32;

    private readonly AccountLimit[] _limits;

    private AccountLimits(AccountLimit[] limits) => _limits = limits;

    /// <summary>No limit: all accounts.</summary>
    public static AccountLimits None { get; } = new([]);

    /// <summary>Whether there is any limit.</summary>
    public bool AreThere => _limits.Length > 0;

    /// <summary>The limits as text, in the order in which they were given.</summary>
    public IReadOnlyList<string> Texts => [.. _limits.Select(limit => limit.ToString())];

    /// <summary>Validates limits that a client or an operator wrote. An empty list means no limit.</summary>
    /// <param name="texts">The limits; duplicates count once.</param>
    /// <param name="limits">The limits, or null if one of them is invalid.</param>
    /// <param name="error">Null, or what is wrong and what to write instead: the rest of a sentence that begins with the name of the limits.</param>
    public static bool TryCreate(
        IEnumerable<string> texts, [NotNullWhen(true)] out AccountLimits? limits, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(texts);
        List<AccountLimit> found = [];
        // A request body can contain tens of thousands of limits before they are counted: too many to compare each with each.
        HashSet<AccountLimit> known = [];
        error = null;
        foreach (string text in texts)
        {
            if (!AccountLimit.TryCreate(text, out AccountLimit? limit, out error))
            {
                break;
            }

            if (known.Add(limit))
            {
                found.Add(limit);
            }
        }

        error ??= found.Count > CountMax ? $"names {found.Count} accounts. The maximum is {CountMax}. Use a common prefix followed by * to name several accounts" : null;
        limits = error is null ? new AccountLimits([.. found]) : null;
        return error is null;
    }

    /// <summary>The limits that a store kept, separated by spaces.</summary>
    /// <exception cref="ArgumentException">The text is invalid: something other than Pointbook changed the store.</exception>
    public static AccountLimits FromTrusted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryCreate(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), out AccountLimits? limits, out string? error)
            ? limits
            : throw new ArgumentException($"An account limit {error}.", nameof(text));
    }

    /// <summary>The limits that a store kept, separated by spaces, if the text is valid.</summary>
    /// <returns>The limits, or null if the text is invalid: something other than Pointbook changed the store.</returns>
    public static AccountLimits? TryFromTrusted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryCreate(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), out AccountLimits? limits, out _) ? limits : null;
    }

    /// <summary>Whether the caller may access the account.</summary>
    public bool Allow(AccountId account) => _limits.Length == 0 || Array.Exists(_limits, limit => limit.Allows(account));

    /// <summary>Whether the caller may access all accounts whose keys have this prefix.</summary>
    public bool AllowAll(string prefix) => _limits.Length == 0 || Array.Exists(_limits, limit => limit.AllowsAll(prefix));

    /// <inheritdoc/>
    public bool Equals(AccountLimits? other) => other is not null && _limits.SequenceEqual(other._limits);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AccountLimits);

    /// <inheritdoc/>
    public override int GetHashCode() => _limits.Aggregate(0, (hash, limit) => HashCode.Combine(hash, limit));

    /// <summary>The limits, separated by spaces; empty if there are none.</summary>
    public override string ToString() => string.Join(' ', Texts);
}
