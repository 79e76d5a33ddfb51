using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <remarks>This part: operations of many entries.</remarks>
public abstract partial class LedgerContract
{
    private const int ManyLots = 600;

    private static readonly AccountId LargeAccount = Given.Account("giant");

    [Fact]
    public async Task Pages_of_lines_together_contain_all_entries_of_an_operation()
    {
        await using StoreHost host = CreateHost();
        await using RunningLedger ledger = await StartWithLargeAccountAsync(host);
        Receipt spend = (await ledger.DoAsync(new SpendPoints(LargeAccount, new Points(ManyLots - 1)))).Accepted();
        Receipt reversal = (await ledger.DoAsync(new ReverseSpend(LargeAccount, spend.Id.Sequence))).Accepted();
        Receipt flush = (await ledger.DoAsync(new FlushAccount(LargeAccount))).Accepted();
        Receipt restore = (await ledger.DoAsync(new RestoreFlush(LargeAccount, flush.Id.Sequence))).Accepted();
        foreach (bool isStored in new[] { false, true })
        {
            foreach (Receipt receipt in new[] { spend, reversal, flush, restore })
            {
                IReadOnlyList<Entry> entries = await EntriesOfAsync(host, receipt);
                foreach (int countMax in new[] { 1, 100, 257, 500 })
                {
                    Assert.Equal(entries.Where(entry => entry.Payer is not null), await ReadLinesAsync(ledger, receipt.Id, countMax));
                }
            }

            await ledger.Partition.WaitUntilStoredAsync(Token);
        }
    }

    [Fact]
    public async Task A_large_operation_is_answered_and_read_with_its_sums_and_first_lines()
    {
        await using StoreHost host = CreateHost();
        await using RunningLedger ledger = await StartWithLargeAccountAsync(host);
        SpendPoints command = new SpendPoints(LargeAccount, new Points(ManyLots - 1)).With("s");
        SpendPreview preview = (await ledger.Partition.PreviewSpendAsync(new SpendPoints(LargeAccount, new Points(ManyLots - 1)), Token)).Value!;
        Receipt spend = (await ledger.DoAsync(command)).Accepted();
        Assert.Equal((101, ManyLots), (preview.Operation.FirstEntries.Count, preview.Operation.LineCount));
        Assert.Equal(preview.Operation.Payers, spend.Operation.Payers);
        IReadOnlyList<Entry> entries = await EntriesOfAsync(host, spend);
        Receipt early = (await ledger.DoAsync(command)).Accepted();
        await ledger.Partition.WaitUntilStoredAsync(Token);
        ledger.Journal.EntriesRead = 0;
        Receipt late = (await ledger.DoAsync(command)).Accepted();
        Assert.InRange(ledger.Journal.EntriesRead, 1, 1 + CommitBody.EntriesPerBlock);
        Receipt read = (await ledger.Partition.ReadSpendAsync(LargeAccount, spend.Id, Token)).Value!.Receipt;

        Assert.Equal([false, true, true], new[] { spend, early, late }.Select(receipt => receipt.IsReplay));
        foreach (Receipt receipt in new[] { spend, early, late, read })
        {
            Assert.Equal(entries.Take(101), receipt.Operation.FirstEntries);
            Assert.Equal((entries.Count, ManyLots, 1L - ManyLots), (receipt.Operation.EntryCount, receipt.Operation.LineCount, receipt.Operation.Points.Value));
            Assert.Equal(
                // The first lot settles the unpaid deduction of P0, so the first draw is from P1.
                [("P1", -200L), ("P2", -200L), ("P0", -199L)],
                receipt.Operation.Payers.Select(payer => (payer.Payer.Value, payer.Points.Value)));
        }
    }

    [Fact]
    public async Task A_history_reads_one_entry_per_operation()
    {
        await using StoreHost host = CreateHost();
        await using RunningLedger ledger = await StartWithLargeAccountAsync(host);
        for (int round = 0; round < 4; round++)
        {
            Receipt spend = (await ledger.DoAsync(new SpendPoints(LargeAccount, new Points(ManyLots - 1)))).Accepted();
            (await ledger.DoAsync(new ReverseSpend(LargeAccount, spend.Id.Sequence))).Accepted();
        }

        await ledger.Partition.WaitUntilStoredAsync(Token);
        ledger.Journal.EntriesRead = 0;
        HistoryPage page = (await ledger.Queries.ReadHistoryAsync(new HistoryQuery(LargeAccount, 8), Token)).Value!;
        Assert.Equal(8, page.Operations.Count);
        Assert.Equal(8, ledger.Journal.EntriesRead);

        ledger.Journal.EntriesRead = 0;
        HistoryQuery ofPayer = new(LargeAccount, 500) { Payer = Given.Payer("P2"), Kind = EntryKind.Credit };
        page = (await ledger.Queries.ReadHistoryAsync(ofPayer, Token)).Value!;
        Assert.Equal(ManyLots / 3, page.Operations.Count);
        // The account also has a deduction, four spends and four reversals.
        Assert.Equal(ManyLots + 9, ledger.Journal.EntriesRead);
    }

    private static async Task<RunningLedger> StartWithLargeAccountAsync(StoreHost host)
    {
        await host.OpenAsync();
        RunningLedger ledger = await RunningLedger.StartAsync(host);
        // There is one unpaid deduction, which the first lot settles.
        AddTransaction[] adds =
        [
            .. Enumerable.Range(0, ManyLots).Select(index => new AddTransaction(
                LargeAccount, Given.Payer($"P{index % 3}"), new Points(1), Given.Time.PlusClamped(TimeSpan.FromSeconds(index)))),
        ];
        foreach (Outcome<Receipt> outcome in await Task.WhenAll(adds.Select(ledger.DoAsync)))
        {
            outcome.Accepted();
        }

        (await ledger.DoAsync(new AddTransaction(LargeAccount, Given.Payer("P0"), new Points(-1), Given.Time))).Accepted();
        return ledger;
    }

    private static async Task<IReadOnlyList<Entry>> EntriesOfAsync(StoreHost host, Receipt receipt)
    {
        Commit commit = (await JournalVerification.ReadCommitOfAsync(host.Journal, receipt.Id.Sequence, Token))!;
        return [.. commit.Entries.Where(entry => entry.Operation == receipt.Id.Sequence)];
    }

    private static async Task<List<Entry>> ReadLinesAsync(RunningLedger ledger, EntryId id, int countMax)
    {
        List<Entry> lines = [];
        long? after = 0;
        while (after is not null)
        {
            OperationLines page = (await ledger.Queries.ReadLinesAsync(LargeAccount, id, after.Value, countMax, Token)).Value!;
            Assert.InRange(page.Lines.Count, 1, countMax);
            lines.AddRange(page.Lines);
            after = page.Next;
        }

        return lines;
    }
}
