using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Bulk;

public sealed class BulkLineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Blank_lines_are_counted_and_line_endings_can_differ()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string body = $"\n{BulkServer.Item("a", "A", 1)}\r\n  \t\r\n\n{BulkServer.Item("a", "A", 2)}\n \n {BulkServer.Item("a", "A", 4)} ";
        (await server.ImportAsync(body)).AssertIs(accepted: 3, replayed: 0, refused: 0, lastLine: 7);
        Assert.Equal(7, (await server.BalanceOfAsync("a")).Points);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("\n", 1)]
    [InlineData(" ", 1)]
    [InlineData("\n\n  \r\n", 3)]
    public async Task An_import_without_lines_succeeds(string body, int lastLine)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        ImportReply reply = (await server.ImportAsync(body)).AssertIs(0, 0, 0, lastLine);
        Assert.Null(reply.Summary.Stopped);
    }

    [Fact]
    public async Task Refused_lines_are_reported_in_order_and_the_others_are_written()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        ImportReply reply = await server.ImportAsync(
            BulkServer.Item("a", "A", 10),
            "hello",
            BulkServer.Item("a", "A", -11),
            BulkServer.Item("a", "A", -10),
            "[]",
            BulkServer.Item("a", "A", 1, "\"x\":1"),
            "{\"account\":\"\uFFFD",
            BulkServer.Item("a", "B", 5));
        reply.AssertIs(accepted: 3, replayed: 0, refused: 5, lastLine: 8);
        Assert.Equal(
            [(2, "malformed_json", null), (3, "insufficient_payer_points", "points"), (5, "wrong_type", null), (6, "unknown_member", "x"), (7, "malformed_json", null)],
            reply.Lines.Select(line => ((int)line.Line, line.Problem.Code, line.Problem.Member)));
        Assert.Contains("The line is an array", reply.Lines[2].Problem.Detail, StringComparison.Ordinal);
        Assert.Null(reply.Summary.Stopped);
        Assert.Equal([new PayerBalance("A", 0), new PayerBalance("B", 5)], (await server.BalanceOfAsync("a")).Payers);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    public async Task A_line_that_is_too_long_is_refused_and_the_next_one_is_accepted(string lastEnd)
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Bulk:LineSizeMax", "300");
        string justRight = BulkServer.Item("a", "A", 1).PadRight(300);
        string body = string.Join('\n', justRight, justRight + " ", new string('x', 200_000), BulkServer.Item("a", "A", 2), new string(' ', 301)) + lastEnd;
        ImportReply reply = (await server.ImportAsync(body)).AssertIs(accepted: 2, replayed: 0, refused: 3, lastLine: 5);
        Assert.Equal([2, 3, 5], reply.Lines.Select(line => line.Line));
        Assert.All(reply.Lines, line => Assert.Equal("line_too_long", line.Problem.Code));
        Assert.Equal(3, (await server.BalanceOfAsync("a")).Points);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_024)]
    public async Task Lines_of_one_account_keep_their_order_and_a_second_import_only_replays(int inFlight)
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Bulk:LinesInFlightMax", inFlight.ToString(CultureInfo.InvariantCulture));
        string[] lines = [.. Enumerable.Range(0, 1_500).Select(number => BulkServer.Keyed("a", $"P{number / 2}", number % 2 == 0 ? 5 : -5, $"k{number}"))];
        (await server.ImportAsync(lines)).AssertIs(accepted: 1_500, replayed: 0, refused: 0, lastLine: 1_500);
        Assert.Equal(Enumerable.Range(0, 750).Select(number => new PayerBalance($"P{number}", 0)), (await server.BalanceOfAsync("a")).Payers);

        (await server.ImportAsync(lines)).AssertIs(accepted: 0, replayed: 1_500, refused: 0, lastLine: 1_500);
        Assert.Equal(0, (await server.BalanceOfAsync("a")).Points);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_024)]
    public async Task Beyond_the_bound_of_refused_lines_an_import_stops_where_it_can_be_resumed(int inFlight)
    {
        await using RunningServer server = await RunningServer.StartAsync(
            null, "--Bulk:RefusedLinesMax", "5", "--Bulk:LinesInFlightMax", inFlight.ToString(CultureInfo.InvariantCulture));
        string[] lines = [.. Enumerable.Range(1, 40).Select(number => number % 3 == 0 ? "bad" : BulkServer.Item("a", "A", 1))];
        ImportReply reply = (await server.ImportAsync(lines)).AssertIs(accepted: 10, replayed: 0, refused: 5, lastLine: 15);
        Assert.Equal("too_many_refused", reply.Summary.Stopped!.Code);

        int from = (int)reply.Summary.LastLine;
        reply = (await server.ImportAsync(lines[from..])).AssertIs(accepted: 10, replayed: 0, refused: 5, lastLine: 15);
        reply = (await server.ImportAsync(lines[(from + (int)reply.Summary.LastLine)..])).AssertIs(accepted: 7, replayed: 0, refused: 3, lastLine: 10);
        Assert.Null(reply.Summary.Stopped);
        Assert.Equal(27, (await server.BalanceOfAsync("a")).Points);
    }

    [Fact]
    public async Task An_import_continues_up_to_the_bound_of_refused_lines()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Bulk:RefusedLinesMax", "2");
        ImportReply reply = (await server.ImportAsync("bad", BulkServer.Item("a", "A", 1), "bad", "", " ")).AssertIs(1, 0, 2, 5);
        Assert.Null(reply.Summary.Stopped);
    }

    [Fact]
    public async Task A_sender_that_reads_only_after_sending_everything_gets_the_whole_reply()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Bulk:RefusedLinesMax", "20000");
        // The reply must be far larger than all the buffers between server and client.
        string payer = new('p', 200);
        string bad = BulkServer.Item("a", payer, -9);
        string body = string.Concat(Enumerable.Repeat(bad + "\n", 19_999)) + BulkServer.Item("a", "A", 1) + "\n";
        using TcpClient client = new();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Token);
        NetworkStream stream = client.GetStream();
        // The server does not divide a reply to HTTP 1.0 into chunks.
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Head(body.Length).Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal) + body), Token);

        using StreamReader reader = new(stream, Encoding.UTF8);
        string reply = await reader.ReadToEndAsync(Token);
        Assert.StartsWith("HTTP/1.1 200", reply, StringComparison.Ordinal);
        Assert.Equal(19_999, reply.Split("\"insufficient_payer_points\"").Length - 1);
        Assert.Contains("""{"accepted":1,"replayed":0,"refused":19999,"lastLine":20000}""", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_line_is_reported_while_the_sender_is_still_sending()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using TcpClient client = new();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Token);
        NetworkStream stream = client.GetStream();
        using StreamReader reader = new(stream, Encoding.UTF8);
        string good = BulkServer.Item("a", "A", 1) + "\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Head(4 + (2 * good.Length)) + good + "bad\n"), Token);
        await ReadUntilAsync(reader, "\"line\":2");

        await stream.WriteAsync(Encoding.ASCII.GetBytes(good), Token);
        await ReadUntilAsync(reader, """{"accepted":2,"replayed":0,"refused":1,"lastLine":3}""");
    }

    [Fact]
    public async Task Complete_lines_of_a_sender_that_disconnected_are_written_and_partial_ones_are_not()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string line = BulkServer.Item("a", "A", 1) + "\n";
        using (TcpClient client = new())
        {
            await client.ConnectAsync(server.Address.Host, server.Address.Port, Token);
            // The last line lacks only its line end, so that the server could take it for a complete line.
            string sent = string.Concat(Enumerable.Repeat(line, 100)) + line[..^1];
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head(1_000_000) + sent), Token);
            // The sender disconnects once the server has written the complete lines. Then the server only waits for more.
            await Eventually.TrueAsync(async () => (await server.BalanceOfAsync("a")).Points == 100);
            client.Client.LingerState = new LingerOption(true, 0);
        }

        await Eventually.TrueAsync(async () => (await server.ImportAsync(BulkServer.Item("b", "B", 1))).Summary.Accepted == 1);
        Assert.Equal(100, (await server.BalanceOfAsync("a")).Points);
    }

    [Fact]
    public async Task An_import_with_malformed_HTTP_reports_how_far_it_got()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string line = BulkServer.Item("a", "A", 1) + "\n";
        using TcpClient client = new();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Token);
        NetworkStream stream = client.GetStream();
        string head = Head(0).Replace("Content-Length: 0", "Transfer-Encoding: chunked", StringComparison.Ordinal);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{head}{line.Length:x}\r\n{line}\r\n"), Token);
        await Eventually.TrueAsync(async () => (await server.BalanceOfAsync("a")).Points == 1);
        await stream.WriteAsync("zz\r\n"u8.ToArray(), Token);

        using StreamReader reader = new(stream, Encoding.UTF8);
        string reply = await reader.ReadToEndAsync(Token);
        Assert.StartsWith("HTTP/1.1 200", reply, StringComparison.Ordinal);
        Assert.Contains("\"accepted\":1,\"replayed\":0,\"refused\":0,\"lastLine\":1,\"stopped\":{", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_is_exempt_from_the_ordinary_body_limit()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Http:BodySizeMax", "1024");
        string[] lines = [.. Enumerable.Repeat(BulkServer.Item("a", "A", 1), 5_000)];
        (await server.ImportAsync(lines)).AssertIs(5_000, 0, 0, 5_000);
        Assert.Equal(5_000, (await server.BalanceOfAsync("a")).Points);
    }

    [Fact]
    public async Task Imports_beyond_the_concurrent_limit_are_refused_until_one_has_ended()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Bulk:ImportsMax", "1");
        using (TcpClient client = new())
        {
            await client.ConnectAsync(server.Address.Host, server.Address.Port, Token);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head(100_000) + BulkServer.Item("a", "A", 1) + "\n"), Token);
            await Eventually.TrueAsync(async () => (await server.BalanceOfAsync("a")).Points == 1);
            Reply reply = await server.SendAsync(BulkServer.NewImport(new StringContent(BulkServer.Item("a", "A", 1))));
            Assert.Equal("1", reply.AssertIs(503, "overloaded").Header("Retry-After"));
            Assert.Equal(1, (await server.PostItemsAsync(BulkServer.Item("a", "A", 1))).Accepted);
        }

        await Eventually.TrueAsync(async () =>
            (await server.SendAsync(BulkServer.NewImport(new StringContent(BulkServer.Item("a", "A", 1))))).Status == 200);
    }

    [Fact]
    public async Task A_stopping_server_reports_how_far_an_import_got()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using TcpClient client = new();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Head(100_000) + BulkServer.Item("a", "A", 1) + "\n{\"acc"), Token);
        await Eventually.TrueAsync(async () => (await server.BalanceOfAsync("a")).Points == 1);

        server.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        using StreamReader reader = new(stream, Encoding.UTF8);
        string reply = await ReadUntilAsync(reader, "\"stopped\":");
        Assert.Contains("\"accepted\":1,\"replayed\":0,\"refused\":0,\"lastLine\":1,", reply, StringComparison.Ordinal);
        Assert.Contains("shutting_down", reply, StringComparison.Ordinal);
    }

    private static string Head(int length) => string.Create(
        CultureInfo.InvariantCulture,
        $"POST /v1/transactions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");

    private static async Task<string> ReadUntilAsync(StreamReader reader, string text)
    {
        StringBuilder read = new();
        char[] piece = new char[1_024];
        while (!read.ToString().Contains(text, StringComparison.Ordinal))
        {
            int length = await reader.ReadAsync(piece, Token);
            Assert.True(length > 0, $"The reply ended without {text}: {read}");
            read.Append(piece, 0, length);
        }

        return read.ToString();
    }
}
