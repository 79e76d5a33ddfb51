using Pointbook.Client.Tests.Support;
using Pointbook.Contracts;

namespace Pointbook.Client.Tests;

/// <summary>Makes every call of the client to a server that listens on a socket.</summary>
public sealed class PointbookClientTests(LiveServer server) : IClassFixture<LiveServer>
{
    private static readonly DateTimeOffset Timestamp = new(2020, 10, 31, 10, 0, 0, TimeSpan.Zero);
    private readonly PointbookClient _client = server.Client;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Points_are_given_spent_and_returned()
    {
        Transaction credit = await _client.AddTransactionAsync("anna", new TransactionRequest("DANNON", 300, Timestamp) { Reference = "r-1" }, cancellationToken: Cancelled);
        Assert.Equal(("anna", TransactionKind.Credit, 300, Timestamp, "r-1"), (credit.Account, credit.Kind, credit.Points, credit.Timestamp, credit.Reference));
        Assert.Equivalent(credit, await _client.ReadTransactionAsync("anna", credit.Id, Cancelled));

        SpendPreview preview = await _client.PreviewSpendAsync("anna", new SpendRequest(100), Cancelled);
        Spend spend = await _client.SpendAsync("anna", new SpendRequest(100), "order-1", Cancelled);
        Assert.Equal(preview.Draws, spend.Draws);
        Assert.Equal(spend.Id, (await _client.SpendAsync("anna", new SpendRequest(100), "order-1", Cancelled)).Id);
        Assert.Equal(200, (await _client.ReadBalanceAsync("anna", cancellationToken: Cancelled)).Points);

        Reversal reversal = await _client.ReverseSpendAsync("anna", spend.Id, new NoteRequest { Reason = "changed mind" }, cancellationToken: Cancelled);
        Assert.Equal((100, "changed mind"), (reversal.Points, reversal.Reason));
        Assert.Equal(SpendStatus.Reversed, (await _client.ReadSpendAsync("anna", spend.Id, Cancelled)).Status);
        PointbookException twice = await Assert.ThrowsAsync<PointbookException>(() => _client.ReverseSpendAsync("anna", spend.Id, cancellationToken: Cancelled));
        Assert.Equal("already_reversed", twice.Code);
    }

    [Fact]
    public async Task Points_are_held_and_captured()
    {
        await _client.AddTransactionAsync("boris", new TransactionRequest("DANNON", 300, Timestamp), cancellationToken: Cancelled);
        Spend spend = await _client.SpendAsync("boris", new SpendRequest(100) { Hold = "PT15M" }, cancellationToken: Cancelled);
        Assert.Equal((SpendStatus.Pending, 100), (spend.Status, (await _client.ReadBalanceAsync("boris", cancellationToken: Cancelled)).Held));
        Assert.Equal(spend.Id, (await _client.CaptureSpendAsync("boris", spend.Id, cancellationToken: Cancelled)).SpendId);
        Assert.Equal(SpendStatus.Final, (await _client.ReadSpendAsync("boris", spend.Id, Cancelled)).Status);
    }

    [Fact]
    public async Task A_refusal_has_the_numbers()
    {
        PointbookException refused = await Assert.ThrowsAsync<PointbookException>(
            () => _client.SpendAsync("carla", new SpendRequest(5), cancellationToken: Cancelled));
        Assert.Equal(("insufficient_points", 0L, 5UL, RetryAdvice.WhenPointsArrive), (refused.Code, refused.Problem!.Available, refused.Problem.Requested, refused.Problem.Retry));
    }

    [Fact]
    public async Task Lists_go_through_all_pages()
    {
        BulkTransaction[] many = [.. Enumerable.Range(0, 600).Select(index => new BulkTransaction("dora", "UNILEVER", index + 1, Timestamp.AddMinutes(index)))];
        Assert.Equal(600, (await _client.AddTransactionsAsync(many, Cancelled)).Accepted);
        Assert.Equal(Enumerable.Range(1, 600).Select(points => (long)points), await _client.ListLotsAsync("dora", Cancelled).Select(lot => lot.Points).ToListAsync(Cancelled));
        Assert.Equal(600, await _client.ListTransactionsAsync("dora", cancellationToken: Cancelled).Select(item => item.Id).Distinct().CountAsync(Cancelled));
        Assert.Empty(await _client.ListTransactionsAsync("dora", new HistoryFilter { Kind = TransactionKind.Spend }, Cancelled).ToListAsync(Cancelled));
        Assert.Empty(await _client.ListTransactionsAsync("dora", new HistoryFilter { To = Timestamp }, Cancelled).ToListAsync(Cancelled));
        Assert.Equal(["dora"], await _client.ListAccountsAsync("dor", Cancelled).Select(account => account.Account).ToListAsync(Cancelled));
        Assert.Equal(600 * 601 / 2, (await _client.ListPayersAsync("UNILEVER", Cancelled).SingleAsync(Cancelled)).Points);
    }

