using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>What a batch needs from the account store for one account.</summary>
/// <param name="Account">The account.</param>
/// <param name="WithState">Whether the batch needs its state.</param>
/// <param name="Keys">The idempotency keys to look up.</param>
/// <param name="Subjects">The spends and flushes whose ends to look up, by their first entries.</param>
public sealed record AccountRequest(AccountId Account, bool WithState, IReadOnlyList<IdempotencyKey> Keys, IReadOnlyList<Sequence> Subjects);

/// <summary>What a batch needs from the account store.</summary>
/// <param name="Accounts">One item for each account.</param>
/// <param name="Through">The account store must contain every entry up to this one; the tail contains the later ones.</param>
public sealed record LoadRequest(IReadOnlyList<AccountRequest> Accounts, Sequence Through)
{
    /// <summary>Whether an account that has a row but is not in the directory counts as damaged. Only the verification of a store checks it.</summary>
    public bool ChecksDirectory { get; init; }
}

/// <summary>The account store's content for one account, or the damage of its rows.</summary>
/// <param name="Account">The account.</param>
/// <param name="Snapshot">Its state, if requested.</param>
/// <param name="Keys">The used ones of the requested keys.</param>
/// <param name="Ends">The ends of the requested subjects that have one.</param>
public sealed record LoadedAccount(
    AccountId Account,
    AccountSnapshot? Snapshot,
    IReadOnlyDictionary<IdempotencyKey, KeyRecord> Keys,
    IReadOnlyDictionary<Sequence, SubjectEnd> Ends)
{
    /// <summary>
    /// If no row exists, no entry up to this one belongs to an account that still has the key, except one that opened it. Rows may be ahead of the position up to here.
    /// </summary>
    public Sequence AbsentThrough { get; init; }

    /// <summary>The number of all stored keys of the account.</summary>
    public int KeyCount { get; init; }

    /// <summary>The number of all stored ends of spends and flushes.</summary>
    public int EndCount { get; init; }

    /// <summary>The damage of the account's rows, or null. If it is damaged, nothing else is known.</summary>
    public AccountDamagedException? Damage { get; init; }

    /// <summary>Creates the result for an account whose rows are damaged.</summary>
    public static LoadedAccount Damaged(AccountDamagedException damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        return new LoadedAccount(damage.Account, null, new Dictionary<IdempotencyKey, KeyRecord>(), new Dictionary<Sequence, SubjectEnd>()) { Damage = damage };
    }
}

/// <summary>The stored use of an idempotency key.</summary>
/// <param name="Hash">The hash of the command that used it.</param>
/// <param name="Operation">The first entry that the command wrote.</param>
/// <param name="DecidedAt">The clock at the decision. A key older than the retention time counts as unused.</param>
public readonly record struct KeyRecord(Digest Hash, Sequence Operation, Instant DecidedAt);
