using CsCheck;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <remarks>This part: the past states of an account.</remarks>
public abstract partial class LedgerContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_past_balance_equals_a_replay_up_to_then_and_what_was_read_then() => SampleAsync(
        Gen.Select(Run.WithoutFaults, Gen.Int[0, 999].Array[5]),
        (sampleStore, sample) => RunAsync(sampleStore, sample.Item1, async (ledger, looks) =>
        {
            // Balances that are read while the clock does not advance are as of some microseconds after it.
            sampleStore.Host.Clock.Advance(TimeSpan.FromHours(1));
            foreach (AccountBalance then in looks)
            {
                AssertSame(then, (await ledger.Queries.ReadBalanceAsOfAsync(then.Account, then.AsOf, Token)).Value!);
            }

            foreach (AccountId account in Run.Accounts.Select(sampleStore.Account))
            {
                foreach (Instant knownAt in sample.Item2.SelectMany(place => Instants(sampleStore, place)))
                {
                    await CheckKnownAsync(ledger, sampleStore, account, knownAt);
                }
            }

            Outcome<AccountBalance> future = await ledger.Queries.ReadBalanceAsOfAsync(
                sampleStore.Account(Run.Accounts[0]), sampleStore.Now.PlusClamped(TimeSpan.FromMinutes(1)), Token);
            Assert.Equal(RefusalCode.KnownAtInFuture, future.Refusal?.Code);
        }));

    /// <summary>A time within the run, the time of a commit, and the last instant before that commit.</summary>
    private static IEnumerable<Instant> Instants(SampleStore sampleStore, int place)
    {
        TimeSpan run = TimeSpan.FromMicroseconds(sampleStore.Now.UnixMicroseconds - sampleStore.Begin.UnixMicroseconds);
        yield return sampleStore.Begin.PlusClamped(run * place / 1000);
        if (sampleStore.Written.Count > 0)
        {
            Instant commit = sampleStore.Written[sampleStore.Written.Count * place / 1000].RecordedAt;
            yield return commit;
            yield return commit.PlusClamped(TimeSpan.FromMicroseconds(-1));
        }
    }

    private static async Task CheckKnownAsync(RunningLedger ledger, SampleStore sampleStore, AccountId account, Instant knownAt)
    {
        (AccountState state, List<(Entry Entry, Instant RecordedAt)> entries) = Replay(sampleStore, account, knownAt);
        AccountBalance expected = new(
            account, state.Balance, state.Held, [.. state.Payers.Select(line => new PayerBalance(line.Name, line.Balance))], knownAt);
        AssertSame(expected, (await ledger.Queries.ReadBalanceAsOfAsync(account, knownAt, Token)).Value!);

        foreach (Instant effectiveAt in new[] { Given.Time.PlusClamped(TimeSpan.FromDays(3)), sampleStore.Begin, knownAt, Instant.MaxValue })
        {
            EffectiveBalance effective = (await ledger.Queries.ReadEffectiveBalanceAsync(account, effectiveAt, knownAt, Token)).Value!;
            Assert.Equal(
                entries.Where(written => written.Entry.Payer is not null && EffectiveAt(written.Entry, written.RecordedAt) <= effectiveAt)
                    .GroupBy(written => written.Entry.Payer!)
                    .Select(payer => KeyValuePair.Create(payer.Key, Sum(payer.Select(written => written.Entry.Points)))),
                effective.Payers);
            Assert.Equal((account, effectiveAt, knownAt), (effective.Account, effective.EffectiveAt, effective.KnownAt));
        }
    }

    /// <summary>The state of an account from what was recorded by a time, with what was due then. Also the entries that make this state.</summary>
    private static (AccountState State, List<(Entry Entry, Instant RecordedAt)> Entries) Replay(SampleStore sampleStore, AccountId account, Instant knownAt)
    {
        AccountState state = new(account);
        List<(Entry Entry, Instant RecordedAt)> entries = [];
        HashSet<Sequence> erased = [.. sampleStore.Written.SelectMany(commit => commit.Entries).Where(entry => entry.Kind == EntryKind.Erasure).Select(entry => entry.AccountOpening)];
        foreach (Commit commit in sampleStore.Written.Where(commit => commit.RecordedAt <= knownAt))
        {
            foreach (Entry entry in commit.Entries.Where(entry => entry.Account == account && !erased.Contains(entry.AccountOpening)))
            {
                state.Apply(entry);
                entries.Add((entry, commit.RecordedAt));
            }
        }

        List<Entry> due = [];
        LedgerRules.ApplyDue(state, knownAt, state.StandsAt.Next, due);
        return (state, [.. entries, .. due.Select(entry => (entry, knownAt))]);
    }

    private static Instant EffectiveAt(Entry entry, Instant recordedAt) =>
        entry.Kind is EntryKind.Credit or EntryKind.Deduction ? entry.OccurredAt!.Value
        : entry.Kind == EntryKind.Expiry ? entry.ExpiresAt!.Value
        : recordedAt;

    private static Int128 Sum(IEnumerable<Points> points) => points.Aggregate(Int128.Zero, (sum, next) => sum + next.Value);

    private static void AssertSame(AccountBalance expected, AccountBalance actual)
    {
        Assert.Equal(expected with { Payers = [] }, actual with { Payers = [] });
        Assert.Equal(expected.Payers, actual.Payers);
    }
}
