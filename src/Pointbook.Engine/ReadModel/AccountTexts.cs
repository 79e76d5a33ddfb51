using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Accounts out of the texts of rows, each once and in the order of the rows. A text that is not an account key is passed over. Not thread-safe.</summary>
public sealed class AccountTexts
{
    private readonly List<AccountId> _accounts = [];
    private readonly List<string> _invalid = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>The accounts.</summary>
    public IReadOnlyList<AccountId> Accounts => _accounts;

    /// <summary>The texts that were passed over.</summary>
    public IReadOnlyList<string> Invalid => _invalid;

    /// <summary>Takes the texts of rows.</summary>
    public void AddAll(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        foreach (string text in texts)
        {
            Add(text);
        }
    }

    /// <summary>Takes the text of a row.</summary>
    public void Add(string text)
    {
        if (!_known.Add(text))
        {
            return;
        }

        if (AccountId.TryCreate(text, out AccountId? account, out _))
        {
            _accounts.Add(account);
        }
        else
        {
            _invalid.Add(text);
        }
    }
}
