using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Microsoft.Data.Sqlite;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Bulk;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>No request takes longer than the timeout, except requests that are meant to last.</summary>
public sealed class RequestTimeoutTests
{
    // The store waits for a lock for longer than the request timeout.
    private static readonly string[] OneSecond = ["--Http:RequestTimeout", "00:00:01", "--Storage:BusyTimeout", "00:01:00"];

    [Fact]
    public async Task A_body_that_arrives_too_slowly_times_out_and_nothing_is_written()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: OneSecond);
        using TcpClient client = new();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, TestContext.Current.CancellationToken);
        NetworkStream stream = client.GetStream();
        string head = $"POST /addTransaction HTTP/1.1\r\nHost: {server.Address.Authority}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        Task<string> reading = ReadHeadAsync(stream);
        // Faster than the slowest body that Kestrel accepts, and too slow to end in time.
        byte[] blanks = Encoding.ASCII.GetBytes(new string(' ', 20));
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await stream.WriteAsync(blanks, TestContext.Current.CancellationToken);
                return reading.IsCompleted;
            }
            catch (IOException)
            {
                // The server has replied and closed the connection before the test looked at the reply.
                return true;
            }
        });
        Assert.Contains("503 Service Unavailable", await reading, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"timed_out\"", await reading, StringComparison.Ordinal);
        Assert.Equal("{}", await ReadBalanceAsync(server));
    }

    [Theory]
    [InlineData("/addTransaction", false)]
    [InlineData("/v1/accounts/default/transactions", false)]
    [InlineData(BulkServer.Path, true)]
    public async Task A_write_that_the_store_delays_times_out_and_its_key_tells_whether_it_was_carried_out(string path, bool isArray)
    {
        await using RunningServer server = await RunningServer.StartAsync(args: OneSecond);
        (string, string)[] header = isArray ? [] : [("Idempotency-Key", "late-1")];
        string write = isArray
            ? $"[{BulkServer.Keyed("default", "DANNON", 5, "late-1")}]"
            : """{"payer":"DANNON","points":5,"timestamp":"2020-10-31T10:00:00Z"}""";
        await AddAsync(server, "DANNON");
        using (SqliteConnection connection = new($"Data Source={Path.Combine(server.DataDirectory, "pointbook.db")};Pooling=False"))
        {
            connection.Open();
            using SqliteTransaction lockedByAnother = connection.BeginTransaction();
            Reply late = (await server.PostAsync(path, write, header)).AssertIs(503, "timed_out");
            Assert.Equal(RetryAdvice.SameKey, late.Problem.Retry);
            Assert.Equal("1", late.Header("Retry-After"));
        }

        Reply again = await SendWithinLimitAsync(() => server.PostAsync(path, write, header));
        Assert.True(isArray ? again.Body.Contains("\"replayed\":1", StringComparison.Ordinal) : again.Header("Idempotency-Replayed") == "true", again.Body);
        Assert.Equal("""{"DANNON":10}""", await ReadBalanceAsync(server));
    }

    [Fact]
    public async Task An_import_has_no_time_limit()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: OneSecond);
        Pipe body = new();
        Task<Reply> replying = server.SendAsync(BulkServer.NewImport(new StreamContent(body.Reader.AsStream())));
        await body.Writer.WriteAsync(Encoding.UTF8.GetBytes(BulkServer.Item("slow", "A", 1) + "\n"), TestContext.Current.CancellationToken);
        await TimeOutAsync(server);
        Assert.False(replying.IsCompleted);
        await body.Writer.WriteAsync(Encoding.UTF8.GetBytes(BulkServer.Item("slow", "A", 2) + "\n"), TestContext.Current.CancellationToken);
        await body.Writer.CompleteAsync();
        ImportReply.Parse((await replying).AssertIs(200).Body).AssertIs(accepted: 2, replayed: 0, refused: 0, lastLine: 2);
    }

    [Fact]
    public async Task A_stream_of_the_journal_has_no_time_limit()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: [.. OneSecond, "--Feed:KeepAliveInterval", "00:00:01"]);
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/journal/0");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using HttpResponseMessage response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await TimeOutAsync(server);
        await AddAsync(server, "LATE");
        string? line = "";
        while (line?.Contains("LATE", StringComparison.Ordinal) == false)
        {
            line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        }

        Assert.NotNull(line);
    }

    /// <summary>Adds 5 points once, however often it repeats the request.</summary>
    private static async Task AddAsync(RunningServer server, string payer) => (await SendWithinLimitAsync(() => server.PostAsync(
        "/addTransaction", $$"""{"payer":"{{payer}}","points":5,"timestamp":"2020-10-31T10:00:00Z"}""", ("Idempotency-Key", payer)))).AssertIs(200);

    private static async Task<string> ReadBalanceAsync(RunningServer server) => (await SendWithinLimitAsync(() => server.GetAsync("/balance"))).AssertIs(200).Body;

    /// <summary>Repeats a request that is not the subject of the test. A busy machine may need more than a second for it.</summary>
    private static async Task<Reply> SendWithinLimitAsync(Func<Task<Reply>> send)
    {
        Reply? reply = null;
        await Eventually.TrueAsync(async () => (reply = await send()).Status != 503);
        return reply!;
    }

    /// <summary>Sends a request that lasts until the request timeout. Every request that began before has lasted longer.</summary>
    private static async Task TimeOutAsync(RunningServer server)
    {
        using TcpClient client = new();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, TestContext.Current.CancellationToken);
        NetworkStream stream = client.GetStream();
        string head = $"POST /addTransaction HTTP/1.1\r\nHost: {server.Address.Authority}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        Assert.Contains("\"code\":\"timed_out\"", await ReadHeadAsync(stream), StringComparison.Ordinal);
    }

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        byte[] buffer = new byte[8_192];
        StringBuilder text = new();
        while (!text.ToString().Contains("\"code\"", StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
            if (count == 0)
            {
                break;
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
