using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>A simple model of the idempotency keys of an account, and of how its spends and flushes ended.</summary>
internal sealed class SnapshotModel
{
    public Dictionary<IdempotencyKey, KeyRecord> Keys { get; } = [];

    public SortedDictionary<Sequence, SubjectEnd> Ends { get; } = [];

    public void Add(Commit commit)
    {
        foreach (Entry entry in commit.Entries)
        {
            if (entry.Origin is { Key: { } key, KeyHash: { } hash })
            {
                Keys[key] = new KeyRecord(hash, entry.Sequence, commit.DecidedAt);
            }

            if (SubjectEnd.Of(entry) is { } end)
            {
                Ends[entry.Subject!.Value] = end;
            }
        }
    }

    /// <summary>Deletes old keys in a store. The store chooses which old keys it deletes, and the model deletes the same ones.</summary>
    public void Forget(SnapshotStore store, Random random, int countMax)
    {
        Instant[] times = [.. Keys.Values.Select(key => key.DecidedAt).Distinct().Order()];
        Instant before = times.Length == 0 ? Instant.MaxValue : times[random.Next(times.Length)].PlusClamped(TimeSpan.FromMicroseconds(random.Next(2)));
        int old = Keys.Values.Count(key => key.DecidedAt < before);
        store.Store(store.Read(stored => stored.ChunksForOldKeys(before, int.MaxValue)).ForgetKeys(before, countMax, out int forgotten));
        Assert.Equal(Math.Min(old, countMax), forgotten);

        IReadOnlyDictionary<IdempotencyKey, KeyRecord> left = store.Load(Keys.Keys, []).Keys;
        IdempotencyKey[] gone = [.. Keys.Keys.Where(key => !left.ContainsKey(key))];
        Assert.Equal(forgotten, gone.Length);
        foreach (IdempotencyKey key in gone)
        {
            Assert.True(Keys.Remove(key, out KeyRecord record) && record.DecidedAt < before);
        }
    }
}

/// <summary>The largest sizes among the samples of a property.</summary>
internal sealed class SnapshotCounts
{
    public int Chunks { get; private set; }

    public int Lots { get; private set; }

    public int Holds { get; private set; }

    public int Keys { get; private set; }

    public int Ends { get; private set; }

    public int Flushed { get; private set; }

    public void Add(AccountSnapshot snapshot, SnapshotModel model, int chunks)
    {
        Chunks = Math.Max(Chunks, chunks);
        Lots = Math.Max(Lots, snapshot.Lots.Count);
        Holds = Math.Max(Holds, snapshot.Holds.Count);
        Keys = Math.Max(Keys, model.Keys.Count);
        Ends = Math.Max(Ends, model.Ends.Count);
        Flushed += snapshot.StandsAt == snapshot.FlushedThrough && snapshot.Holds.Count > 0 ? 1 : 0;
    }

    public override string ToString() =>
        $"at most {Chunks} chunks, {Lots} lots, {Holds} holds, {Keys} keys, {Ends} ends; {Flushed} times flushed with holds";
}
