using Pointbook.Engine;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Reference;

namespace Pointbook.StorageContract.Runs;

/// <summary>The expected answers of a partition: the reference model, with idempotency keys in addition.</summary>
/// <param name="now">The current time.</param>
/// <param name="place">Maps an account of a run to the account of the sample.</param>
public sealed class Model(Func<Instant> now, Func<AccountId, AccountId> place)
{
    private readonly ReferenceLedger _ledger = new();
    private readonly Dictionary<AccountId, Operations> _operations = [];
    private readonly Dictionary<(AccountId, IdempotencyKey), (Digest? Hash, Receipt First)> _keys = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The expected accounts.</summary>
    public ReferenceLedger Ledger => _ledger;

    /// <summary>Checks an answer against the model. The test must pass answers in the order in which it sent the commands.</summary>
    public void Check(Command command, Outcome<Receipt> outcome)
    {
        IdempotencyKey? key = command.Origin?.Key;
        if (key is not null && _keys.TryGetValue((command.Account, key), out (Digest? Hash, Receipt First) before)
            && before.First.DecidedAt.PlusClamped(Run.Policy.KeysKeptFor) > now())
        {
            CheckUsedKey(command, outcome, before.Hash, before.First);
            return;
        }

        _ledger[command.Account].ApplyDue(now());
        CheckAnswer(command, outcome);
        _ledger[command.Account].ApplyDue(now());
        if (command is EraseAccount && outcome.Value is not null)
        {
            foreach ((AccountId, IdempotencyKey) used in _keys.Keys.Where(used => used.Item1 == command.Account).ToArray())
            {
                _keys.Remove(used);
            }
        }
        else if (key is not null && outcome.Value?.Operation.EntryCount > 0)
        {
            Assert.False(outcome.Value.IsReplay);
            _keys[(command.Account, key)] = (command.Origin!.KeyHash, outcome.Value);
        }
    }

    /// <summary>Makes the command about an operation whose answer is known. If too few such operations exist, the subject is none of them.</summary>
    public Command Resolve(SendAboutOperation ask)
    {
        Operations operations = OperationsOf(place(ask.Of));
        List<Sequence> subjects = ask.What == SubjectCommandKind.Restore ? operations.Flushes : operations.Spends;
        Sequence subject = ask.Back < subjects.Count ? subjects[^(ask.Back + 1)]
            : operations.Spends.Count > 0 ? operations.Spends[^1].Next
            : new Sequence(1);
        AccountId account = place(ask.About);
        Command command = ask.What switch
        {
            SubjectCommandKind.Capture => new CaptureSpend(account, subject),
            SubjectCommandKind.Reverse => new ReverseSpend(account, subject),
            _ => new RestoreFlush(account, subject),
        };
        return ask.Key is null ? command : command.With(ask.Key);
    }

    /// <summary>Checks everything that can be read of an account against the model.</summary>
    /// <param name="ledger">The partition to read from.</param>
    /// <param name="queries">The queries to the account store; null while the snapshot writer is blocked.</param>
    /// <param name="account">The account to read.</param>
    /// <returns>The balance of the account.</returns>
    public async Task<AccountBalance> CheckAccountAsync(IPartition ledger, ILedgerQueries? queries, AccountId account)
    {
        ReferenceAccount expected = _ledger[account];
        expected.ApplyDue(now());
        AccountBalance balance = (await ledger.ReadBalanceAsync(account, Token)).Value!;
        Assert.Equal(expected.Balance, balance.Payers.Select(line => new ReferenceLine(line.Payer, line.Points.Value)));
        Assert.Equal((expected.Total, expected.Held), (balance.Points.Value, balance.Held.Value));

        if (queries is not null)
        {
            await CheckListsAsync(queries, balance, expected);
        }

        foreach (long points in new[] { 1, balance.Points.Value / 2, balance.Points.Value, balance.Points.Value + 1 })
        {
            await CheckPreviewAsync(ledger, account, points, expected);
        }

        await CheckSpendsAsync(ledger, account, expected);
        return balance;
    }

    /// <summary>Checks all accounts against the model.</summary>
    public async Task CheckAccountsAsync(IPartition ledger, ILedgerQueries queries)
    {
        foreach (AccountId account in _ledger.Accounts.ToArray())
        {
            await CheckAccountAsync(ledger, queries, account);
        }
    }

