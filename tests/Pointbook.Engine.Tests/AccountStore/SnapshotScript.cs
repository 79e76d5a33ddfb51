using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.AccountStore;

internal enum SnapshotStepKind
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

/// <summary>A command that the test sends to the account once or several times, or a wait.</summary>
internal sealed record SnapshotStep(SnapshotStepKind StepKind, int Times, int Payer, long Points, int Day, bool HasKey);

/// <summary>Carries out steps on one account with the rules of the ledger.</summary>
internal sealed class SnapshotScript(ScriptedLedger ledger, CommitChain chain, FakeTimeProvider clock, string account)
{
    // Their order by code points differs from their order by UTF-16 units.
    private static readonly string[] Prefixes = ["P", "Q", "\U0001F642", "\uFF21", "M\u00DCLLER "];

    private readonly List<Sequence> _spends = [];
    private readonly List<Sequence> _flushes = [];

    public AccountState State => ledger.States[Given.Account(account)];

    /// <summary>Makes a commit from some steps; null if they write no entries.</summary>
    public Commit? Commit(SnapshotStep[] steps)
    {
        foreach (SnapshotStep step in steps)
        {
            // Repeated flushes are rare in practice, and repeated large amounts would exceed 64 bits.
            int times = step.StepKind is SnapshotStepKind.Flush or SnapshotStepKind.Restore or SnapshotStepKind.Wait || step.Points > 1_000_000 ? 1 : step.Times;
            for (int time = 0; time < times; time++)
            {
                Do(step, time);
            }
        }

        return ledger.Uncommitted > 0 ? ledger.Commit() : null;
    }

    private Sequence Next => chain.Next.Plus(ledger.Uncommitted);

    private void Do(SnapshotStep step, int time)
    {
        string? key = !step.HasKey ? null : step.Day % 3 > 0 ? $"k{Next}" : $"again{(step.Payer + time) % 40}";
        int number = (step.Payer + (step.Day % 2 * time)) % 400;
        string payer = $"{Prefixes[number % Prefixes.Length]}{number}";
        int day = (step.Day + (time * step.Payer)) % 1_009;
        TimeSpan duration = TimeSpan.FromHours(1 + ((step.Day + (time * 31)) % 2_000));
        switch (step.StepKind)
        {
            case SnapshotStepKind.Credit:
                ledger.Add(account, payer, step.Points, day, key);
                break;
            case SnapshotStepKind.CreditThatExpires:
                ledger.Add(account, payer, step.Points, day, key, duration);
                break;
            case SnapshotStepKind.Deduct:
                ledger.Add(account, payer, -step.Points, day, key);
                break;
            case SnapshotStepKind.Spend:
                Spend(step.Points, key, null);
                break;
            case SnapshotStepKind.Hold:
                Spend(step.Points % 7 + 1, key, duration);
                break;
            // The latest spends are the most likely to be known still.
            case SnapshotStepKind.Capture when _spends.Count > 0:
                ledger.Capture(account, _spends[^(1 + ((step.Payer + time) % _spends.Count))], key);
                break;
            case SnapshotStepKind.Reverse when _spends.Count > 0:
                ledger.Reverse(account, _spends[^(1 + ((step.Payer + time) % _spends.Count))], key);
                break;
            case SnapshotStepKind.Restore when _flushes.Count > 0:
                ledger.Restore(account, _flushes[^(1 + (step.Payer % Math.Min(2, _flushes.Count)))], key);
                break;
            case SnapshotStepKind.Flush:
                Flush(key);
                break;
            case SnapshotStepKind.Wait:
                clock.Advance(TimeSpan.FromHours(step.Day % 300));
                ledger.Sweep(account);
                break;
        }
    }

    private void Spend(long points, string? key, TimeSpan? hold)
    {
        if (ledger.Spend(account, points, key, hold))
        {
            _spends.Add(LastOf(EntryKind.Spend));
        }
    }

    private void Flush(string? key)
    {
        Sequence next = Next;
        if (ledger.Flush(account, key) && Next > next)
        {
            _flushes.Add(LastOf(EntryKind.Flush));
        }
    }

    private Sequence LastOf(EntryKind kind) => ledger.OperationsOf(account, kind)[^1];
}
