using System.Globalization;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract;

/// <content>The index of operations has no checksums. Instead, the first entry of each operation refers to the previous
/// operation.</content>
public abstract partial class DamagedRowsContract
{
    private const string Opening = "opening = (SELECT min(opening) FROM operation)";

    /// <summary>The damages to the operations of account a, which was opened first.</summary>
    public static TheoryData<string> IndexDamages =>
    [
        $"DELETE FROM operation WHERE {Opening}",
        $"DELETE FROM operation WHERE {Opening} AND first_sequence = (SELECT min(first_sequence) FROM operation)",
        $"DELETE FROM operation WHERE {Opening} AND first_sequence = (SELECT min(first_sequence) + 1 FROM operation)",
        $"DELETE FROM operation WHERE {Opening} AND first_sequence = (SELECT min(first_sequence) + 4 FROM operation)",
        $"UPDATE operation SET first_sequence = first_sequence + 1 WHERE {Opening} AND first_sequence = (SELECT min(first_sequence) + 4 FROM operation)",
        $"UPDATE operation SET first_sequence = first_sequence + 1000 WHERE {Opening} AND first_sequence = (SELECT min(first_sequence) + 2 FROM operation)",
        $"UPDATE operation SET first_sequence = -first_sequence WHERE {Opening} AND first_sequence = (SELECT min(first_sequence) + 2 FROM operation)",
        "UPDATE operation SET opening = (SELECT max(opening) FROM operation) WHERE first_sequence = (SELECT min(first_sequence) + 1 FROM operation)",
        "UPDATE operation SET opening = opening + 1000 WHERE first_sequence = (SELECT min(first_sequence) + 1 FROM operation)",
        "UPDATE operation SET opening = (SELECT min(opening) FROM operation) WHERE first_sequence = (SELECT max(first_sequence) FROM operation)",
        "UPDATE operation SET opening = (SELECT min(opening) FROM operation) WHERE first_sequence = (SELECT max(opening) FROM operation)",
    ];

    [Theory]
    [MemberData(nameof(IndexDamages))]
    public async Task No_history_page_misses_an_operation_or_contains_one_of_another_account(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        List<EntryId> all;
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            all = (await ReadHistoryAsync(ledger, 100, null, null))!;
            Assert.Equal(5, all.Count);
            await ledger.StopAsync(inOrder: true);
        }

