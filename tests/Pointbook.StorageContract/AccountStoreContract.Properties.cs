using System.Globalization;
using CsCheck;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: whatever happens, in whatever commits and rounds, the tables match the entries.</summary>
public abstract partial class AccountStoreContract
{
    private const int NoInterruption = 60;

    private static readonly string[] Payers = ["P", "Q", "R"];

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(StepKind.Credit)),
            (3, Gen.Const(StepKind.CreditThatExpires)),
            (4, Gen.Const(StepKind.Deduct)),
            (4, Gen.Const(StepKind.Spend)),
            (4, Gen.Const(StepKind.Hold)),
            (2, Gen.Const(StepKind.Capture)),
            (3, Gen.Const(StepKind.Reverse)),
            (2, Gen.Const(StepKind.Flush)),
            (2, Gen.Const(StepKind.Restore)),
            (2, Gen.Const(StepKind.Wait))),
        Gen.Int[0, 2],
        Gen.Int[0, 2],
        Gen.Frequency((9, Gen.Long[1, 60]), (1, Gen.Long[long.MaxValue - 40, long.MaxValue])),
        Gen.Int[0, 5],
        Gen.Bool,
        (act, account, payer, points, day, hasKey) => new Step(act, account, payer, points, day, hasKey));

    // Each round has commits of several steps. The number says after how many writes the test interrupts the round before it repeats it.
    private static readonly Gen<RoundPlan[]> Rounds =
        Gen.Select(Steps.Array[1, 8].Array[1, 4], Gen.Int[0, NoInterruption], (commits, cut) => new RoundPlan(commits, cut)).Array[1, 6];

    [Fact]
    public async Task After_any_commands_and_interruptions_every_round_ends_with_the_live_state()
    {
        int sample = 0;
        await Rounds.SampleAsync(
            async plans =>
            {
                try
                {
                    await RunAsync(plans, (++sample).ToString("D5", CultureInfo.InvariantCulture));
                }
                catch
                {
                    // The next sample, a smaller one, must not fail because of what this sample left.
                    await AccountStore.ResetAsync(Token);
                    Chain = new CommitChain(Host.Clock);
                    throw;
                }
            },
            iter: 80,
            threads: 1);
    }

    /// <summary>Runs one sample with its own accounts, payers and keys, after everything that earlier samples have written.</summary>
    private async Task RunAsync(RoundPlan[] plans, string sample)
    {
        Ledger = new ScriptedLedger(Chain);
        int firstCommit = Chain.Commits.Count;
        List<Commit> waiting = [];
        foreach (RoundPlan plan in plans)
        {
            waiting.AddRange(CommitAll(plan, sample));
            if (waiting.Count == 0)
            {
                continue;
            }

            SnapshotRound round = SnapshotRound.From(waiting);
            if (plan.InterruptAfter < NoInterruption && await TryInterruptAsync(round, plan.InterruptAfter) && plan.InterruptAfter % 2 == 0)
            {
                // The next round contains this round and more.
                continue;
            }

            if (plan.InterruptAfter >= NoInterruption || (await AccountStore.ReadPositionAsync(Token)).Last == round.After)
            {
                await ApplyAsync(round);
            }

            waiting.Clear();
            await AssertIsSampleAsync(sample, firstCommit);
        }

        if (waiting.Count > 0)
        {
            await ApplyAsync(SnapshotRound.From(waiting));
            await AssertIsSampleAsync(sample, firstCommit);
        }
    }

    private List<Commit> CommitAll(RoundPlan plan, string sample)
    {
        List<Commit> commits = [];
        foreach (Step[] steps in plan.Commits)
        {
            foreach (Step step in steps)
            {
                Do(step, sample);
            }

            if (Ledger.Uncommitted > 0)
            {
                commits.Add(Ledger.Commit());
            }
        }

        return commits;
    }

    private void Do(Step step, string sample)
    {
        string account = $"{sample}.{step.Account}";
        string payer = $"{sample} {Payers[step.Payer]}";
        string? key = step.HasKey ? $"k{Chain.Next.Plus(Ledger.Uncommitted)}" : null;
        IReadOnlyList<Sequence> spends = Ledger.OperationsOf(account, EntryKind.Spend);
        IReadOnlyList<Sequence> flushes = Ledger.OperationsOf(account, EntryKind.Flush);
        TimeSpan duration = TimeSpan.FromHours(7 * (1 + step.Day));
        switch (step.StepKind)
        {
            case StepKind.CreditThatExpires:
                Ledger.Add(account, payer, step.Points, step.Day, key, duration);
                break;
            case StepKind.Hold:
                Ledger.Spend(account, step.Points, key, duration);
                break;
            // The latest spends are the most likely to be pending still.
            case StepKind.Capture when spends.Count > 0:
                Ledger.Capture(account, spends[^(1 + (step.Payer % spends.Count))], key);
                break;
            case StepKind.Reverse when spends.Count > 0:
                Ledger.Reverse(account, spends[^(1 + (step.Payer % spends.Count))], key);
                break;
            case StepKind.Restore when flushes.Count > 0:
                // The latest flush may have found nothing to empty. Then the flush before it can be restored.
                Ledger.Restore(account, flushes[^(1 + (step.Payer % Math.Min(2, flushes.Count)))], key);
                break;
            case StepKind.Wait:
                Host.Clock.Advance(duration);
                Ledger.Sweep(account);
                break;
            case StepKind.Credit:
                Ledger.Add(account, payer, step.Points, step.Day, key);
                break;
            case StepKind.Deduct:
                Ledger.Add(account, payer, -step.Points, step.Day, key);
                break;
            case StepKind.Spend:
                Ledger.Spend(account, step.Points, key);
                break;
            case StepKind.Flush:
                Ledger.Flush(account, key);
                break;
        }
    }

    private async Task AssertIsSampleAsync(string sample, int firstCommit)
    {
        AccountStorePosition position = new(Chain.Head.Last, Chain.Head.Seal, Chain.Head.Last, Chain.Head.Seal);
        StoreAssert.Equal(Expected.Tables(position, Chain.Commits[firstCommit..], Ledger), await Host.ReadTablesAsync(sample));
    }

    private enum StepKind
    {
        Credit,
        CreditThatExpires,
        Deduct,
        Spend,
        Hold,
        Capture,
        Reverse,
        Flush,
        Restore,
        Wait,
    }

    private sealed record Step(StepKind StepKind, int Account, int Payer, long Points, int Day, bool HasKey);

    private sealed record RoundPlan(Step[][] Commits, int InterruptAfter);
}
