using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>One account, such as <c>shop:42</c>, or all whose keys begin alike, such as <c>shop:*</c>. Immutable.</summary>
public sealed record AccountLimit
{
    private const char Wildcard = '*';

    private readonly string _text;
    private readonly bool _isPrefix;

    private AccountLimit(string text, bool isPrefix) => (_text, _isPrefix) = (text, isPrefix);

    /// <summary>Takes a limit as somebody wrote it.</summary>
    /// <param name="text">An account's key, or the beginning of one and an asterisk.</param>
    /// <param name="limit">The limit, or null if the text is none.</param>
    /// <param name="error">Null, or what is wrong and what to write instead, as the end of a sentence that began with what it is called.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out AccountLimit? limit, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isPrefix = text.EndsWith(Wildcard);
        string account = isPrefix ? text[..^1] : text;
        error = isPrefix && account.Length == 0 ? "stands for all accounts; leave it out, then there is no limit" : null;
        // A beginning may be one or two dots, a whole key may not.
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

    /// <summary>Whether every account that begins like this is within the limit.</summary>
    public bool AllowsAll(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return _isPrefix && prefix.StartsWith(_text, StringComparison.Ordinal);
    }

    /// <summary>The limit as it is written.</summary>
    public override string ToString() => _isPrefix ? _text + Wildcard : _text;
}
