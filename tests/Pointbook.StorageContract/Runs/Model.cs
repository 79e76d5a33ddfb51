using Pointbook.Engine;
using Pointbook.Engine.Answers;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Reference;

namespace Pointbook.StorageContract.Runs;

/// <summary>What a partition has to answer: the reference model, with idempotency keys on top.</summary>
public sealed class Model
{
    private readonly ReferenceLedger _ledger = new();
    private readonly Dictionary<AccountId, List<Sequence>> _arrivals = [];
    private readonly Dictionary<(AccountId, IdempotencyKey), (Digest? Hash, Receipt First)> _keys = [];

    /// <summary>The accounts as they have to be by now.</summary>
    public ReferenceLedger Ledger => _ledger;

    /// <summary>Holds an answer against the model. Answers come in the order in which the commands were sent.</summary>
    public void Check(Command command, Outcome<Receipt> outcome)
    {
        IdempotencyKey? key = command.Origin?.Key;
        if (key is not null && _keys.TryGetValue((command.Account, key), out (Digest? Hash, Receipt First) used))
        {
            CheckUsedKey(command, outcome, used.Hash, used.First);
            return;
        }

        switch (command)
        {
            case AddTransaction add:
                CheckAdd(add, outcome);
                break;
            case SpendPoints spend:
                CheckSpend(spend, outcome);
                break;
            case FlushAccount flush:
                Assert.Null(outcome.Refusal);
                Assert.Equal(_ledger[flush.Account].Balance.Count > 0, outcome.Value!.Entries.Count > 0);
                _ledger.Flush(flush.Account);
                break;
        }

        if (key is not null && outcome.Value?.Entries.Count > 0)
        {
            Assert.False(outcome.Value.IsReplay);
            _keys.Add((command.Account, key), (command.Origin!.KeyHash, outcome.Value));
        }
    }

    /// <summary>Holds the balances of all accounts against the model.</summary>
    public async Task CheckBalancesAsync(ILedger ledger)
    {
        foreach (AccountId account in _ledger.Accounts.ToArray())
        {
            AccountBalance balance = (await ledger.ReadBalanceAsync(account, TestContext.Current.CancellationToken)).Value!;
            Assert.Equal(_ledger[account].Balance, balance.Payers.Select(line => new ReferenceLine(line.Payer, line.Points.Value)));
            Assert.Equal(_ledger[account].Total, balance.Points.Value);
        }
    }

    private static void CheckUsedKey(Command command, Outcome<Receipt> outcome, Digest? hash, Receipt first)
    {
        if (hash != command.Origin!.KeyHash)
        {
            Assert.Equal(RefusalCode.IdempotencyMismatch, outcome.Code());
            return;
        }

        Receipt again = outcome.Taken();
        Assert.True(again.IsReplay);
        Assert.Equal(first.RecordedAt, again.RecordedAt);
        Assert.Equal(first.Entries, again.Entries);
    }

    private void CheckAdd(AddTransaction add, Outcome<Receipt> outcome)
    {
        ReferenceRefusal? refusal = _ledger.Add(add.Account, add.Payer, add.Points.Value, add.OccurredAt);
        Assert.Equal(refusal?.Code, outcome.Code());
        if (outcome.Value is { } receipt)
        {
            ArrivalsOf(add.Account).Add(Assert.Single(receipt.Entries).Sequence);
        }
    }

    private void CheckSpend(SpendPoints spend, Outcome<Receipt> outcome)
    {
        ReferenceSpend expected = _ledger.Spend(spend.Account, spend.Points.Value);
        Assert.Equal(expected.Refusal?.Code, outcome.Code());
        if (outcome.Value is { } receipt)
        {
            List<Sequence> arrivals = ArrivalsOf(spend.Account);
            Assert.Equal(
                expected.Draws.Select(draw => (draw.Payer, draw.OccurredAt, arrivals[draw.Arrival - 1], draw.Points)),
                receipt.Entries.Where(entry => entry.Kind == EntryKind.Draw)
                    .Select(entry => (entry.Payer!, entry.OccurredAt!.Value, entry.Lot!.Value, -entry.Points.Value)));
        }
        else
        {
            Assert.Equal(expected.Refusal!.Available, (Int128?)outcome.Refusal!.Available?.Value);
        }
    }

    private List<Sequence> ArrivalsOf(AccountId account)
    {
        if (!_arrivals.TryGetValue(account, out List<Sequence>? arrivals))
        {
            _arrivals.Add(account, arrivals = []);
        }

        return arrivals;
    }
}
