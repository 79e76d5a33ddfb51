using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using System.Text;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The stored snapshot of one account: its head and the chunks read so far. Not thread-safe.</summary>
/// <remarks>
/// A store reads the row, asks which chunks a query or a change needs, provides them, and then asks for the result.
/// docs/architecture.md describes the bytes under "Snapshots".
/// </remarks>
public sealed partial class StoredAccount
{
    private const byte Format = 1;
    private const int ChecksumLength = 16;

    // Far more chunks than an account can ever use, and far below the largest number.
    private const long NextChunkMax = long.MaxValue / 2;

    // A thread reads and writes very many accounts, one after the other.
    [ThreadStatic]
    private static Scratch? _scratch;

    private readonly Section<PayerName, PayerSnapshot, PayerFormat> _payers = new();
    private readonly Section<LotKey, LotSnapshot, LotFormat> _lots = new();
    private readonly Section<Sequence, HoldSnapshot, HoldFormat> _holds = new();
    private readonly Section<UInt128, StoredKey, KeyFormat> _keys = new();
    private readonly Section<Sequence, StoredEnd, EndFormat> _ends = new();
    private readonly Section<LotKey, LotSnapshot, LotFormat>.Combine<LotChange> _combineLot;
    private readonly AccountBuffers? _buffers;
    private long _nextChunk;
    private Points _held;

    private StoredAccount(AccountBuffers? buffers)
    {
        _buffers = buffers;
        _combineLot = CombineLot;
    }

    /// <summary>Makes this an account without a row. Forgets the previous account.</summary>
    private StoredAccount Begin(AccountId account)
    {
        Forget();
        (Account, Row, _held, _nextChunk) = (account, default, Points.Zero, 1);
        return this;
    }

    private void ReadHead(AccountRow row, ReadOnlyMemory<byte> head, ref ByteReader reader)
    {
        if (reader.ReadByte() is var format && format != Format)
        {
            throw reader.Invalid($"the snapshot format {format} is unknown");
        }

        Row = row with
        {
            Opening = ReadOperation(ref reader, row.StandsAt),
            LastOperation = ReadOperation(ref reader, row.StandsAt),
            FlushedThrough = new Sequence(reader.ReadNumber()),
            FlushedThroughBefore = new Sequence(reader.ReadNumber()),
        };
        _held = new Points(reader.ReadNumber());
        _nextChunk = reader.ReadNumber();
        _payers.Read(head, ref reader);
        _lots.Read(head, ref reader);
        _holds.Read(head, ref reader);
        _keys.Read(head, ref reader);
        _ends.Read(head, ref reader);
        long last = Math.Max(Math.Max(_payers.LastChunk, _lots.LastChunk), Math.Max(Math.Max(_holds.LastChunk, _keys.LastChunk), _ends.LastChunk));
        if (_nextChunk <= last || _nextChunk > NextChunkMax)
        {
            throw reader.Invalid($"{_nextChunk} can't be the number of the next chunk");
        }

        if (reader.Remaining > 0)
        {
            throw reader.Invalid("there are extra bytes after the last section");
        }
    }

    /// <summary>The account.</summary>
    public AccountId Account { get; private set; } = null!;

    /// <summary>The account's own row.</summary>
    public AccountRow Row { get; private set; }

    /// <summary>The number of open lots.</summary>
    public int LotCount => _lots.Count;

    /// <summary>The number of chunks in the snapshot. A snapshot without chunks is completely in its row.</summary>
    public int ChunkCount => _payers.ChunkCount + _lots.ChunkCount + _holds.ChunkCount + _keys.ChunkCount + _ends.ChunkCount;

    /// <summary>Whether the account stands at its latest flush. Then its holds are those that the flush ended.</summary>
    private bool IsFlushed => IsFlushedAt(Row);

    /// <summary>Creates an account without a row. The caller must check that the directory does not contain it.</summary>
    /// <param name="account">The account.</param>
    /// <param name="buffers">Memory for the account and its changes; null to allocate it.</param>
    public static StoredAccount Empty(AccountId account, AccountBuffers? buffers = null) => (buffers?.Account ?? new StoredAccount(null)).Begin(account);

    /// <summary>Compares the row with the index of operations. A row older than the index has lost later changes.</summary>
    /// <param name="newest">The last operation of the account in the index; null if there is none.</param>
    /// <exception cref="InvalidRowException">They differ.</exception>
    public void CheckLastOperation(Sequence? newest)
    {
        if (newest != Row.LastOperation)
        {
            throw new InvalidRowException($"its last operation is {Row.LastOperation}, but the one in the index of operations is {newest?.ToString() ?? "missing"}");
        }
    }

