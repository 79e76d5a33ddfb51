using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>What the loop of a partition is told. The loop is the single reader.</summary>
internal abstract class Message;

/// <summary>An account was loaded, off the loop.</summary>
internal sealed class AccountLoadedMessage(Load load, LoadedAccount loaded) : Message
{
    public Load Load => load;

    public AccountId Account => loaded.Account;

    /// <summary>The state, built before the loop sees it because that takes long for a giant; null if only keys were asked for.</summary>
    public AccountState? State { get; } = loaded.Snapshot is null ? null : AccountState.FromSnapshot(loaded.Snapshot);

    /// <summary>What is wrong with the account's rows, or null.</summary>
    public AccountDamagedException? Damage => loaded.Damage;

    public IReadOnlyDictionary<IdempotencyKey, KeyRecord> Keys => loaded.Keys;

    public IReadOnlyDictionary<Sequence, SubjectEnd> Ends => loaded.Ends;
}

/// <summary>A load has ended; whatever it did not deliver has failed.</summary>
internal sealed class LoadEndedMessage(Load load, StorageFailureException? error) : Message
{
    public Load Load => load;

    public StorageFailureException? Error => error;
}

/// <summary>The projection has advanced.</summary>
internal sealed class ProjectedMessage(Sequence through) : Message
{
    public Sequence Through => through;
}

/// <summary>A part of the partition has met a bug; the loop ends with it.</summary>
internal sealed class BugMessage(Exception bug) : Message
{
    public Exception Bug => bug;
}

/// <summary>Nothing more is taken in; the loop ends once everything is answered.</summary>
internal sealed class StopMessage : Message;
