using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract;

/// <summary>
/// Somebody empties the tables while the ledger runs. Queries are refused until the tables are filled again. The process that is
/// asked fills them. The tests of stores with rows inherit it.
/// </summary>
public abstract class EmptiedContract
{
    private const int Adds = 12;

    private static readonly AccountId Account = Given.Account("a");
    private static readonly PayerName Payer = Given.Payer("P");

    /// <summary>The queries. The number that each finds is the number of adds if its answer is correct.</summary>
    private static readonly Dictionary<string, Func<ILedgerQueries, Instant, Task<(RefusalCode? Refusal, long Found)>>> QueriesByName = new()
    {
        ["history"] = async (queries, _) => Of(await queries.ReadHistoryAsync(new HistoryQuery(Account, 100), Token), page => page.Operations.Count),
        ["pages"] = async (queries, _) => Of(await queries.ReadHistoryAsync(new HistoryQuery(Account, Adds - 1), Token), page => page.Operations.Count + 1),
        ["past"] = async (queries, now) => Of(await queries.ReadBalanceAsOfAsync(Account, now, Token), balance => balance.Points.Value),
        ["lots"] = async (queries, _) => Of(await queries.ReadLotsAsync(Account, null, 100, Token), page => page.Lots.Count),
        ["accounts"] = async (queries, _) => Of(await queries.ListAccountsAsync("", null, 100, Token), page => page.Accounts.Sum(item => item.Balance?.Points.Value ?? 0)),
        ["payers"] = async (queries, _) => Of(await queries.ListPayersAsync(null, null, 100, Token), page => (long)page.Payers.Aggregate(Int128.Zero, (sum, payer) => sum + payer.Points)),
    };

    public static TheoryData<string> Names => [.. QueriesByName.Keys];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract StoreHost CreateHost();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_query_is_refused_or_answered_completely_and_the_tables_are_refilled(string question)
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Receipt last = null!;
        for (int add = 0; add < Adds; add++)
        {
            last = (await ledger.DoAsync(new AddTransaction(Account, Payer, new Points(1), Given.Time))).Accepted();
        }

        await ledger.Partition.WaitUntilStoredAsync(Token);
        for (int time = 0; time < 5; time++)
        {
            await host.AccountStore.ResetAsync(Token);
            await Eventually.TrueAsync(async () =>
            {
                (RefusalCode? refusal, long found) = await QueriesByName[question](ledger.Queries, last.RecordedAt);
                Assert.True(refusal is RefusalCode.CatchingUp || (refusal is null && found == Adds), $"{refusal} {found}");
                return refusal is null;
            });
        }

        Assert.Equal((true, 0), (ledger.Partition.Health.IsReady, ledger.Partition.Health.DamagedAccounts));
    }

    private static (RefusalCode? Refusal, long Found) Of<T>(Outcome<T> outcome, Func<T, long> find)
        where T : class => (outcome.Refusal?.Code, outcome.Value is { } value ? find(value) : 0);
}