    /// <summary>Checks the account's lots, in small pages and in one page, and its line in the list of accounts.</summary>
    private async Task CheckListsAsync(ILedgerQueries queries, AccountBalance balance, ReferenceAccount expected)
    {
        List<Sequence> arrivals = OperationsOf(balance.Account).Arrivals;
        List<OpenLot> lots = await ReadLotsAsync(queries, balance.Account, 3, keepsOwed: true);
        Assert.Equal(
            expected.NetLots.Select(lot => (lot.Payer, lot.OccurredAt, arrivals[lot.Arrival - 1], lot.Points, lot.ExpiresAt)),
            lots.Where(lot => lot.Points > lot.Deductions)
                .Select(lot => (lot.Payer, lot.Key.OccurredAt, lot.Key.Sequence, (lot.Points - lot.Deductions).Value, lot.ExpiresAt)));
        Assert.Equal(lots, await ReadLotsAsync(queries, balance.Account, 100_000, keepsOwed: true));
        Assert.Equal(lots, await ReadLotsAsync(queries, balance.Account, 2, keepsOwed: false));

        AccountPage page = (await queries.ListAccountsAsync(balance.Account.Value, null, 1, Token)).Value!;
        if (balance.Payers.Count > 0)
        {
            AccountBalance listed = Assert.Single(page.Accounts).Balance!;
            Assert.Equal((balance.Account, balance.Points, balance.Held), (listed.Account, listed.Points, listed.Held));
            Assert.Equal(balance.Payers, listed.Payers);
        }
    }

    /// <summary>Reads the open lots page by page.</summary>
    /// <param name="queries">The queries to read with.</param>
    /// <param name="account">The account to read.</param>
    /// <param name="countMax">How many lots a page has.</param>
    /// <param name="keepsOwed">False makes the query compute the unpaid deductions again, as if the account had changed between the pages.</param>
    private static async Task<List<OpenLot>> ReadLotsAsync(ILedgerQueries queries, AccountId account, int countMax, bool keepsOwed)
    {
        List<OpenLot> lots = [];
        LotPlace? place = null;
        do
        {
            LotPage page = (await queries.ReadLotsAsync(account, place, countMax, Token)).Value!;
            lots.AddRange(page.Lots);
            place = keepsOwed ? page.Next : page.Next is null ? null : page.Next with { StandsAt = Sequence.Zero };
        }
        while (place is not null);
        return lots;
    }

    private async Task CheckPreviewAsync(IPartition ledger, AccountId account, long points, ReferenceAccount expected)
    {
        Outcome<SpendPreview> preview = await ledger.PreviewSpendAsync(new SpendPoints(account, new Points(points)), Token);
        if (points < 1 || points > expected.Total)
        {
            Assert.Equal(points < 1 ? RefusalCode.PointsNotPositive : RefusalCode.InsufficientPoints, preview.Refusal?.Code);
            return;
        }

        List<(Sequence Lot, long Points)> draws = [];
        foreach (ReferenceLot lot in expected.NetLots)
        {
            long drawn = Math.Min(lot.Points, points);
            points -= drawn;
            if (drawn > 0)
            {
                draws.Add((OperationsOf(account).Arrivals[lot.Arrival - 1], drawn));
            }
        }

        Assert.Equal(
            draws,
            preview.Value!.Operation.FirstEntries.Where(entry => entry.Kind == EntryKind.Draw).Select(entry => (entry.Lot!.Value, -entry.Points.Value)));
    }

    private async Task CheckSpendsAsync(IPartition ledger, AccountId account, ReferenceAccount expected)
    {
        List<Sequence> spends = OperationsOf(account).Spends;
        for (int number = Math.Max(1, spends.Count - 4); number <= spends.Count; number++)
        {
            Outcome<RecordedSpend> read = await ledger.ReadSpendAsync(account, new EntryId(0, spends[number - 1]), Token);
            if (expected.IsErased(number))
            {
                Assert.Equal(RefusalCode.OperationNotFound, read.Refusal?.Code);
                continue;
            }

            RecordedSpend spend = read.Value!;
            SpendStatus status = expected.Holds.Any(hold => hold.Spend == number) ? SpendStatus.Pending
                : expected.IsReversed(number) ? SpendStatus.Reversed
                : SpendStatus.Final;
            Assert.Equal(status, spend.Status);
            Assert.Equal(status == SpendStatus.Pending ? expected.Holds.Single(hold => hold.Spend == number).HoldUntil : null, spend.HoldUntil);
        }
    }

