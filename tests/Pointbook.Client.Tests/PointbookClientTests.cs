using Pointbook.Client.Tests.Support;
using Pointbook.Contracts;

namespace Pointbook.Client.Tests;

/// <summary>Makes every call of the client to a server that listens on a socket.</summary>
public sealed class PointbookClientTests(LiveServer server) : IClassFixture<LiveServer>
{
    private static readonly DateTimeOffset Timestamp = new(2020, 10, 31, 10, 0, 0, TimeSpan.Zero);
    private readonly PointbookClient _client = server.Client;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Points_are_added_spent_and_returned()
    {
        Transaction credit = await _client.AddTransactionAsync("anna", new TransactionRequest("DANNON", 300, Timestamp) { Reference = "r-1" }, cancellationToken: Cancellation);
        Assert.Equal(("anna", TransactionKind.Credit, 300, Timestamp, "r-1"), (credit.Account, credit.Kind, credit.Points, credit.Timestamp, credit.Reference));
        Assert.Equivalent(credit, await _client.ReadTransactionAsync("anna", credit.Id, Cancellation));

        SpendPreview preview = await _client.PreviewSpendAsync("anna", new SpendRequest(100), Cancellation);
        Spend spend = await _client.SpendAsync("anna", new SpendRequest(100), "order-1", Cancellation);
        Assert.Equal(preview.Draws, spend.Draws);
        Assert.Equal(spend.Id, (await _client.SpendAsync("anna", new SpendRequest(100), "order-1", Cancellation)).Id);
        Assert.Equal(200, (await _client.ReadBalanceAsync("anna", cancellationToken: Cancellation)).Points);

        Reversal reversal = await _client.ReverseSpendAsync("anna", spend.Id, new NoteRequest { Reason = "changed mind" }, cancellationToken: Cancellation);
        Assert.Equal((100, "changed mind"), (reversal.Points, reversal.Reason));
        Assert.Equal(SpendStatus.Reversed, (await _client.ReadSpendAsync("anna", spend.Id, Cancellation)).Status);
        PointbookException twice = await Assert.ThrowsAsync<PointbookException>(() => _client.ReverseSpendAsync("anna", spend.Id, cancellationToken: Cancellation));
        Assert.Equal("already_reversed", twice.Code);
    }

    [Fact]
    public async Task Points_are_held_and_captured()
    {
        await _client.AddTransactionAsync("boris", new TransactionRequest("DANNON", 300, Timestamp), cancellationToken: Cancellation);
        Spend spend = await _client.SpendAsync("boris", new SpendRequest(100) { Hold = "PT15M" }, cancellationToken: Cancellation);
        Assert.Equal((SpendStatus.Pending, 100), (spend.Status, (await _client.ReadBalanceAsync("boris", cancellationToken: Cancellation)).Held));
        Assert.Equal(spend.Id, (await _client.CaptureSpendAsync("boris", spend.Id, cancellationToken: Cancellation)).SpendId);
        Assert.Equal(SpendStatus.Final, (await _client.ReadSpendAsync("boris", spend.Id, Cancellation)).Status);
    }

    [Fact]
    public async Task A_refusal_states_the_numbers()
    {
        PointbookException refused = await Assert.ThrowsAsync<PointbookException>(
            () => _client.SpendAsync("carla", new SpendRequest(5), cancellationToken: Cancellation));
        Assert.Equal(("insufficient_points", 0L, 5UL, RetryAdvice.WhenPointsArrive), (refused.Code, refused.Problem!.Available, refused.Problem.Requested, refused.Problem.Retry));
    }

    [Fact]
    public async Task Lists_read_all_pages()
    {
        BulkTransaction[] many = [.. Enumerable.Range(0, 600).Select(index => new BulkTransaction("dora", "UNILEVER", index + 1, Timestamp.AddMinutes(index)))];
        Assert.Equal(600, (await _client.AddTransactionsAsync(many, Cancellation)).Accepted);
        Assert.Equal(Enumerable.Range(1, 600).Select(points => (long)points), await _client.ListLotsAsync("dora", Cancellation).Select(lot => lot.Points).ToListAsync(Cancellation));
        Assert.Equal(600, await _client.ListTransactionsAsync("dora", cancellationToken: Cancellation).Select(item => item.Id).Distinct().CountAsync(Cancellation));
        Assert.Empty(await _client.ListTransactionsAsync("dora", new HistoryFilter { Kind = TransactionKind.Spend }, Cancellation).ToListAsync(Cancellation));
        Assert.Empty(await _client.ListTransactionsAsync("dora", new HistoryFilter { To = Timestamp }, Cancellation).ToListAsync(Cancellation));
        Assert.Equal(["dora"], await _client.ListAccountsAsync("dor", Cancellation).Select(account => account.Account).ToListAsync(Cancellation));
        Assert.Equal(600 * 601 / 2, (await _client.ListPayersAsync("UNILEVER", Cancellation).SingleAsync(Cancellation)).Points);
    }

