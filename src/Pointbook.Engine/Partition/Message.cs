using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>A message to the loop of a partition. The loop is the single reader.</summary>
internal abstract class Message;

/// <summary>A load has read an account, off the loop.</summary>
internal sealed class AccountLoadedMessage(Load load, LoadedAccount loaded) : Message
{
    public Load Load => load;

    public AccountId Account => loaded.Account;

    /// <summary>The state; null if the load asked only for keys. It is built off the loop, because a very large account takes long.</summary>
    public AccountState? State { get; } = loaded.Snapshot is null ? null : AccountState.FromSnapshot(loaded.Snapshot);

    public Sequence AbsentThrough => loaded.AbsentThrough;

    /// <summary>The damage to the account's rows, or null.</summary>
    public AccountDamagedException? Damage => loaded.Damage;

    public IReadOnlyDictionary<IdempotencyKey, KeyRecord> Keys => loaded.Keys;

    public IReadOnlyDictionary<Sequence, SubjectEnd> Ends => loaded.Ends;
}

/// <summary>A load has ended. Accounts that it did not deliver have failed.</summary>
internal sealed class LoadEndedMessage(Load load, StorageFailureException? error) : Message
{
    public Load Load => load;

    public StorageFailureException? Error => error;
}

/// <summary>The account store has advanced.</summary>
internal sealed class AccountsStoredMessage(Sequence through) : Message
{
    public Sequence Through => through;
}

/// <summary>A part of the partition found a bug. The loop ends with it.</summary>
internal sealed class BugMessage(Exception bug) : Message
{
    public Exception Bug => bug;
}

/// <summary>The partition accepts no more items. The loop ends once every item is answered.</summary>
internal sealed class StopMessage : Message;
