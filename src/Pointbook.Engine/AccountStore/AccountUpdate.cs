using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The changes to one account that a store must write in one transaction.</summary>
public sealed class AccountUpdate
{
    private List<StoredChunk>? _written;
    private List<long>? _deleted;

    internal AccountUpdate()
    {
    }

    internal AccountUpdate(AccountId account, bool isNew, long nextChunk) => Begin(account, isNew, nextChunk);

    /// <summary>The account.</summary>
    public AccountId Account { get; private set; } = null!;

    /// <summary>Whether the account has no row yet. The store must then add it to the directory as well.</summary>
    public bool IsNew { get; private set; }

    /// <summary>The row of the account.</summary>
    public StoredRow Row { get; internal set; }

    /// <summary>The chunks to insert or replace.</summary>
    public IReadOnlyList<StoredChunk> Written => _written ?? (IReadOnlyList<StoredChunk>)[];

    /// <summary>The chunks to delete.</summary>
    public IReadOnlyList<long> Deleted => _deleted ?? (IReadOnlyList<long>)[];

    internal long NextChunk { get; set; }

    /// <summary>Begins the changes of an account. Forgets the previous ones.</summary>
    internal void Begin(AccountId account, bool isNew, long nextChunk)
    {
        (Account, IsNew, NextChunk, Row) = (account, isNew, nextChunk, default);
        (_written, _deleted) = (null, null);
    }

    /// <summary>Forgets all bytes.</summary>
    internal void Forget() => (_written, _deleted, Row) = (null, null, default);

    internal void Write(long chunk, byte[] bytes) => (_written ??= []).Add(new StoredChunk(chunk, bytes));

    internal void Delete(long chunk) => (_deleted ??= []).Add(chunk);
}

/// <summary>The stored row of an account. Its checksum in <paramref name="Snapshot"/> covers the account key and every column.</summary>
/// <param name="StandsAt">The last entry that the snapshot contains.</param>
/// <param name="NextDue">When the next lot expires or the next hold ends, in microseconds since 1970-01-01T00:00:00Z; null if there is none.</param>
/// <param name="OldestKey">When the oldest idempotency key was used, in the same unit; null if there is none.</param>
/// <param name="Snapshot">The head of the snapshot.</param>
public readonly record struct StoredRow(Sequence StandsAt, long? NextDue, long? OldestKey, ReadOnlyMemory<byte> Snapshot);

/// <summary>A stored chunk of a snapshot.</summary>
/// <param name="Number">Its number, unique among the account's chunks.</param>
/// <param name="Bytes">Its content.</param>
public readonly record struct StoredChunk(long Number, ReadOnlyMemory<byte> Bytes);