    [Fact]
    public async Task Balances_are_read_as_they_were()
    {
        Transaction first = await _client.AddTransactionAsync("emil", new TransactionRequest("DANNON", 300, Timestamp), cancellationToken: Cancellation);
        await _client.AddTransactionAsync("emil", new TransactionRequest("DANNON", 40, Timestamp.AddDays(1)), cancellationToken: Cancellation);
        Balance then = await _client.ReadBalanceAsync("emil", first.RecordedAt, Cancellation);
        Assert.Equal((300, first.RecordedAt), (then.Points, then.KnownAt));
        EffectiveBalance effective = await _client.ReadEffectiveBalanceAsync("emil", Timestamp, cancellationToken: Cancellation);
        Assert.Equal([new PayerSum("DANNON", 300)], effective.Payers);
    }

    [Fact]
    public async Task A_flush_is_restored()
    {
        await _client.AddTransactionAsync("frida", new TransactionRequest("DANNON", 300, Timestamp), cancellationToken: Cancellation);
        Flush flush = await _client.FlushAsync("frida", cancellationToken: Cancellation);
        Assert.Equal(2, await _client.ListArchiveAsync("frida", cancellationToken: Cancellation).CountAsync(Cancellation));
        Assert.Equal(flush.Id, (await _client.RestoreFlushAsync("frida", flush.Id!, cancellationToken: Cancellation)).FlushId);
        Assert.Equal(300, (await _client.ReadBalanceAsync("frida", cancellationToken: Cancellation)).Points);
        Assert.NotNull((await _client.FlushAsync("nobody", cancellationToken: Cancellation)).Id);
    }

    [Fact]
    public async Task Statements_come_as_objects_and_as_CSV()
    {
        DateOnly from = new(2026, 1, 1);
        Statement statement = await _client.ReadStatementAsync("MILLER COORS", from, from.AddDays(1), Cancellation);
        Assert.True(statement.AddsUp);
        Assert.Equal((from, from.AddDays(1)), (statement.From, statement.To));
        string csv = await _client.ReadStatementCsvAsync("MILLER COORS", from, from.AddDays(1), Cancellation);
        Assert.StartsWith("payer,from,to,", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_streams_lines_and_reports_the_refused_ones()
    {
        ImportResult result = await _client.ImportAsync(LinesAsync(3_000), Cancellation);
        Assert.Equal((2_999, 0, 1, 3_000), (result.Summary.Accepted, result.Summary.Replayed, result.Summary.Refused, result.Summary.LastLine));
        Assert.Equal((1_000, "zero_points"), (Assert.Single(result.Refused).Line, result.Refused[0].Problem.Code));
        Assert.Equal(2_999, (await _client.ImportAsync(LinesAsync(3_000), Cancellation)).Summary.Replayed);
    }

    [Fact]
    public async Task The_journal_is_read_and_followed()
    {
        await _client.AddTransactionAsync("gustav", new TransactionRequest("DANNON", 300, Timestamp), cancellationToken: Cancellation);
        long last = (await _client.ReadJournalHeadsAsync(Cancellation)).Partitions[0].LastSequence;
        List<JournalEntry> read = await _client.ReadJournalAsync(0, cancellationToken: Cancellation).Where(item => item.Entry is not null).Select(item => item.Entry!)
            .Where(entry => entry.Sequence <= last).ToListAsync(Cancellation);
        Assert.Equal(Enumerable.Range(1, (int)last).Select(sequence => (long)sequence), read.Select(entry => entry.Sequence));
        JournalItem first = await _client.ReadJournalAsync(0, cancellationToken: Cancellation).FirstAsync(Cancellation);
        JournalItem whole = await _client.ReadJournalAsync(0, includeBody: true, cancellationToken: Cancellation).FirstAsync(Cancellation);
        Assert.Null(first.Commit!.Body ?? first.Commit.Texts);
        Assert.False(whole.Commit!.Body!.Value.IsEmpty || whole.Commit.Texts!.Value.IsEmpty);

        await using IAsyncEnumerator<JournalItem> feed = _client.FollowJournalAsync(0, last, includeBody: true, Cancellation).GetAsyncEnumerator(Cancellation);
        Task<bool> next = feed.MoveNextAsync().AsTask();
        await _client.AddTransactionAsync("gustav", new TransactionRequest("DANNON", 7, Timestamp), cancellationToken: Cancellation);
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
