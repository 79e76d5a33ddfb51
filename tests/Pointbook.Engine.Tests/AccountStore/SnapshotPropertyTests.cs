using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>For any operations of an account and any division into rounds, its stored snapshot matches the state after its entries.</summary>
public sealed class SnapshotPropertyTests
{
    private const string Name = "carol";

    private static readonly AccountId Account = Given.Account(Name);

    private static readonly Gen<SnapshotStep> AnyStep = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(SnapshotStepKind.Credit)),
            (4, Gen.Const(SnapshotStepKind.CreditThatExpires)),
            (4, Gen.Const(SnapshotStepKind.Deduct)),
            (4, Gen.Const(SnapshotStepKind.Spend)),
            (4, Gen.Const(SnapshotStepKind.Hold)),
            (3, Gen.Const(SnapshotStepKind.Capture)),
            (4, Gen.Const(SnapshotStepKind.Reverse)),
            (1, Gen.Const(SnapshotStepKind.Flush)),
            (4, Gen.Const(SnapshotStepKind.Restore)),
            (2, Gen.Const(SnapshotStepKind.Wait))),
        Gen.Frequency((12, Gen.Const(1)), (3, Gen.Int[2, 40]), (2, Gen.Int[100, 700])),
        Gen.Int[0, 200],
        Gen.Frequency((9, Gen.Long[1, 60]), (1, Gen.Long[1_000, 9_000]), (1, Gen.Long[long.MaxValue - 40, long.MaxValue])),
        Gen.Int[0, 1_000],
        Gen.Bool,
        (act, times, payer, points, day, hasKey) => new SnapshotStep(act, times, payer, points, day, hasKey));

    private static readonly Gen<RoundScript[]> Rounds = Gen.Select(
        AnyStep.Array[1, 8].Array[1, 3], Gen.Int[0, 2_000_000_000], Gen.Frequency((4, Gen.Const(0)), (1, Gen.Int[1, 300])),
        (commits, seed, forgets) => new RoundScript(commits, seed, forgets)).Array[1, 10];

    [Fact]
    public void After_any_commands_the_stored_account_equals_the_sum_of_its_entries()
    {
        SnapshotCounts counts = new();
        Rounds.Sample(rounds => Run(rounds, counts), iter: 60, threads: 1);
        TestContext.Current.TestOutputHelper?.WriteLine(counts.ToString());
        Assert.True(counts is { Chunks: > 12, Lots: > 600, Holds: > 128, Keys: > 200, Ends: > 64, Flushed: > 0 }, $"The samples are too small: {counts}");
    }

    private static void Run(RoundScript[] rounds, SnapshotCounts counts)
    {
        FakeTimeProvider clock = new(Given.Time.PlusClamped(TimeSpan.FromDays(2_000)).ToDateTimeOffset());
        CommitChain chain = new(clock);
        SnapshotScript script = new(new ScriptedLedger(chain), chain, clock, Name);
        SnapshotStore store = new(Account);
        SnapshotModel model = new();
        foreach (RoundScript round in rounds)
        {
            List<Commit> commits = [.. round.Commits.Select(script.Commit).OfType<Commit>()];
            if (commits.Count == 0)
            {
                continue;
            }

            commits.ForEach(model.Add);
            store.Apply(SnapshotRound.From(commits));
            Check(store, model, script.State, counts);
            RunQueries(store, script.State, new Random(round.Seed));
            if (round.Forgets > 0)
            {
                model.Forget(store, new Random(round.Seed), round.Forgets);
                Check(store, model, script.State, counts);
            }
        }
    }

    private static void Check(SnapshotStore store, SnapshotModel model, AccountState state, SnapshotCounts counts)
    {
        AccountSnapshot expected = state.ToSnapshot();
        StoredAccount all = store.ReadAll();
        Assert.Equal(expected.Lots.Count, all.LotCount);
        Assert.Equal(new AccountRow(expected.StandsAt, expected.FlushedThrough, expected.FlushedThroughBefore) { Opening = expected.Opening, LastOperation = expected.LastOperation }, all.Row);

        LoadedAccount loaded = store.Load([.. model.Keys.Keys, Given.Key("never used")], [.. model.Ends.Keys, expected.StandsAt.Next]);
        Assert.Equal(model.Keys.OrderBy(key => key.Key.Value), loaded.Keys.OrderBy(key => key.Key.Value));
        Assert.Equal(model.Ends, loaded.Ends.OrderBy(end => end.Key));
        StoreAssert.Equal(expected, loaded.Snapshot);

        StoredRow row = store.Row!.Value;
        Assert.Equal(expected.StandsAt, row.StandsAt);
        Assert.Equal(FirstDue(expected), row.NextDue);
        Assert.Equal(model.Keys.Count == 0 ? null : model.Keys.Values.Min(key => key.DecidedAt.UnixMicroseconds), row.OldestKey);
        counts.Add(expected, model, all.ChunkCount);

    }

    private static bool IsFlushed(AccountSnapshot snapshot) => snapshot.StandsAt == snapshot.FlushedThrough;

    private static long? FirstDue(AccountSnapshot snapshot) => snapshot.Lots.Where(lot => lot.ExpiresAt is not null).Select(lot => lot.ExpiresAt!.Value)
        .Concat(IsFlushed(snapshot) ? [] : snapshot.Holds.Select(hold => hold.EndsAt))
        .Select(due => (long?)due.UnixMicroseconds)
        .Min();

    /// <summary>Runs the queries behind pages, at instants at which nothing, something or everything is due.</summary>
    private static void RunQueries(SnapshotStore store, AccountState state, Random random)
    {
        AccountSnapshot snapshot = state.ToSnapshot();
        Instant[] moments = [.. snapshot.Lots.Select(lot => lot.ExpiresAt).OfType<Instant>().Concat(snapshot.Holds.Select(hold => hold.EndsAt)).Order()];
        for (int time = 0; time < 4; time++)
        {
            Instant now = time == 0 || moments.Length == 0 ? Given.Time : moments[random.Next(moments.Length)].PlusClamped(TimeSpan.FromMicroseconds(random.Next(-1, 2)));
            LotSnapshot[] due = [.. snapshot.Lots.Where(lot => lot.ExpiresAt <= now)];
            HoldSnapshot[] ended = [.. snapshot.Holds.Where(hold => !IsFlushed(snapshot) && hold.EndsAt <= now)];
            Assert.Equal(due, store.Read(stored => stored.ChunksForExpiredLots(now)).ExpiredLots(now));
            BalanceRows balance = store.Read(stored => stored.ChunksForBalance(now)).ToBalance(now);
            Assert.Equal((Account, snapshot.StandsAt, state.Held), (balance.Account, balance.StandsAt, balance.Held));
            Assert.Equal(snapshot.Payers, balance.Payers);
            Assert.Equal(due, balance.Due.Lots);
            SameHolds(ended, balance.Due.Holds);
            LotQuery query = new(Account, CountMaxOf(random), now) { After = PlaceIn(snapshot, random) };
            LotRows page = store.Read(stored => stored.ChunksForLots(query)).ToLots(query);
            SamePage(snapshot, query, page);
            Assert.Equal(due, page.Due.Lots);
            SameHolds(ended, page.Due.Holds);
        }
    }

    private static int CountMaxOf(Random random) => new[] { 1, 2, 50, 600, 5_000 }[random.Next(5)];

    private static LotPlace? PlaceIn(AccountSnapshot snapshot, Random random)
    {
        if (snapshot.Lots.Count == 0 || random.Next(4) == 0)
        {
            return null;
        }

        LotKey key = snapshot.Lots[random.Next(snapshot.Lots.Count)].Key;
        key = key with { Sequence = new Sequence(Math.Max(1, key.Sequence.Value + random.Next(-1, 2))) };
        LotPlace old = new(key, new Sequence(snapshot.StandsAt.Value - 1), new Dictionary<Sequence, Points>(), KnowsAll: false);
        IReadOnlyDictionary<Sequence, Points> owed = OwedAt(snapshot, old);
        return random.Next(3) switch
        {
            0 => old,
            1 => old with { StandsAt = snapshot.StandsAt, Owed = owed, KnowsAll = true },
            _ => old with { StandsAt = snapshot.StandsAt, Owed = owed.Take(LotPlace.OwedMax).ToDictionary() },
        };
    }

    private static IReadOnlyDictionary<Sequence, Points> OwedAt(AccountSnapshot snapshot, LotPlace? place)
    {
        OwedAtPlace owed = new(place, snapshot.StandsAt, snapshot.Payers);
        foreach (LotSnapshot lot in snapshot.Lots.Where(lot => lot.Key <= place?.Key))
        {
            owed.Count(lot.Payer.Value, lot.Remaining);
        }

        return owed.Owed;
    }

    private static void SamePage(AccountSnapshot snapshot, LotQuery query, LotRows page)
    {
        Assert.Equal(snapshot.StandsAt, page.StandsAt);
        LotSnapshot[] lots = [.. snapshot.Lots.Where(lot => !(lot.Key <= query.After?.Key) && !(lot.ExpiresAt <= query.Now)).Take(query.CountMax)];
        Assert.Equal(lots, page.Lots);
        PayerName[] payers = [.. lots.Select(lot => lot.Payer).Concat(page.Due.Payers).Distinct().Order()];
        Assert.Equal(snapshot.Payers.Where(payer => payers.Contains(payer.Name)).OrderBy(payer => payer.Name), page.Payers.OrderBy(payer => payer.Name));
        IReadOnlyDictionary<Sequence, Points> owed = OwedAt(snapshot, query.After);
        foreach (PayerSnapshot payer in page.Payers)
        {
            Assert.Equal(owed.TryGetValue(payer.FirstSequence, out Points left) ? left : payer.Outstanding, page.Owed.TryGetValue(payer.FirstSequence, out Points found) ? found : payer.Outstanding);
        }
    }

    private static void SameHolds(HoldSnapshot[] expected, IReadOnlyList<HoldSnapshot> actual)
    {
        Assert.Equal(expected.Select(hold => (hold.Spend, hold.EndsAt)), actual.Select(hold => (hold.Spend, hold.EndsAt)));
        Assert.Equal(expected.SelectMany(hold => hold.Draws), actual.SelectMany(hold => hold.Draws));
    }

    private sealed record RoundScript(SnapshotStep[][] Commits, int Seed, int Forgets);
}
