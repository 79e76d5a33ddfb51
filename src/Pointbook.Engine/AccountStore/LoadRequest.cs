using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>What a batch needs from the projection for one account.</summary>
/// <param name="Account">Which account.</param>
/// <param name="WithState">Whether its state is needed.</param>
/// <param name="Keys">The idempotency keys to look up.</param>
/// <param name="Subjects">The spends of which to look up what became of them, by their first entries.</param>
public sealed record AccountRequest(AccountId Account, bool WithState, IReadOnlyList<IdempotencyKey> Keys, IReadOnlyList<Sequence> Subjects);

/// <summary>What a batch needs from the projection.</summary>
/// <param name="Accounts">One item for each account.</param>
/// <param name="Through">The projection has to contain every entry up to this one; the tail has what comes after it.</param>
public sealed record LoadRequest(IReadOnlyList<AccountRequest> Accounts, Sequence Through)
{
    /// <summary>Whether an account that has a row but is not in the directory counts as damaged. Only who verifies the store looks.</summary>
    public bool ChecksDirectory { get; init; }
}

/// <summary>What the projection holds of one account, or that its rows are damaged.</summary>
/// <param name="Account">Which account.</param>
/// <param name="Snapshot">Its state, if that was asked for.</param>
/// <param name="Keys">Those of the keys asked for that were used.</param>
/// <param name="Ends">What became of those of the subjects asked for that were captured or reversed.</param>
public sealed record LoadedAccount(
    AccountId Account,
    AccountSnapshot? Snapshot,
    IReadOnlyDictionary<IdempotencyKey, KeyRecord> Keys,
    IReadOnlyDictionary<Sequence, SubjectEnd> Ends)
{
    /// <summary>How many keys are stored in all.</summary>
    public int KeyCount { get; init; }

    /// <summary>Of how many spends and flushes it is stored what became of them.</summary>
    public int EndCount { get; init; }

    /// <summary>What is wrong with the account's rows, or null. Nothing else is known of an account with damaged rows.</summary>
    public AccountDamagedException? Damage { get; init; }

    /// <summary>An account whose rows are damaged.</summary>
    public static LoadedAccount Damaged(AccountDamagedException damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        return new LoadedAccount(damage.Account, null, new Dictionary<IdempotencyKey, KeyRecord>(), new Dictionary<Sequence, SubjectEnd>()) { Damage = damage };
    }
}

/// <summary>What is known of a used idempotency key.</summary>
/// <param name="Hash">The hash of the command it was used for.</param>
/// <param name="Operation">The first entry of what that command wrote.</param>
/// <param name="DecidedAt">The clock when that was decided; a key that is older than keys are kept counts as unused.</param>
public readonly record struct KeyRecord(Digest Hash, Sequence Operation, Instant DecidedAt);