    /// <summary>Reads the row of an account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="row">The row. The account keeps its bytes.</param>
    /// <param name="buffers">Memory for the account and its changes; null to allocate it.</param>
    /// <exception cref="InvalidRowException">The row differs from what was stored.</exception>
    public static StoredAccount Read(AccountId account, StoredRow row, AccountBuffers? buffers = null)
    {
        ArgumentNullException.ThrowIfNull(account);
        if (row.Snapshot.Length < ChecksumLength || row.StandsAt <= Sequence.Zero)
        {
            throw new InvalidRowException($"it is at entry {row.StandsAt}, but its snapshot has {row.Snapshot.Length} bytes");
        }

        ReadOnlyMemory<byte> head = row.Snapshot[ChecksumLength..];
        Span<byte> checksum = stackalloc byte[ChecksumLength];
        WriteChecksum(account, row with { Snapshot = head }, checksum);
        if (!checksum.SequenceEqual(row.Snapshot.Span[..ChecksumLength]))
        {
            throw new InvalidRowException("its snapshot does not match its checksum");
        }

        ByteReader reader = new(head.Span);
        StoredAccount stored = Empty(account, buffers);
        stored.ReadHead(new AccountRow(row.StandsAt, default, default), head, ref reader);
        return stored;
    }

    /// <summary>Adds the bytes of a needed chunk.</summary>
    /// <exception cref="InvalidRowException">The bytes differ from what was stored.</exception>
    public void Provide(long chunk, ReadOnlySpan<byte> bytes)
    {
        // Ask all sections: if two had the same chunk, it would not match one of their checksums.
        if (!(_lots.TryProvide(chunk, bytes) | _payers.TryProvide(chunk, bytes) | _holds.TryProvide(chunk, bytes)
            | _keys.TryProvide(chunk, bytes) | _ends.TryProvide(chunk, bytes)))
        {
            throw new InvalidRowException($"chunk {chunk} is not one of its chunks");
        }
    }

    /// <summary>The unread chunks that <see cref="ToSnapshot"/> needs.</summary>
    public IReadOnlyList<long> ChunksForSnapshot()
    {
        List<long> needed = [];
        _payers.NeedAll(needed);
        _lots.NeedAll(needed);
        _holds.NeedAll(needed);
        return needed;
    }

    /// <summary>Returns the state of the account.</summary>
    /// <exception cref="AccountDamagedException">The state is impossible. As the checksum is correct, this is a bug.</exception>
    public AccountSnapshot ToSnapshot()
    {
        AccountSnapshot snapshot = new(Account, Row.StandsAt, PayersInOrder(), _lots.ToList())
        {
            Holds = _holds.ToList(),
            Opening = Row.Opening,
            LastOperation = Row.LastOperation,
            FlushedThrough = Row.FlushedThrough,
            FlushedThroughBefore = Row.FlushedThroughBefore,
        };
        SnapshotCheck.ThrowIfDamaged(snapshot, LotCount);
        return snapshot;
    }

    /// <summary>The unread chunks with the requested keys and the ends of the requested subjects.</summary>
    public IReadOnlyList<long> ChunksFor(AccountRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        List<long> needed = [];
        _keys.Need(request.Keys.Select(KeyFormat.DigestOf), needed);
        _ends.Need(request.Subjects, needed);
        return [.. needed.Distinct()];
    }

    /// <summary>Returns the requested data, including the state if requested.</summary>
    /// <param name="request">The request.</param>
    /// <param name="target">The last entry that any row may contain.</param>
    public LoadedAccount ToLoaded(AccountRequest request, Sequence target)
    {
        ArgumentNullException.ThrowIfNull(request);
        Dictionary<IdempotencyKey, KeyRecord> keys = [];
        foreach (IdempotencyKey key in request.Keys)
        {
            if (_keys.TryFind(KeyFormat.DigestOf(key), out StoredKey stored))
            {
                keys[key] = stored.Record;
            }
        }

        Dictionary<Sequence, SubjectEnd> ends = [];
        foreach (Sequence subject in request.Subjects)
        {
            if (_ends.TryFind(subject, out StoredEnd stored))
            {
                ends[subject] = stored.End;
            }
        }

        return new LoadedAccount(Account, request.WithState ? ToSnapshot() : null, keys, ends)
        {
            AbsentThrough = Row.StandsAt == Sequence.Zero ? target : Sequence.Zero,
            KeyCount = _keys.Count,
            EndCount = _ends.Count,
        };
    }

    /// <summary>The unread chunks with keys, and with ends of spends and flushes.</summary>
    internal IReadOnlyList<long> ChunksOfUses()
    {
        List<long> needed = [];
        _keys.NeedAll(needed);
        _ends.NeedAll(needed);
        return needed;
    }

