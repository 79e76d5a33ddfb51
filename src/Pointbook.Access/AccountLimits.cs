using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>Which accounts a caller may touch: those within any of its limits, or all if there is none. Immutable.</summary>
public sealed class AccountLimits : IEquatable<AccountLimits>
{
    /// <summary>How many limits there may be.</summary>
    public const int CountMax = 32;

    private readonly AccountLimit[] _limits;

    private AccountLimits(AccountLimit[] limits) => _limits = limits;

    /// <summary>All accounts.</summary>
    public static AccountLimits None { get; } = new([]);

    /// <summary>Whether there is any limit.</summary>
    public bool AreThere => _limits.Length > 0;

    /// <summary>The limits as they are written, in the order in which they were given.</summary>
    public IReadOnlyList<string> Texts => [.. _limits.Select(limit => limit.ToString())];

    /// <summary>Takes limits as somebody wrote them. No text at all is no limit.</summary>
    /// <param name="texts">The limits; what is there twice counts once.</param>
    /// <param name="limits">The limits, or null if one of them is none.</param>
    /// <param name="error">Null, or what is wrong and what to write instead, as the end of a sentence that began with what they are called.</param>
    public static bool TryCreate(
        IEnumerable<string> texts, [NotNullWhen(true)] out AccountLimits? limits, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(texts);
        List<AccountLimit> found = [];
        // A body holds tens of thousands of limits before they are counted, too many to compare each with each.
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

        error ??= found.Count > CountMax ? $"names {found.Count} accounts; name at most {CountMax}, such as by a common beginning and *" : null;
        limits = error is null ? new AccountLimits([.. found]) : null;
        return error is null;
    }

    /// <summary>The limits that a store kept, with blanks between.</summary>
    /// <exception cref="ArgumentException">The text holds something else: the store was changed by somebody else.</exception>
    public static AccountLimits FromTrusted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryCreate(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), out AccountLimits? limits, out string? error)
            ? limits
            : throw new ArgumentException($"An account limit {error}.", nameof(text));
    }

    /// <summary>The limits that a store kept, with blanks between, if the text is that.</summary>
    /// <returns>The limits, or null if the text holds something else: the store was changed by somebody else.</returns>
    public static AccountLimits? TryFromTrusted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryCreate(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), out AccountLimits? limits, out _) ? limits : null;
    }

    /// <summary>Whether the account may be touched.</summary>
    public bool Allow(AccountId account) => _limits.Length == 0 || Array.Exists(_limits, limit => limit.Allows(account));

    /// <summary>Whether all accounts that begin like this may be touched.</summary>
    public bool AllowAll(string prefix) => _limits.Length == 0 || Array.Exists(_limits, limit => limit.AllowsAll(prefix));

    /// <inheritdoc/>
    public bool Equals(AccountLimits? other) => other is not null && _limits.SequenceEqual(other._limits);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AccountLimits);

    /// <inheritdoc/>
    public override int GetHashCode() => _limits.Aggregate(0, (hash, limit) => HashCode.Combine(hash, limit));

    /// <summary>The limits with blanks between; nothing if there is none.</summary>
    public override string ToString() => string.Join(' ', Texts);
}
