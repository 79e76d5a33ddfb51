using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The accounts in the texts of rows, without duplicates and in row order. Skips a text that is not a valid account key. Not thread-safe.</summary>
public sealed class AccountTexts
{
    private readonly List<AccountId> _accounts = [];
    private readonly List<string> _invalid = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>The accounts.</summary>
    public IReadOnlyList<AccountId> Accounts => _accounts;

    /// <summary>The invalid texts.</summary>
    public IReadOnlyList<string> Invalid => _invalid;

    /// <summary>Adds the texts of rows.</summary>
    public void AddAll(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        foreach (string text in texts)
        {
            Add(text);
        }
    }

    /// <summary>Adds the text of a row.</summary>
    public void Add(string text)
    {
        if (!_known.Add(text))
        {
            return;
        }

        AccountId? account = AccountId.TryFromStored(text);
        if (account is null)
        {
            _invalid.Add(text);
        }
        else if (!account.IsErased)
        {
            // During a rebuild, the tables contain erased accounts up to their erasure. No client can name them.
            _accounts.Add(account);
        }
    }
}