    [Fact]
    public async Task Balances_are_read_as_they_were()
    {
        Transaction first = await _client.AddTransactionAsync("emil", new TransactionRequest("DANNON", 300, Timestamp), cancellationToken: Cancelled);
        await _client.AddTransactionAsync("emil", new TransactionRequest("DANNON", 40, Timestamp.AddDays(1)), cancellationToken: Cancelled);
        Balance then = await _client.ReadBalanceAsync("emil", first.RecordedAt, Cancelled);
        Assert.Equal((300, first.RecordedAt), (then.Points, then.KnownAt));
        EffectiveBalance effective = await _client.ReadEffectiveBalanceAsync("emil", Timestamp, cancellationToken: Cancelled);
        Assert.Equal([new PayerSum("DANNON", 300)], effective.Payers);
    }

    [Fact]
    public async Task A_flush_is_taken_back()
    {
        await _client.AddTransactionAsync("frida", new TransactionRequest("DANNON", 300, Timestamp), cancellationToken: Cancelled);
        Flush flush = await _client.FlushAsync("frida", cancellationToken: Cancelled);
        Assert.Equal(2, await _client.ListArchiveAsync("frida", cancellationToken: Cancelled).CountAsync(Cancelled));
        Assert.Equal(flush.Id, (await _client.RestoreFlushAsync("frida", flush.Id!, cancellationToken: Cancelled)).FlushId);
        Assert.Equal(300, (await _client.ReadBalanceAsync("frida", cancellationToken: Cancelled)).Points);
        Assert.NotNull((await _client.FlushAsync("nobody", cancellationToken: Cancelled)).Id);
    }

    [Fact]
    public async Task Statements_come_as_objects_and_as_CSV()
    {
        DateOnly from = new(2026, 1, 1);
        Statement statement = await _client.ReadStatementAsync("MILLER COORS", from, from.AddDays(1), Cancelled);
        Assert.True(statement.AddsUp);
        Assert.Equal((from, from.AddDays(1)), (statement.From, statement.To));
        string csv = await _client.ReadStatementCsvAsync("MILLER COORS", from, from.AddDays(1), Cancelled);
        Assert.StartsWith("payer,from,to,", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_streams_lines_and_tells_which_were_refused()
    {
        ImportResult result = await _client.ImportAsync(LinesAsync(3_000), Cancelled);
        Assert.Equal((2_999, 0, 1, 3_000), (result.Summary.Accepted, result.Summary.Replayed, result.Summary.Refused, result.Summary.LastLine));
        Assert.Equal((1_000, "zero_points"), (Assert.Single(result.Refused).Line, result.Refused[0].Problem.Code));
        Assert.Equal(2_999, (await _client.ImportAsync(LinesAsync(3_000), Cancelled)).Summary.Replayed);
    }

    [Fact]
    public async Task The_journal_is_read_and_followed()
    {
        await _client.AddTransactionAsync("gustav", new TransactionRequest("DANNON", 300, Timestamp), cancellationToken: Cancelled);
        long last = (await _client.ReadJournalHeadsAsync(Cancelled)).Partitions[0].LastSequence;
        List<JournalEntry> read = await _client.ReadJournalAsync(0, cancellationToken: Cancelled).Where(item => item.Entry is not null).Select(item => item.Entry!)
            .Where(entry => entry.Sequence <= last).ToListAsync(Cancelled);
        Assert.Equal(Enumerable.Range(1, (int)last).Select(sequence => (long)sequence), read.Select(entry => entry.Sequence));
        JournalItem first = await _client.ReadJournalAsync(0, cancellationToken: Cancelled).FirstAsync(Cancelled);
        JournalItem whole = await _client.ReadJournalAsync(0, includeBody: true, cancellationToken: Cancelled).FirstAsync(Cancelled);
        Assert.Null(first.Commit!.Body ?? first.Commit.Texts);
        Assert.False(whole.Commit!.Body!.Value.IsEmpty || whole.Commit.Texts!.Value.IsEmpty);

        await using IAsyncEnumerator<JournalItem> feed = _client.FollowJournalAsync(0, last, includeBody: true, Cancelled).GetAsyncEnumerator(Cancelled);
        Task<bool> next = feed.MoveNextAsync().AsTask();
        await _client.AddTransactionAsync("gustav", new TransactionRequest("DANNON", 7, Timestamp), cancellationToken: Cancelled);
        Assert.True(await next);
        Assert.True(feed.Current.Commit!.FirstSequence > last);
        Assert.False(feed.Current.Commit.Body!.Value.IsEmpty);
    }

    private static async IAsyncEnumerable<BulkTransaction> LinesAsync(int count)
    {
        for (int line = 1; line <= count; line++)
        {
            await Task.Yield();
            yield return new BulkTransaction("hanna", "DANNON", line == 1_000 ? 0 : line, Timestamp) { IdempotencyKey = $"line-{line}" };
        }
    }
}
