using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <remarks>This part: an entry of the journal that was changed outside of the ledger.</remarks>
public abstract partial class LedgerContract
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_read_of_an_altered_entry_is_refused(bool isStored)
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        AccountId account = Given.Account("a");
        (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(100), Given.Time))).Accepted();
        SpendPoints command = new SpendPoints(account, new Points(30)).With("s");
        if (!isStored)
        {
            // Then readers have nothing but the seals of the journal to detect the change.
            ledger.AccountStore.Hold();
        }

        Receipt spend = (await ledger.DoAsync(command)).Accepted();
        if (isStored)
        {
            await ledger.Partition.WaitUntilStoredAsync(Token);
        }

        await host.DamageAsync(spend.Id.Sequence.Next);
        if (isStored)
        {
            Assert.Equal(RefusalCode.JournalDamaged, (await ledger.DoAsync(command)).Code());
            Assert.Equal(RefusalCode.JournalDamaged, (await ledger.DoAsync(new ReverseSpend(account, spend.Id.Sequence))).Code());
            Assert.Equal(RefusalCode.JournalDamaged, (await ledger.Partition.ReadSpendAsync(account, spend.Id, Token)).Refusal?.Code);
        }
        else
        {
            // The partition has its own commits in memory and does not read them from the journal.
            Assert.Equal(spend.Operation.FirstEntries, (await ledger.DoAsync(command)).Accepted().Operation.FirstEntries);
            Assert.Equal(spend.Operation.FirstEntries, (await ledger.Partition.ReadSpendAsync(account, spend.Id, Token)).Value!.Receipt.Operation.FirstEntries);
        }

        Assert.Equal(RefusalCode.JournalDamaged, (await ledger.Queries.ReadLinesAsync(account, spend.Id, 0, 10, Token)).Refusal?.Code);
        await Assert.ThrowsAsync<JournalDamagedException>(() => ReadFeedAsync(host));
        await Assert.ThrowsAsync<JournalDamagedException>(() => JournalVerification.VerifyAsync(host.Journal, Token));
        if (isStored)
        {
            Instant now = Instant.FromDateTimeOffset(host.Clock.GetUtcNow());
            Assert.Equal(RefusalCode.JournalDamaged, (await ledger.Queries.ReadBalanceAsOfAsync(account, spend.RecordedAt, Token)).Refusal?.Code);
            Assert.Equal(RefusalCode.JournalDamaged, (await ledger.Queries.ReadEffectiveBalanceAsync(account, now, null, Token)).Refusal?.Code);
        }

        // The server still serves what is not damaged.
        Assert.Equal(70, (await ledger.Partition.ReadBalanceAsync(account, Token)).Value!.Points.Value);
        ledger.AccountStore.Release();
    }

    [Fact]
    public async Task Histories_and_operation_reads_refuse_an_altered_first_entry()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        AccountId account = Given.Account("a");
        // This entry has the account key, so later entries stay readable when the next entry is damaged.
        (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(10), Given.Time))).Accepted();
        Receipt first = (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(100), Given.Time))).Accepted();
        Receipt second = (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(50), Given.Time))).Accepted();
        await ledger.Partition.WaitUntilStoredAsync(Token);
        await host.DamageAsync(first.Id.Sequence);

        Assert.Equal(RefusalCode.JournalDamaged, (await ledger.Queries.ReadOperationAsync(account, first.Id, Token)).Refusal?.Code);
        Assert.Equal(RefusalCode.JournalDamaged, (await ledger.Queries.ReadHistoryAsync(new HistoryQuery(account, 10), Token)).Refusal?.Code);
        Assert.Equal(second.Id, Assert.Single((await ledger.Queries.ReadHistoryAsync(new HistoryQuery(account, 1), Token)).Value!.Operations).Id);
        Assert.Equal(50, (await ledger.Queries.ReadOperationAsync(account, second.Id, Token)).Value!.Operation.Points.Value);
    }

    private static async Task ReadFeedAsync(StoreHost host)
    {
        await foreach (Commit _ in new DurableJournalFeed([host.Journal]).ReadCommitsAsync(0, Sequence.Zero, Token))
        {
        }
    }
}
