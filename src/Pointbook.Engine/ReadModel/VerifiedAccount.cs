using System.IO.Hashing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>What the rows of one account must say, by the entries of the journal. Not thread-safe.</summary>
/// <param name="account">Which account.</param>
internal sealed class VerifiedAccount(AccountId account)
{
    private readonly Dictionary<IdempotencyKey, KeyRecord> _keys = [];
    private readonly Dictionary<Sequence, SubjectEnd> _ends = [];
    private readonly List<Sequence> _subjects = [];
    private OperationDigest _operations;

    /// <summary>Which account.</summary>
    public AccountId Id => State.Account;

    /// <summary>The state of the account.</summary>
    public AccountState State { get; } = new(account);

    /// <summary>The keys that were used, with what the latest use says.</summary>
    public IReadOnlyDictionary<IdempotencyKey, KeyRecord> Keys => _keys;

    /// <summary>What became of spends and flushes.</summary>
    public IReadOnlyDictionary<Sequence, SubjectEnd> Ends => _ends;

    /// <summary>The spends and flushes, of which something may become.</summary>
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

        if (entry is { IsFirst: true, Kind: EntryKind.Spend or EntryKind.Flush })
        {
            _subjects.Add(entry.Sequence);
        }

        if (SubjectEnd.Of(entry) is { } end)
        {
            _ends[entry.Subject!.Value] = end;
        }
    }

    /// <summary>Adds an operation, all entries of which were added.</summary>
    public void Add(OperationRow row) => _operations = _operations.After(row);
}

/// <summary>How many operations there are, and a checksum of all that their rows say.</summary>
/// <param name="Count">How many.</param>
/// <param name="Checksum">XXH3 over the checksum before and the row.</param>
internal readonly record struct OperationDigest(long Count, ulong Checksum)
{
    /// <summary>The digest with one more operation.</summary>
    public OperationDigest After(OperationRow row)
    {
        XxHash3 hash = new(unchecked((long)Checksum));
        CanonicalWriter writer = new();
        writer.WriteInt64(row.First.Value);
        writer.WriteInt64(row.Last.Value);
        writer.WriteByte((byte)row.Kind);
        writer.WriteInt64(row.Time.DecidedAt.UnixMicroseconds);
        writer.WriteInt64(row.Time.RecordedAt.UnixMicroseconds);
        writer.WriteInt64(row.Points.Value);
        writer.WriteInt64(row.Payers.Bytes.Length);
        writer.WriteBytes(row.Payers.Bytes);
        writer.WriteBytes(row.Check.ToArray());
        writer.WriteBytes(row.Pieces is { } pieces ? pieces.Bytes : []);
        hash.Append(writer.Written);
        return new OperationDigest(Count + 1, hash.GetCurrentHashAsUInt64());
    }
}
