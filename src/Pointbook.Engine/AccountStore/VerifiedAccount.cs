using System.Buffers.Binary;
using System.IO.Hashing;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The correct content of one account's rows, by the entries of the journal. Not thread-safe.</summary>
/// <param name="account">The account.</param>
internal sealed class VerifiedAccount(AccountId account)
{
    private readonly Dictionary<IdempotencyKey, KeyRecord> _keys = [];
    private readonly Dictionary<Sequence, SubjectEnd> _ends = [];
    private readonly List<Sequence> _subjects = [];
    private OperationDigest _operations;

    /// <summary>The account.</summary>
    public AccountId Id => State.Account;

    /// <summary>The state of the account.</summary>
    public AccountState State { get; } = new(account);

    /// <summary>The used idempotency keys, with their latest use.</summary>
    public IReadOnlyDictionary<IdempotencyKey, KeyRecord> Keys => _keys;

    /// <summary>The ends of spends and flushes.</summary>
    public IReadOnlyDictionary<Sequence, SubjectEnd> Ends => _ends;

    /// <summary>The spends and flushes, each of which may have an end.</summary>
    public IReadOnlyList<Sequence> Subjects => _subjects;

    /// <summary>All operations, in order.</summary>
    public OperationDigest Operations => _operations;

    /// <summary>Adds an entry.</summary>
    public void Add(Entry entry, CommitTime time)
    {
        State.Apply(entry);
        if (entry.Origin is { Key: { } key, KeyHash: { } hash })
        {
            _keys[key] = new KeyRecord(hash, entry.Sequence, time.DecidedAt);
        }

        if (entry.IsFirst)
        {
            _operations = _operations.After(entry.Sequence);
        }

        if (entry is { IsFirst: true, Kind: EntryKind.Spend or EntryKind.Flush })
        {
            _subjects.Add(entry.Sequence);
        }

        if (SubjectEnd.Of(entry) is { } end)
        {
            _ends[entry.Subject!.Value] = end;
        }
    }
}

/// <summary>The number of operations, and a checksum of their places.</summary>
/// <param name="Count">The number of operations.</param>
/// <param name="Checksum">XXH3 over the previous checksum and the place.</param>
internal readonly record struct OperationDigest(long Count, ulong Checksum)
{
    /// <summary>The digest with one more operation.</summary>
    public OperationDigest After(Sequence operation)
    {
        Span<byte> place = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(place, operation.Value);
        return new OperationDigest(Count + 1, XxHash3.HashToUInt64(place, unchecked((long)Checksum)));
    }
}