    /// <summary>The uses of idempotency keys, in the order of the operations.</summary>
    internal IReadOnlyList<KeyRecord> KeyRecords() => [.. _keys.All().Select(key => key.Record).OrderBy(record => record.Operation)];

    /// <summary>The ends of spends and flushes, in their order.</summary>
    internal IReadOnlyList<(Sequence Subject, SubjectEnd End)> SubjectEnds() => [.. _ends.All().Select(end => (end.Subject, end.End))];

    private List<PayerSnapshot> PayersInOrder()
    {
        List<PayerSnapshot> payers = [.. _payers.All()];
        payers.Sort(static (left, right) => left.FirstSequence.CompareTo(right.FirstSequence));
        return payers;
    }

    internal static void WriteChecksum(AccountId account, StoredRow row, Span<byte> checksum)
    {
        Span<byte> columns = stackalloc byte[4 + (3 * sizeof(long)) + 2];
        BinaryPrimitives.WriteInt32LittleEndian(columns, account.Value.Length);
        BinaryPrimitives.WriteInt64LittleEndian(columns[4..], row.StandsAt.Value);
        Write(columns[12..], row.NextDue);
        Write(columns[21..], row.OldestKey);
        Span<byte> key = stackalloc byte[AccountId.LengthMax];
        XxHash128 hash = (_scratch ??= new Scratch()).Hash;
        hash.Append(columns);
        hash.Append(key[..Encoding.ASCII.GetBytes(account.Value, key)]);
        hash.Append(row.Snapshot.Span);
        int written = hash.GetHashAndReset(checksum);
        Debug.Assert(written == ChecksumLength, "XXH3 with 128 bits has 16 bytes.");
    }

    private static void Write(Span<byte> column, long? value)
    {
        column[0] = value is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteInt64LittleEndian(column[1..], value ?? 0);
    }

    /// <summary>Forgets all items.</summary>
    internal void Forget()
    {
        _payers.Reset();
        _lots.Reset();
        _holds.Reset();
        _keys.Reset();
        _ends.Reset();
    }

    /// <summary>An account that no row was read for yet.</summary>
    internal static StoredAccount Unread(AccountBuffers buffers) => new(buffers);

    /// <summary>Encodes the row, and adds it and the changed chunks to an update.</summary>
    private void WriteTo(AccountUpdate update, AccountRow account)
    {
        Scratch scratch = _scratch ??= new Scratch();
        ByteWriter sections = scratch.Sections;
        sections.Clear();
        _payers.Write(sections, update, scratch.Items);
        _lots.Write(sections, update, scratch.Items);
        _holds.Write(sections, update, scratch.Items);
        _keys.Write(sections, update, scratch.Items);
        _ends.Write(sections, update, scratch.Items);
        ByteWriter head = _buffers?.Head ?? scratch.Head;
        head.Clear();
        head.Take(ChecksumLength).Clear();
        head.WriteByte(Format);
        head.WriteVarint((ulong)account.Opening.Value);
        head.WriteVarint((ulong)account.LastOperation.Value);
        head.WriteVarint((ulong)account.FlushedThrough.Value);
        head.WriteVarint((ulong)account.FlushedThroughBefore.Value);
        head.WriteVarint((ulong)_held.Value);
        head.WriteVarint((ulong)update.NextChunk);
        head.WriteBytes(sections.Written);
        Memory<byte> snapshot = _buffers is null ? head.Written.ToArray() : head.WrittenMemory;
        long due = Math.Min(_lots.Earliest, IsFlushedAt(account) ? long.MaxValue : _holds.Earliest);
        StoredRow row = new(account.StandsAt, Optional(due), Optional(_keys.Earliest), snapshot[ChecksumLength..]);
        WriteChecksum(Account, row, snapshot.Span);
        update.Row = row with { Snapshot = snapshot };
    }

    private static bool IsFlushedAt(AccountRow account) => new FlushMarks(account.FlushedThrough, account.FlushedThroughBefore).IsFlushed(account.StandsAt);

    private static Sequence ReadOperation(ref ByteReader reader, Sequence standsAt)
    {
        Sequence first = new(reader.ReadNumber());
        return first > Sequence.Zero && first <= standsAt ? first : throw reader.Invalid($"{first} can't be the first entry of an operation");
    }

    private static long? Optional(long time) => time == long.MaxValue ? null : time;

    private sealed class Scratch
    {
        public XxHash128 Hash { get; } = new();

        public ByteWriter Head { get; } = new();

        public ByteWriter Sections { get; } = new();

        public ByteWriter Items { get; } = new();
    }
}