    private static void CheckUsedKey(Command command, Outcome<Receipt> outcome, Digest? hash, Receipt first)
    {
        if (hash != command.Origin!.KeyHash)
        {
            Assert.Equal(RefusalCode.IdempotencyMismatch, outcome.Code());
            return;
        }

        Receipt again = outcome.Accepted();
        Assert.True(again.IsReplay);
        Assert.Equal(first.RecordedAt, again.RecordedAt);
        Assert.Equal(first.Operation.FirstEntries, again.Operation.FirstEntries);
    }

    private void CheckAnswer(Command command, Outcome<Receipt> outcome)
    {
        ReferenceAccount account = _ledger[command.Account];
        Operations operations = OperationsOf(command.Account);
        switch (command)
        {
            case AddTransaction add:
                CheckSame(account.Add(add.Payer, add.Points.Value, add.OccurredAt, expiresAt: add.ExpiresAt), outcome);
                operations.Arrivals.AddRange(outcome.Value?.Operation.FirstEntries.Select(entry => entry.Sequence) ?? []);
                break;
            case SpendPoints spend:
                CheckSpend(spend, outcome, account, operations);
                break;
            case CaptureSpend capture:
                CheckSame(account.Capture(operations.Spends.IndexOf(capture.Subject) + 1), outcome);
                break;
            case ReverseSpend reversal:
                ReferenceReversal returned = account.Reverse(operations.Spends.IndexOf(reversal.Subject) + 1);
                CheckSame(returned.Refusal, outcome);
                CheckLots(returned.Returns, outcome, operations);
                break;
            case EraseAccount:
                CheckSame(account.Erase(), outcome);
                break;
            case FlushAccount:
                Assert.Equal((null, account.Flush(command.Origin?.Key is not null) is not null), (outcome.Code(), outcome.Value!.Operation.FirstEntries.Count > 0));
                operations.Flushes.AddRange(outcome.Value.Operation.FirstEntries.Take(1).Select(entry => entry.Sequence));
                break;
            case RestoreFlush restore:
                CheckSame(account.Restore(operations.Flushes.IndexOf(restore.Subject) + 1), outcome);
                break;
        }

        if (outcome.Value is { Operation.FirstEntries: [{ } first, ..] })
        {
            Assert.Equal((command as SubjectCommand)?.Subject, first.Subject);
        }
    }

    private static void CheckSpend(SpendPoints spend, Outcome<Receipt> outcome, ReferenceAccount account, Operations operations)
    {
        // A commit may be recorded some microseconds after the clock, so the end of the hold is computed from the answer.
        Instant? holdUntil = spend.Hold is { } hold && outcome.Value is { } receipt ? receipt.DecidedAt.PlusClamped(hold) : null;
        ReferenceSpend expected = account.Spend(spend.Points.Value, holdUntil);
        CheckSame(expected.Refusal, outcome);
        CheckLots(expected.Draws, outcome, operations);
        if (outcome.Value is not null)
        {
            Assert.Equal(holdUntil, outcome.Value.Operation.FirstEntries[0].ExpiresAt);
            operations.Spends.Add(outcome.Value.Operation.FirstEntries[0].Sequence);
        }
    }

    private static void CheckSame(ReferenceRefusal? refusal, Outcome<Receipt> outcome)
    {
        Assert.Equal(refusal?.Code, outcome.Code());
        if (refusal?.Available is not null)
        {
            Assert.Equal(refusal.Available, (Int128?)outcome.Refusal!.Available?.Value);
        }
    }

    /// <summary>Compares the draws or returns.</summary>
    private static void CheckLots(IReadOnlyList<ReferenceDraw> expected, Outcome<Receipt> outcome, Operations operations) => Assert.Equal(
        expected.Select(draw => (draw.Payer, draw.OccurredAt, operations.Arrivals[draw.Arrival - 1], draw.Points)),
        (outcome.Value?.Operation.FirstEntries ?? []).Where(entry => entry.Kind is EntryKind.Draw or EntryKind.Return)
            .Select(entry => (entry.Payer!, entry.OccurredAt!.Value, entry.Lot!.Value, Math.Abs(entry.Points.Value))));

    private Operations OperationsOf(AccountId account)
    {
        if (!_operations.TryGetValue(account, out Operations? operations))
        {
            _operations.Add(account, operations = new Operations());
        }

        return operations;
    }

    /// <summary>The sequences of accepted operations, in order, because the reference model only counts them.</summary>
    private sealed class Operations
    {
        public List<Sequence> Arrivals { get; } = [];

        public List<Sequence> Spends { get; } = [];

        public List<Sequence> Flushes { get; } = [];
    }
}
