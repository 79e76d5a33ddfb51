using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The changes to one account that a store must write in one transaction.</summary>
public sealed class AccountUpdate
{
    private readonly List<StoredChunk> _written = [];
    private readonly List<long> _deleted = [];

    internal AccountUpdate(AccountId account, bool isNew, long nextChunk) => (Account, IsNew, NextChunk) = (account, isNew, nextChunk);

    /// <summary>The account.</summary>
    public AccountId Account { get; }

    /// <summary>Whether the account has no row yet. The store must then add it to the directory as well.</summary>
    public bool IsNew { get; }

    /// <summary>The row of the account.</summary>
    public StoredRow Row { get; internal set; }

    /// <summary>The chunks to insert or replace.</summary>
    public IReadOnlyList<StoredChunk> Written => _written;

    /// <summary>The chunks to delete.</summary>
    public IReadOnlyList<long> Deleted => _deleted;

    internal long NextChunk { get; set; }

    internal void Write(long chunk, byte[] bytes) => _written.Add(new StoredChunk(chunk, bytes));

    internal void Delete(long chunk) => _deleted.Add(chunk);
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
