using Microsoft.Data.Sqlite;
using Pointbook.Contracts;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>GET …/transactions/{id}/lines</c>, and which lines replies show if an operation has too many for one reply.</summary>
public sealed class TransactionLineTests
{
    private const int Lots = 12;

    [Fact]
    public async Task A_large_spend_is_answered_with_its_first_lines_and_a_link_to_all_of_them()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Operations:LinesInReplyMax", "5");
        AccountClient alice = new(server);
        Spend spend = await SpendAllAsync(alice);
        string url = $"/v1/accounts/alice/transactions/{spend.Id}/lines";
        Reversal reversal = (await alice.PostAsync($"/spends/{spend.Id}/reversal")).AssertIs(201).As(ReplyJson.Default.Reversal);

        Assert.Equal([new Allocation("DANNON", Lots - 1)], spend.Allocations);
        // The first line is the settlement of the deduction.
        Assert.Equal((4, Lots, url), (spend.Draws.Count, spend.LinesCount, spend.LinesUrl));
        Assert.Equal((5, Lots - 1), (reversal.Returns.Count, reversal.LinesCount));
        Assert.Equal(Lots - 1, reversal.Points);
        Assert.Equal(spend.Draws, (await alice.ReadSpendAsync(spend.Id)).Draws);
        Assert.All((await alice.HistoryAsync("?kind=spend")).Items, item => Assert.Equal((Lots, url), (item.LinesCount, item.LinesUrl)));
        List<TransactionLine> lines = await LinesAsync(alice, spend.Id, 5);
        Assert.Equal([TransactionLineKind.Settlement, .. Enumerable.Repeat(TransactionLineKind.Draw, Lots - 1)], lines.Select(line => line.Kind));
        Assert.Equal(spend.Draws.Select(draw => (draw.TransactionId, -draw.Points)), lines.Skip(1).Take(4).Select(line => (line.LotId!, line.Points)));
        Assert.Equal(-Lots, lines.Sum(line => line.LotPoints));
    }

    [Fact]
    public async Task A_small_spend_has_no_link_and_an_unknown_spend_has_no_lines()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Spend spend = await SpendAllAsync(alice);
        Assert.Null(spend.LinesUrl);
        Assert.Equal(Lots, spend.LinesCount);
        Assert.Equal("transaction_not_found", (await alice.GetAsync("/transactions/00000000000000zz/lines")).AssertIs(404).Problem.Code);
        Assert.Equal("invalid_cursor", (await alice.GetAsync($"/transactions/{spend.Id}/lines?cursor=x")).AssertIs(400).Problem.Code);
    }

    [Fact]
    public async Task A_flush_lists_the_pending_spends_that_it_ended_and_a_restore_those_that_it_restored()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 5);
        Spend held = await alice.SpendAsync(2, ",\"hold\":\"PT1H\"");
        Flush flush = await alice.FlushAsync();
        Restore restore = (await alice.PostAsync($"/flushes/{flush.Id}/restore")).AssertIs(201).As(ReplyJson.Default.Restore);
        foreach (string id in (string[])[flush.Id!, restore.Id])
        {
            List<TransactionLine> lines = await LinesAsync(alice, id, 1);
            Assert.Equal([("DANNON", null), (null, held.Id)], lines.Select(line => (line.Payer, line.SpendId)));
            Assert.Equal((held.HoldUntil, 0, 0, null), (lines[1].ExpiresAt, lines[1].Points, lines[1].LotPoints, lines[1].LotId));
            Assert.Equal(2, (await alice.GetAsync($"/transactions/{id}")).AssertIs(200).Transaction.LinesCount);
        }
    }

    [Fact]
    public async Task A_damaged_journal_is_not_served_and_makes_the_server_unready()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Spend spend = await SpendAllAsync(alice);
        await alice.HistoryAsync();
        Assert.Equal(Lots - 1, await ForgeDrawsAsync(server));

        Reply refused = (await alice.GetAsync($"/spends/{spend.Id}")).AssertIs(503);
        Assert.Equal(("journal_damaged", RetryAdvice.AfterOperator), (refused.Problem.Code, refused.Problem.Retry));
        Assert.Null(refused.Header("Retry-After"));
        Assert.Equal("journal_damaged", (await alice.GetAsync($"/transactions/{spend.Id}/lines")).AssertIs(503).Problem.Code);
        Assert.Equal("journal_damaged", (await server.GetAsync("/v1/journal/0")).AssertIs(503).Problem.Code);
        Assert.Equal("not_ready", (await server.GetAsync("/health/ready")).AssertIs(503).Problem.Code);
    }

    /// <summary>Makes each draw in the stored journal one point larger. No part of the ledger does that.</summary>
    /// <returns>The number of draws.</returns>
    private static async Task<int> ForgeDrawsAsync(RunningServer server)
    {
        await using SqliteConnection connection = new($"Data Source={Path.Combine(server.DataDirectory, "pointbook.db")};Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using SqliteCommand read = connection.CreateCommand();
        read.CommandText = "SELECT first_sequence, last_sequence, body, texts FROM journal_commit ORDER BY last_sequence";
        List<(long Last, Entry[] Entries)> commits = [];
        NameScope names = new();
        await using (SqliteDataReader row = await read.ExecuteReaderAsync(TestContext.Current.CancellationToken))
        {
            while (await row.ReadAsync(TestContext.Current.CancellationToken))
            {
                CommitBytes stored = new(row.GetFieldValue<byte[]>(2), row.GetFieldValue<byte[]>(3));
                commits.Add((row.GetInt64(1), CommitBody.Decode(stored, new Sequence(row.GetInt64(0)), new Sequence(row.GetInt64(1)), names)));
            }
        }

        foreach ((long last, Entry[] entries) in commits.Where(commit => commit.Entries.Any(IsDraw)))
        {
            await using SqliteCommand change = connection.CreateCommand();
            change.CommandText = "UPDATE journal_commit SET body = $body, texts = $texts WHERE last_sequence = $last";
            Entry[] forged = [.. entries.Select(entry => IsDraw(entry) ? entry with { Points = entry.Points - new Points(1) } : entry)];
            CommitBytes bytes = new CommitBodyWriter(static salt => salt.Clear()).Encode(forged);
            change.Parameters.AddWithValue("$body", bytes.Body.ToArray());
            change.Parameters.AddWithValue("$texts", bytes.Texts.ToArray());
            change.Parameters.AddWithValue("$last", last);
            Assert.Equal(1, await change.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        return commits.Sum(commit => commit.Entries.Count(IsDraw));

        static bool IsDraw(Entry entry) => entry.Kind == EntryKind.Draw;
    }

    private static async Task<Spend> SpendAllAsync(AccountClient account)
    {
        for (int lot = 0; lot < Lots; lot++)
        {
            await account.AddAsync("DANNON", 1);
        }

        await account.AddAsync("DANNON", -1);
        return await account.SpendAsync(Lots - 1);
    }

    private static async Task<List<TransactionLine>> LinesAsync(AccountClient account, string id, int limit)
    {
        List<TransactionLine> lines = [];
        string? cursor = null;
        do
        {
            string query = cursor is null ? "" : $"&cursor={cursor}";
            Page<TransactionLine> page = (await account.GetAsync($"/transactions/{id}/lines?limit={limit}{query}")).AssertIs(200).As(ReplyJson.Default.PageTransactionLine);
            lines.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return lines;
    }
}
