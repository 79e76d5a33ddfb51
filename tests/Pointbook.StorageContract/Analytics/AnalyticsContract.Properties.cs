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
    public async Task Whatever_a_ledger_does_the_tables_agree_with_the_model_after_every_operation()
    {
        await using Stage stage = new(CreateHost());
        await stage.Host.OpenAsync();
        // This creates the tables.
        await Store.ReadPositionAsync(Partition, Token);
        await Run.Calm.SampleAsync(run => RunAsync(stage, run), iter: Samples, threads: 1);
        await AnalyticsTables.AssertAreAsync(Place, _exported);
        Assert.Equal(await Compare.ReadAllAsync(stage.Host.Journal) is var all ? all.Count : 0, _exported.Count);
    }

    private async Task RunAsync(Stage stage, Run run)
    {
        stage.BeginSample();
        Model model = new(() => stage.Now, stage.Account);
        await using RunningLedger ledger = await RunningLedger.StartAsync(stage.Host, run);
        foreach (Step step in run.Steps)
        {
            if (step is Pass pass)
            {
                stage.Host.Clock.Advance(TimeSpan.FromHours(pass.Hours));
            }
            else if (step is Send or Ask)
            {
                Command command = step is Send send ? stage.Place(send.Command) : model.Resolve((Ask)step);
                model.Check(command, await ledger.DoAsync(command));
                await AssertAgreesAsync(stage, ledger, model, command.Account);
            }
        }

        foreach (AccountId account in model.Ledger.Accounts.ToArray())
        {
            await AssertAgreesAsync(stage, ledger, model, account);
        }
    }

    /// <summary>Exports the new commits, and compares one account.</summary>
    private async Task AssertAgreesAsync(Stage stage, RunningLedger ledger, Model model, AccountId account)
    {
        // The partition records due events only when it decides something. For example, a repeat with a key decides nothing.
        (await ledger.DoAsync(new ExpireDue(account))).Taken();
        Sequence after = _exported.Count == 0 ? Sequence.Zero : _exported[^1].Last;
        List<Commit> fresh = await Compare.ReadAllAsync(stage.Host.Journal, after);
        if (fresh.Count > 0)
        {
            Assert.True(await ApplyAsync([.. fresh]));
            _exported.AddRange(fresh);
        }

        ReferenceAccount expected = model.Ledger[account];
        expected.Pass(stage.Now);
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
