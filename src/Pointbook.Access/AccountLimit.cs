using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>One account, such as <c>shop:42</c>, or all accounts whose keys have a prefix, such as <c>shop:*</c>. Immutable.</summary>
public sealed record AccountLimit
{
    private const char Wildcard = '*';

    private readonly string _text;
    private readonly bool _isPrefix;

    private AccountLimit(string text, bool isPrefix) => (_text, _isPrefix) = (text, isPrefix);

    /// <summary>Validates a limit that a client or an operator wrote.</summary>
    /// <param name="text">An account key, or a prefix followed by an asterisk.</param>
    /// <param name="limit">The limit, or null if the text is invalid.</param>
    /// <param name="error">Null, or what is wrong and what to write instead: the rest of a sentence that begins with the limit's name.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out AccountLimit? limit, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isPrefix = text.EndsWith(Wildcard);
        string account = isPrefix ? text[..^1] : text;
        error = isPrefix && account.Length == 0 ? "must not contain * alone, which means all accounts. Omit it for no limit" : null;
        // A prefix may be one or two dots; a whole key must not be.
        if (error is null && !(isPrefix && account is "." or ".."))
        {
            AccountId.TryCreate(account, out _, out error);
        }

        limit = error is null ? new AccountLimit(account, isPrefix) : null;
        return error is null;
    }

    /// <summary>Whether the account is within the limit.</summary>
    public bool Allows(AccountId account)
    {
        ArgumentNullException.ThrowIfNull(account);
        return _isPrefix ? account.Value.StartsWith(_text, StringComparison.Ordinal) : account.Value == _text;
    }

    /// <summary>Whether every account whose key has this prefix is within the limit.</summary>
    public bool AllowsAll(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return _isPrefix && prefix.StartsWith(_text, StringComparison.Ordinal);
    }

    /// <summary>The limit as it is written.</summary>
    public override string ToString() => _isPrefix ? _text + Wildcard : _text;
}
