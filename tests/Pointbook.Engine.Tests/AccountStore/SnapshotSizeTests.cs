using System.Diagnostics;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>The size of a large account, and the cost of its reads and updates.</summary>
public sealed class SnapshotSizeTests
{
    private const int Lots = 500_000;
    private const int LotsPerRound = 100_000;
    private const int LotsPerCommit = 10_000;

    private static readonly AccountId Account = Given.Account("carol");

    [Fact]
    public void An_account_with_very_many_lots_is_small_and_loads_quickly()
    {
        SnapshotStore store = Fill();
        long bytes = store.Row!.Value.Snapshot.Length + store.Chunks.Values.Sum(chunk => (long)chunk.Length);
        WriteLine($"{Lots} lots: {(double)bytes / Lots:F1} bytes a lot, {store.Chunks.Count} chunks, {store.Row!.Value.Snapshot.Length} bytes in the row");
        Assert.InRange((double)bytes / Lots, 4, 16);

        // The first run includes compilation, so the best run counts.
        TimeSpan best = TimeSpan.MaxValue;
        for (int time = 0; time < 3; time++)
        {
            best = TimeSpan.FromTicks(Math.Min(best.Ticks, Load(store).Ticks));
        }

        Assert.InRange(best, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Changing_an_account_with_very_many_lots_reads_and_writes_few_chunks()
    {
        SnapshotStore store = Fill();
        AccountRow row = store.Read().Row;
        AccountEntries entries = new(Account);
        CommitTime time = new(Given.Time, Given.Time);
        entries.Add(new RecordedEntry(Credit(row.StandsAt.Next, Lots + 1) with { Opening = row.Opening, PreviousOperation = row.LastOperation }, time));
        entries.Add(new RecordedEntry(Credit(row.StandsAt.Next.Next, Lots / 2) with { Opening = row.Opening, PreviousOperation = row.StandsAt.Next }, time));
        AccountChange change = entries.ChangeSince(row)!;
        for (int run = 0; run < 3; run++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            StoredAccount stored = store.Read();
            TimeSpan read = watch.Elapsed;
            IReadOnlyList<long> needed = stored.ChunksFor(change);
            foreach (long chunk in needed)
            {
                stored.Provide(chunk, store.Chunks[chunk]);
            }

            AccountUpdate update = stored.Apply(change);
            WriteLine($"head read in {Microseconds(read)} us, all in {Microseconds(watch.Elapsed)} us; {needed.Count} chunks read, {update.Written.Count} written");
            Assert.Equal(2, needed.Count);
            Assert.InRange(update.Written.Count, 2, 4);
        }
    }

    [Fact]
    public void A_hold_with_very_many_draws_is_not_rewritten_with_each_change_of_the_account()
    {
        const int Draws = 5_000;
        SnapshotStore store = new(Account);
        CommitChain chain = new(TimeProvider.System);
        Sequence first = chain.Next;
        chain.Add([.. Enumerable.Range(0, Draws + 1).Select(index => Credit(first.Plus(index), index))]);
        Sequence spend = chain.Next;
        Entry header = new() { Sequence = spend, Operation = spend, Account = Account, Kind = EntryKind.Spend, ExpiresAt = Given.Time };
        chain.Add([header, .. chain.Commits[0].Entries.Take(Draws).Select((credit, index) => credit with
        {
            Sequence = spend.Plus(index + 1), Operation = spend, Kind = EntryKind.Draw, Points = -credit.Points, LotPoints = -credit.LotPoints,
        })]);
        store.Apply(SnapshotRound.From(chain.Commits));
        Assert.InRange(store.Row!.Value.Snapshot.Length, 1, 1_000);
        Assert.Equal(Draws, Assert.Single(store.Read(account => account.ChunksForSnapshot()).ToSnapshot().Holds).Draws.Count);

        AccountEntries entries = new(Account);
        entries.Add(new RecordedEntry(Credit(chain.Next, Draws + 2) with { Opening = new Sequence(1), PreviousOperation = spend }, new CommitTime(Given.Time, Given.Time)));
        StoredAccount stored = store.Read();
        AccountChange change = entries.ChangeSince(stored.Row)!;
        Assert.Empty(stored.ChunksFor(change));
        Assert.Empty(stored.Apply(change).Written);
    }

    /// <summary>Adds the lots in a few large rounds, as during an import.</summary>
    private static SnapshotStore Fill()
    {
        SnapshotStore store = new(Account);
        CommitChain chain = new(TimeProvider.System);
        while (chain.Head.Last.Value < Lots)
        {
            int first = chain.Commits.Count;
            while (chain.Commits.Count - first < LotsPerRound / LotsPerCommit)
            {
                Sequence next = chain.Next;
                chain.Add([.. Enumerable.Range(0, LotsPerCommit).Select(index => Credit(next.Plus(index), (int)next.Value + index))]);
            }

            store.Apply(SnapshotRound.From(chain.Commits[first..]));
        }

        return store;
    }

    /// <summary>A credit of one of three payers, some seconds later than the previous credit. Some credits expire.</summary>
    private static Entry Credit(Sequence sequence, int number)
    {
        Instant occurredAt = Given.Time.PlusClamped(TimeSpan.FromMicroseconds((number * 7_000_000L) + (number * 7_919L % 1_000_003)));
        return Given.Credit(sequence, 1 + (number % 900), Account.Value, $"PAYER {number % 3}") with
        {
            OccurredAt = occurredAt,
            ExpiresAt = number % 4 == 0 ? occurredAt.PlusClamped(TimeSpan.FromDays(365)) : null,
        };
    }

    private static TimeSpan Load(SnapshotStore store)
    {
        Stopwatch watch = Stopwatch.StartNew();
        StoredAccount stored = store.Read(account => account.ChunksForSnapshot());
        TimeSpan decoded = watch.Elapsed;
        AccountSnapshot snapshot = stored.ToSnapshot();
        TimeSpan checkedAt = watch.Elapsed;
        AccountState state = AccountState.FromSnapshot(snapshot);
        TimeSpan loaded = watch.Elapsed;
        Assert.Equal(Lots, state.LotCount);
        WriteLine($"decode {Milliseconds(decoded)} ms, ToSnapshot {Milliseconds(checkedAt - decoded)} ms, FromSnapshot {Milliseconds(loaded - checkedAt)} ms");
        return loaded;
    }

    private static string Microseconds(TimeSpan time) => $"{time.TotalMicroseconds:F0}";

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds:F0}";

    private static void WriteLine(FormattableString text) => TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(text));
}
