using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>If the journal has lost a commit, even the last one, readers report damage to the journal and not to an account.</summary>
public sealed class LostCommitTests
{
    private static readonly AccountId Account = Given.Account("a");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Reads_of_the_operations_of_a_lost_commit_are_refused(int lost)
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        List<(AddTransaction Command, Receipt Receipt)> adds = [];
        for (int number = 1; number <= 4; number++)
        {
            AddTransaction add = new AddTransaction(Account, Given.Payer("P"), new Points(number), Given.Time).With($"key {number}");
            adds.Add((add, (await ledger.DoAsync(add)).Accepted()));
        }

        await ledger.Partition.WaitUntilStoredAsync(Token);
        Sql.Run(host.Files.Journal, $"DELETE FROM journal_commit WHERE last_sequence = {lost}");
        (AddTransaction command, Receipt receipt) = adds[lost - 1];

        RefusalCode?[] refusals =
        [
            (await ledger.Queries.ReadOperationAsync(Account, receipt.Id, Token)).Refusal?.Code,
            (await ledger.Queries.ReadLinesAsync(Account, receipt.Id, 0, 10, Token)).Refusal?.Code,
            (await ledger.Queries.ReadHistoryAsync(new HistoryQuery(Account, 10), Token)).Refusal?.Code,
            (await ledger.Queries.ReadBalanceAsOfAsync(Account, adds[^1].Receipt.RecordedAt, Token)).Refusal?.Code,
            (await ledger.DoAsync(command)).Refusal?.Code,
        ];
        Assert.All(refusals, refusal => Assert.Equal(RefusalCode.JournalDamaged, refusal));
        Assert.Equal(0, ledger.Partition.Health.DamagedAccounts);
    }
}
