using System.Globalization;
using CsCheck;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Analytics;

/// <summary>This part: whatever a ledger does, the tables agree with the reference model and with the ledger's own states.</summary>
public abstract partial class AnalyticsContract
{
    private readonly List<Commit> _exported = [];

    /// <summary>How many samples of each property are tried.</summary>
    protected virtual int Samples => 40;

    [Fact]
    public async Task After_every_operation_the_tables_agree_with_the_model()
    {
        await using SampleStore sampleStore = new(CreateHost());
        await sampleStore.Host.OpenAsync();
        // This creates the tables.
        await Store.ReadPositionAsync(Partition, Token);
        await Run.WithoutFaults.SampleAsync(run => RunAsync(sampleStore, run), iter: Samples, threads: 1);
        await AnalyticsTables.AssertAreAsync(Place, _exported);
        Assert.Equal(await StoreAssert.ReadAllAsync(sampleStore.Host.Journal) is var all ? all.Count : 0, _exported.Count);
    }

    private async Task RunAsync(SampleStore sampleStore, Run run)
    {
        sampleStore.BeginSample();
        Model model = new(() => sampleStore.Now, sampleStore.Account);
        await using RunningLedger ledger = await RunningLedger.StartAsync(sampleStore.Host, run);
        foreach (Step step in run.Steps)
        {
            if (step is AdvanceClock pass)
            {
                sampleStore.Host.Clock.Advance(TimeSpan.FromHours(pass.Hours));
            }
            else if (step is Send or SendAboutOperation)
            {
                Command command = step is Send send ? sampleStore.Place(send.Command) : model.Resolve((SendAboutOperation)step);
                model.Check(command, await ledger.DoAsync(command));
                await AssertAgreesAsync(sampleStore, ledger, model, command.Account);
            }
        }

        foreach (AccountId account in model.Ledger.Accounts.ToArray())
        {
            await AssertAgreesAsync(sampleStore, ledger, model, account);
        }
    }

    /// <summary>Exports the new commits, and compares one account.</summary>
    private async Task AssertAgreesAsync(SampleStore sampleStore, RunningLedger ledger, Model model, AccountId account)
    {
        // The partition records due events only when it decides something. For example, a repeat with a key decides nothing.
        (await ledger.DoAsync(new ExpireDue(account))).Accepted();
        Sequence after = _exported.Count == 0 ? Sequence.Zero : _exported[^1].Last;
        List<Commit> fresh = await StoreAssert.ReadAllAsync(sampleStore.Host.Journal, after);
        if (fresh.Count > 0)
        {
            Assert.True(await ApplyAsync([.. fresh]));
            _exported.AddRange(fresh);
        }

        ReferenceAccount expected = model.Ledger[account];
        expected.ApplyDue(sampleStore.Now);
        Assert.Equal(
            [(expected.Holds.Count, (long)expected.Held)],
            (await Place.QueryAsync($"SELECT count(*), coalesce(sum(points), 0) FROM pending_spend WHERE account = '{account.Value}'"))
                .Select(row => (int.Parse(row[0]!, CultureInfo.InvariantCulture), long.Parse(row[1]!, CultureInfo.InvariantCulture))));
        IReadOnlyList<string?[]> rows = await Place.QueryAsync(
            $"SELECT payer, points, unpaid_deductions FROM balance JOIN account_balance USING (partition, opening, payer, points, unpaid_deductions) WHERE account = '{account.Value}' ORDER BY first_sequence");
        Assert.Equal(
            expected.Balance.Select(line => $"{line.Payer}/{line.Points}/{expected.UnsettledOf(line.Payer)}"),
            rows.Select(row => string.Join('/', row)));
        Assert.Equal(
            (long)expected.Total + rows.Sum(row => long.Parse(row[2]!, CultureInfo.InvariantCulture)),
            await Place.CountAsync($"SELECT coalesce(sum(remaining), 0) FROM open_lot WHERE account = '{account.Value}'"));
    }
}
