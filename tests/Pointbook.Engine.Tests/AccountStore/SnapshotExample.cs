using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>A stored account that tests can damage, and all queries on it.</summary>
internal sealed class SnapshotExample
{
    public const int ChecksumLength = 16;

    private readonly ScriptedLedger _ledger;
    private readonly List<IdempotencyKey> _keys = [];
    private readonly AccountChange _next;
    private readonly string _name;
    private readonly StoredRow _row;
    private readonly KeyValuePair<long, byte[]>[] _chunks;

    private SnapshotExample(string name, int size)
    {
        _name = name;
        Account = Given.Account(name);
        Store = new SnapshotStore(Account);
        CommitChain chain = new(new FakeTimeProvider(Given.Time.PlusClamped(TimeSpan.FromDays(900)).ToDateTimeOffset()));
        _ledger = new ScriptedLedger(chain);
        Fill(size);
        Store.Apply(_ledger.Round());
        AccountRow row = Store.Read().Row;
        (_row, _chunks) = (Store.Row!.Value, [.. Store.Chunks]);

        // The change touches the first, the last and a new item of each section.
        Assert.True(_ledger.Add(name, "P0", 2, 3, "another key") && _ledger.Add(name, "new", 2, 2_000) && _ledger.Spend(name, size));
        Assert.True(_ledger.Capture(name, Holds[0], NewKeyName()) && _ledger.Reverse(name, Holds[^1], NewKeyName()) && _ledger.Spend(name, 1, hold: TimeSpan.FromDays(1)));
        _next = _ledger.Round().Accounts[0].ChangeSince(row)!;
    }

    /// <summary>An account that fits into its row, without chunks.</summary>
    public static SnapshotExample Small(string name = "carol") => new(name, 5);

    /// <summary>An account whose sections have one chunk each. Only the section of keys has more.</summary>
    public static SnapshotExample Large(string name = "carol", int more = 0) => new(name, 70 + more);

    public AccountId Account { get; }

    public SnapshotStore Store { get; }

    private IReadOnlyList<Sequence> Holds { get; set; } = [];

    private IReadOnlyList<Sequence> Subjects { get; set; } = [];

    /// <summary>Replaces the head by other bytes, with a correct checksum.</summary>
    public void Forge(ReadOnlySpan<byte> head)
    {
        byte[] snapshot = [.. new byte[ChecksumLength], .. head];
        StoredRow row = Store.Row!.Value with { Snapshot = snapshot.AsMemory(ChecksumLength) };
        StoredAccount.WriteChecksum(Account, row, snapshot);
        Store.Row = row with { Snapshot = snapshot };
    }

    /// <summary>Replaces a chunk by other bytes, with correct checksums.</summary>
    public void Forge(long chunk, byte[] bytes)
    {
        byte[] head = Store.Row!.Value.Snapshot[ChecksumLength..].ToArray();
        int at = head.AsSpan().IndexOf(ChecksumOf(chunk, Store.Chunks[chunk]));
        ChecksumOf(chunk, bytes).CopyTo(head.AsSpan(at));
        Store.Chunks[chunk] = bytes;
        Forge(head);
    }

    /// <summary>Restores the row and the chunks as they were stored.</summary>
    public void Reset()
    {
        Store.Row = _row;
        Store.Chunks.Clear();
        foreach ((long chunk, byte[] bytes) in _chunks)
        {
            Store.Chunks.Add(chunk, bytes);
        }
    }

    /// <summary>Applies a change that touches items of each section.</summary>
    public void ApplyNext() => Store.Store(Store.Read(stored => stored.ChunksFor(_next)).Apply(_next));

    /// <summary>Runs all queries, and applies changes.</summary>
    /// <returns>Whether all succeeded. If not, the account refused damaged data with the expected exception.</returns>
    public bool TryExamine()
    {
        AccountRequest request = new(Account, WithState: false, _keys, Subjects);
        LotPlace place = new(new LotKey(Given.Time.PlusClamped(TimeSpan.FromDays(40)), new Sequence(1)), Sequence.Zero, new Dictionary<Sequence, Points>(), false);
        Instant later = Instant.MaxValue;
        return TryAsk(stored => stored.ChunksForSnapshot(), stored => AccountState.FromSnapshot(stored.ToSnapshot()))
            & TryAsk(stored => stored.ChunksFor(request), stored => stored.ToLoaded(request, Sequence.Zero))
            & TryAsk(stored => stored.ChunksForBalance(Given.Time), stored => stored.ToBalance(Given.Time))
            & TryAsk(stored => stored.ChunksForBalance(later), stored => stored.ToBalance(later))
            & TryAsk(stored => stored.ChunksForExpiredLots(later), stored => stored.ExpiredLots(later).Count())
            & TryAsk(new LotQuery(Account, 10, Given.Time))
            & TryAsk(new LotQuery(Account, 1_000, later) { After = place })
            & TryAsk(stored => stored.ChunksForOldKeys(later, 50), stored => stored.ForgetKeys(later, 50, out _))
            & TryAsk(stored => stored.ChunksFor(_next), stored => stored.Apply(_next));
    }

    private bool TryAsk(LotQuery query) => TryAsk(stored => stored.ChunksForLots(query), stored => stored.ToLots(query));

    private bool TryAsk<T>(Func<StoredAccount, IReadOnlyList<long>> ask, Func<StoredAccount, T> answer)
    {
        try
        {
            answer(Store.Read(stored => [.. ask(stored).Select(chunk => Store.Chunks.ContainsKey(chunk) ? chunk : throw new InvalidRowException("no such chunk"))]));
            return true;
        }
        catch (Exception refused) when (refused is InvalidRowException or AccountDamagedException)
        {
            return false;
        }
    }

    private static byte[] ChecksumOf(long chunk, ReadOnlySpan<byte> bytes)
    {
        byte[] checksum = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(checksum, XxHash3.HashToUInt64(bytes, chunk));
        return checksum;
    }

    private string NewKeyName()
    {
        _keys.Add(Given.Key($"key {_keys.Count}"));
        return _keys[^1].Value;
    }

    private void Fill(int size)
    {
        for (int lot = 0; lot < size * 3; lot++)
        {
            TimeSpan? expiresIn = lot % 3 == 0 ? TimeSpan.FromDays(1 + lot) : null;
            _ledger.Add(_name, $"P{lot % size}", 3, lot, lot < size + 2 ? NewKeyName() : null, expiresIn);
        }

        for (int spend = 0; spend < size; spend++)
        {
            Assert.True(_ledger.Spend(_name, 1));
            Assert.True(_ledger.Reverse(_name, _ledger.LastOperation(_name)));
        }

        Subjects = _ledger.OperationsOf(_name, EntryKind.Spend);
        Holds = [.. Enumerable.Range(0, size).Select(_ => _ledger.Hold(_name, 1, TimeSpan.FromDays(2)))];
        Assert.True(_ledger.Add(_name, "P1", -3, 50));
    }
}
