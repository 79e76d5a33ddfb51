using CsCheck;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;

namespace Pointbook.StorageContract;

/// <remarks>This part: pages of lots of an account that changes between the pages.</remarks>
public abstract partial class LedgerContract
{
    [Fact]
    public Task A_page_of_lots_continues_the_list_even_if_the_account_has_changed_meanwhile() => SampleAsync(
        Gen.Select(Run.Gen, Gen.Int[0, 5].Array[6]),
        (sampleStore, sample) => RunAsync(sampleStore, sample.Item1, async (ledger, _) =>
        {
            foreach (AccountId account in Run.Accounts.Select(sampleStore.Account))
            {
                LotPlace? place = null;
                foreach (int change in sample.Item2)
                {
                    LotPage page = (await ledger.Queries.ReadLotsAsync(account, place, 2, Token)).Value!;
                    LotPage all = (await ledger.Queries.ReadLotsAsync(account, null, 1_000, Token)).Value!;
                    IEnumerable<OpenLot> rest = all.Lots.Where(lot => !(lot.Key <= place?.Key));
                    Assert.Equal(rest.Take(2), page.Lots);
                    Assert.Equal(rest.Count() > 2, page.Next is not null);
                    place = page.Next;
                    await ChangeAsync(sampleStore, ledger, account, all, change);
                }
            }
        }));

    /// <summary>Makes one change to an account: none, time, a large deduction, a spend, a hold or an old credit.</summary>
    private static async Task ChangeAsync(SampleStore sampleStore, RunningLedger ledger, AccountId account, LotPage lots, int change)
    {
        if (change == 1)
        {
            sampleStore.Host.Clock.Advance(TimeSpan.FromHours(7));
        }

        if (change < 2 || lots.Lots.Count == 0)
        {
            return;
        }

        OpenLot lot = lots.Lots[^1];
        long available = lots.Lots.Sum(open => open.Points.Value - open.Deductions.Value);
        long ofPayer = lots.Lots.Where(open => open.Payer == lot.Payer).Sum(open => open.Points.Value - open.Deductions.Value);
        Command? command = change switch
        {
            2 => ofPayer > 1 ? new AddTransaction(account, lot.Payer, new Points(-ofPayer + 1), lot.Key.OccurredAt) : null,
            3 => available > 3 ? new SpendPoints(account, new Points(available / 3)) : null,
            4 => available > 1 ? new SpendPoints(account, new Points(available / 2)) { Hold = TimeSpan.FromHours(3) } : null,
            _ => new AddTransaction(account, lot.Payer, new Points(5), lots.Lots[0].Key.OccurredAt),
        };
        if (command is not null)
        {
            Assert.Null((await ledger.DoAsync(command)).Refusal);
        }
    }
}
