using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>What a store writes of one account, all in one transaction.</summary>
public sealed class AccountUpdate
{
    private readonly List<StoredChunk> _written = [];
    private readonly List<long> _deleted = [];

    internal AccountUpdate(AccountId account, bool isNew, long nextChunk) => (Account, IsNew, NextChunk) = (account, isNew, nextChunk);

    /// <summary>Which account.</summary>
    public AccountId Account { get; }

    /// <summary>Whether the account has no row yet, so that it must be added to the directory as well.</summary>
    public bool IsNew { get; }

    /// <summary>The row of the account.</summary>
    public StoredRow Row { get; internal set; }

    /// <summary>The chunks to write, whether or not they are there.</summary>
    public IReadOnlyList<StoredChunk> Written => _written;

    /// <summary>The chunks to delete.</summary>
    public IReadOnlyList<long> Deleted => _deleted;

    internal long NextChunk { get; set; }

    internal void Write(long chunk, byte[] bytes) => _written.Add(new StoredChunk(chunk, bytes));

    internal void Delete(long chunk) => _deleted.Add(chunk);
}

/// <summary>The row of an account, as a store keeps it. Its checksum in <paramref name="Snapshot"/> covers the account key and every column.</summary>
/// <param name="StandsAt">The last entry that the snapshot contains.</param>
/// <param name="NextDue">When the next lot expires or the next hold ends, in microseconds since 1970-01-01T00:00:00Z; null if nothing does.</param>
/// <param name="OldestKey">When the oldest idempotency key was used, likewise; null if there is none.</param>
/// <param name="Snapshot">The head of the snapshot.</param>
public readonly record struct StoredRow(Sequence StandsAt, long? NextDue, long? OldestKey, ReadOnlyMemory<byte> Snapshot);

/// <summary>A chunk of a snapshot, as a store keeps it.</summary>
/// <param name="Number">What tells it apart from the account's other chunks.</param>
/// <param name="Bytes">What it contains.</param>
public readonly record struct StoredChunk(long Number, ReadOnlyMemory<byte> Bytes);