        for (int countMax = 1; countMax <= 6; countMax++)
        {
            foreach (EntryKind? kind in new EntryKind?[] { null, EntryKind.Deduction })
            {
                await host.ChangeRowsAsync("DELETE FROM damaged_account");
                await host.OpenAsync();
                await using RunningLedger ledger = await RunningLedger.StartAsync(host);
                if (countMax == 1 && kind is null)
                {
                    await host.ChangeRowsAsync(damage);
                }

                // The server refuses a page before a page is wrong, and before the history ends.
                Assert.Null(await ReadHistoryAsync(ledger, countMax, kind, all));
                await ledger.StopAsync(inOrder: true);
            }
        }
    }

    /// <summary>POINTBOOK_BIT_STEP=1 flips every bit.</summary>
    [Fact]
    public async Task A_history_with_a_flipped_bit_in_the_index_is_correct_or_refused_and_verification_finds_the_bit()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        AccountId[] accounts = [Given.Account("a"), Given.Account("b")];
        List<EntryId>?[] right = await ReadHistoriesAsync(host, accounts);
        Assert.All(right, history => Assert.Equal(5, history?.Count));
        List<(long Opening, long First)> rows = await ReadIndexAsync(host);
        Assert.Equal(10, rows.Count);
        int step = int.Parse(Environment.GetEnvironmentVariable("POINTBOOK_BIT_STEP") ?? "11", CultureInfo.InvariantCulture);
        for (int bit = 0; bit < rows.Count * 128; bit += step)
        {
            (long opening, long first) = rows[bit / 128];
            long mask = 1L << (bit % 64);
            (long Opening, long First) flipped = bit % 128 < 64 ? (opening ^ mask, first) : (opening, first ^ mask);
            if (rows.Contains(flipped))
            {
                continue;
            }

            await ChangeIndexAsync(host, (opening, first), flipped);
            AccountStoreVerdict verdict = await new AccountStoreVerification(
                host.Journal, host.AccountStore, new AccountStoreVerificationBounds(), host.Clock).RunAsync(_ => { }, Token);
            Assert.True(verdict.DifferenceCount > 0, $"Verification does not detect bit {bit}.");
            List<EntryId>?[] found = await ReadHistoriesAsync(host, accounts);
            Assert.All(found.Zip(right), history => Assert.True(history.First is null || history.First.SequenceEqual(history.Second!), $"Bit {bit} changes a history."));
            Assert.Contains(found, history => history is null);
            await ChangeIndexAsync(host, flipped, (opening, first));
        }
    }

    [Theory]
    [MemberData(nameof(IndexDamages))]
    public async Task No_past_balance_misses_an_operation(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        await host.ChangeRowsAsync(damage);
        Instant now = Instant.FromDateTimeOffset(host.Clock.GetUtcNow());
        Assert.Equal(RefusalCode.AccountDamaged, (await ledger.Queries.ReadBalanceAsOfAsync(Given.Account("a"), now, Token)).Refusal?.Code);
    }

    [Theory]
    [MemberData(nameof(IndexDamages))]
    public async Task A_damaged_index_is_rewritten_without_a_restart(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            await host.ChangeRowsAsync(damage);
            foreach (string account in new[] { "a", "b" })
            {
                await Eventually.TrueAsync(
                    async () => (await ledger.Queries.ReadHistoryAsync(new HistoryQuery(Given.Account(account), 100), Token)).Value?.Operations.Count == 5);
            }

            await WaitUntilServedAsync(ledger);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertCompleteAsync(host);
    }

    [Theory]
    [InlineData("UPDATE account SET (stands_at, next_due, oldest_key, snapshot) = (SELECT stands_at, next_due, oldest_key, snapshot FROM kept) WHERE account = 'a'")]
    [InlineData("DELETE FROM operation WHERE first_sequence = (SELECT max(first_sequence) FROM operation)")]
    public async Task An_account_row_that_is_older_or_newer_than_its_index_is_never_spent_from(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        SpendPoints spend = new SpendPoints(Given.Account("a"), new Points(100)).With("s");
        Receipt first;
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            await host.ChangeRowsAsync("CREATE TABLE kept AS SELECT * FROM account WHERE account = 'a'");
            first = (await ledger.DoAsync(spend)).Accepted();
            await ledger.StopAsync(inOrder: true);
        }

        await host.ChangeRowsAsync(damage);
        await host.OpenAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(spend)).Code());
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(new SpendPoints(Given.Account("a"), new Points(100)))).Code());
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.Queries.ReadLotsAsync(Given.Account("a"), null, 10, Token)).Refusal?.Code);
            AccountPage page = (await ledger.Queries.ListAccountsAsync("", null, 10, Token)).Value!;
            Assert.Null(Assert.Single(page.Accounts, item => item.Account == Given.Account("a")).Balance);
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        await using RunningLedger next = await RunningLedger.StartAsync(host);
        Assert.Equal(25, (await next.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
        Assert.Equal(first.Id, (await next.DoAsync(spend)).Accepted().Id);
    }

    /// <summary>Reads the whole history of each account; null where the server refuses it. Removes the damage marks that this sets.</summary>
    private static async Task<List<EntryId>?[]> ReadHistoriesAsync(StoreHost host, AccountId[] accounts)
    {
        await host.OpenAsync();
        List<List<EntryId>?> histories = [];
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            foreach (AccountId account in accounts)
            {
                Outcome<HistoryPage> page = await ledger.Queries.ReadHistoryAsync(new HistoryQuery(account, 100), Token);
                Assert.True(page.Refusal?.Code is null or RefusalCode.AccountDamaged, page.Refusal?.ToString());
                histories.Add(page.Value?.Operations.Select(operation => operation.Id).ToList());
            }

            await ledger.StopAsync(inOrder: true);
        }

        await host.ChangeRowsAsync("DELETE FROM damaged_account");
        await host.OpenAsync();
        return [.. histories];
    }

    private static async Task<List<(long Opening, long First)>> ReadIndexAsync(StoreHost host)
    {
        List<(long Opening, long First)> rows = [];
        long count = await host.ReadNumberAsync("SELECT count(*) FROM operation");
        for (int place = 0; place < count; place++)
        {
            string where = $"FROM operation ORDER BY opening, first_sequence LIMIT 1 OFFSET {place}";
            rows.Add((await host.ReadNumberAsync($"SELECT opening {where}"), await host.ReadNumberAsync($"SELECT first_sequence {where}")));
        }

        return rows;
    }

    private static ValueTask ChangeIndexAsync(StoreHost host, (long Opening, long First) before, (long Opening, long First) after) => host.ChangeRowsAsync(
        $"UPDATE operation SET opening = {after.Opening}, first_sequence = {after.First} WHERE opening = {before.Opening} AND first_sequence = {before.First}");

    /// <summary>Reads the history of account a page by page.</summary>
    /// <param name="ledger">The ledger to read from.</param>
    /// <param name="countMax">The maximum number of operations in a page.</param>
    /// <param name="kind">The kind of operations; null for all.</param>
    /// <param name="expected">What the pages must show until one is refused; null if that is not known.</param>
    /// <returns>All operations, or null if the server refused a page because the account is damaged.</returns>
    private static async Task<List<EntryId>?> ReadHistoryAsync(RunningLedger ledger, int countMax, EntryKind? kind, List<EntryId>? expected)
    {
        List<EntryId> found = [];
        HistoryQuery query = new(Given.Account("a"), countMax) { Kind = kind };
        do
        {
            Outcome<HistoryPage> page = await ledger.Queries.ReadHistoryAsync(query, Token);
            if (page.Refusal is { } refusal)
            {
                Assert.Equal(RefusalCode.AccountDamaged, refusal.Code);
                return null;
            }

            found.AddRange(page.Value!.Operations.Select(operation => operation.Id));
            if (expected is not null && kind is null)
            {
                Assert.Equal(expected.Take(found.Count), found);
            }

            query = query with { Before = page.Value.Next };
        }
        while (query.Before is not null);

        return found;
    }
}
