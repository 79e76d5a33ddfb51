using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;
using Pointbook.Server.Tests.Bulk;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Within a second of a key's revocation by any process, the server refuses the key. This includes requests that began before.</summary>
public sealed class RevocationTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_key_revoked_by_another_process_is_refused_within_a_second()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Keys:AgeMax", "00:00:01"]);
        string key = await server.CreateKeyAsync("till", Scopes.Read);
        (await server.SendAsync(key, HttpMethod.Get, "/balance")).AssertIs(200);
        await server.RevokeElsewhereAsync(key);
        long revoked = Stopwatch.GetTimestamp();
        int status;
        do
        {
            TimeSpan since = Stopwatch.GetElapsedTime(revoked);
            status = (await server.SendAsync(key, HttpMethod.Get, "/balance")).Status;
            // A server that can't read its keys in time also refuses the request.
            Assert.True(status is 401 or 503 || since <= Within, $"It was taken {since} after it was revoked.");
        }
        while (status != 401);
    }

    [Fact]
    public async Task A_stream_of_the_journal_ends_when_its_key_is_revoked()
    {
        CollectedLog log = new();
        await using RunningServer server = await RunningServer.StartAsync(builder => builder.Logging.AddProvider(log), "--Feed:PollInterval", "00:00:00.05");
        string key = await server.CreateKeyAsync("feed", Scopes.Read);
        string writer = await server.CreateKeyAsync("erp", Scopes.Add);
        using HttpResponseMessage stream = await OpenStreamAsync(server, key);
        await server.RevokeElsewhereAsync(key);
        Assert.Equal("""Ended with 401 invalid_key: GET /v1/journal/0 by "feed" at 127.0.0.1""", Assert.Single(await log.WaitForAsync(3038)).Text);
        (await server.SendAsync(writer, HttpMethod.Post, "/addTransaction", """{"payer":"SECRET","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(200);
        // The server ends the stream, and sends nothing that came after the revocation.
        string rest = await stream.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("SECRET", rest, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await OpenStreamAsync(server, key)).StatusCode);
    }

    [Fact]
    public async Task A_stream_without_a_key_ends_when_the_first_key_is_created()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Feed:PollInterval", "00:00:00.05"]);
        using HttpResponseMessage stream = await OpenStreamAsync(server, null);
        await server.CreateKeyAsync("first", Scopes.Admin);
        await stream.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_import_stops_when_its_key_is_revoked_and_says_where_to_continue()
    {
        CollectedLog log = new();
        await using RunningServer server = await RunningServer.StartAsync(
            builder => builder.Logging.AddProvider(log), "--Keys:AgeMax", "00:00:10", "--Keys:RefreshInterval", "00:00:05");
        string key = await server.CreateKeyAsync("erp", Scopes.Add);
        string reader = await server.CreateKeyAsync("reader", Scopes.Read);
        Channel<string> lines = Channel.CreateUnbounded<string>();
        Task<HttpResponseMessage> sending = BeginImport(server, key, lines);
        await WaitForPointsAsync(server, reader, 1);
        await server.RevokeElsewhereAsync(key);
        // The server learns of the revocation at once, long before it checks an import that sends no line.
        await server.Services.GetRequiredService<KeyRing>().RefreshAsync();
        Assert.True(lines.Writer.TryWrite(BulkServer.Item("a", "A", 1)));
        // The client sends the whole request before it reads a reply.
        lines.Writer.Complete();
        using HttpResponseMessage response = await sending;
        ImportReply reply = ImportReply.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        reply.AssertIs(accepted: 1, replayed: 0, refused: 0, lastLine: 1);
        Assert.Equal("invalid_key", reply.Summary.Stopped!.Code);
        Assert.Equal("""Ended with 401 invalid_key: POST /v1/transactions by "erp" at 127.0.0.1""", Assert.Single(await log.WaitForAsync(3038)).Text);
        await WaitForPointsAsync(server, reader, 1);
    }

    [Fact]
    public async Task A_stream_that_is_far_behind_ends_at_once_when_its_key_is_revoked()
    {
        const int Entries = 40_000;
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Feed:StreamsMax", "1"]);
        await server.ImportAsync([.. Enumerable.Range(0, Entries).Select(number => BulkServer.Item($"a{number % 100}", "A", 1))]);
        string key = await server.CreateKeyAsync("feed", Scopes.Read);
        string other = await server.CreateKeyAsync("other", Scopes.Read);
        using HttpClient slow = server.NewSlowReader();
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/journal/0");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using HttpResponseMessage response = await slow.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal(":", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        await server.RevokeElsewhereAsync(key);
        // The server frees the stream's place although the client does not read what the server sent.
        await Eventually.TrueAsync(async () =>
        {
            using HttpResponseMessage next = await OpenStreamAsync(server, other);
            return next.StatusCode == HttpStatusCode.OK;
        });
        // The client still receives what was already on its way. That is less than half of the entries.
        Assert.InRange(await CountEntriesAsync(reader), 0, Entries / 2);
    }

    [Theory]
    [InlineData("/addTransaction", """{"payer":"A","points":5,"timestamp":"2020-10-31T10:00:00Z"}""")]
    [InlineData("/spend", """{"points":5}""")]
    [InlineData("/v1/accounts/default/transactions", """{"payer":"A","points":5,"timestamp":"2020-10-31T10:00:00Z"}""")]
    [InlineData("/v1/accounts/default/flush", """{"note":"late"}""")]
    [InlineData("/v1/transactions", """[{"account":"default","payer":"A","points":5,"timestamp":"2020-10-31T10:00:00Z"}]""")]
    [InlineData("/v1/keys", """{"name":"late","scopes":["admin"]}""")]
    public async Task A_request_whose_body_ends_after_its_key_was_revoked_does_nothing(string path, string body)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string key = await server.CreateKeyAsync("everything", Scopes.All);
        string other = await server.CreateKeyAsync("other", Scopes.All);
        (await server.SendAsync(other, HttpMethod.Post, "/addTransaction", """{"payer":"A","points":10,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(200);
        Reply late = await SendSlowlyAsync(server, key, path, body, async () =>
        {
            await server.RevokeElsewhereAsync(key);
            await server.Services.GetRequiredService<KeyRing>().RefreshAsync();
        });
        late.AssertIs(401, "invalid_key");
        Assert.StartsWith("Bearer realm=\"pointbook\", error=\"invalid_token\"", late.Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Equal("""{"A":10}""", (await server.SendAsync(other, HttpMethod.Get, "/balance")).Body);
        Assert.DoesNotContain("\"late\"", (await server.SendAsync(other, HttpMethod.Get, "/v1/keys")).AssertIs(200).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/addTransaction", """{"payer":"A","points":5,"timestamp":"2020-10-31T10:00:00Z"}""")]
    [InlineData("/v1/transactions", """[{"account":"default","payer":"A","points":5,"timestamp":"2020-10-31T10:00:00Z"}]""")]
    public async Task A_request_whose_body_ends_after_the_first_key_was_created_or_its_own_key_expired_does_nothing(string path, string body)
    {
        ShiftedClock clock = new(TimeProvider.System.GetUtcNow());
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        string reader = "";
        Reply late = await SendSlowlyAsync(server, null, path, body, async () => reader = await server.CreateKeyAsync("reader", Scopes.Read));
        late.AssertIs(401, "missing_key");
        Assert.Equal("Bearer realm=\"pointbook\"", late.Header("WWW-Authenticate"));

        Instant soon = Instant.FromDateTimeOffset(clock.GetUtcNow() + TimeSpan.FromHours(1));
        string brief = await server.CreateKeyAsync("brief", Scopes.Add, expiresAt: soon);
        (await SendSlowlyAsync(server, brief, path, body, () =>
        {
            clock.Advance(TimeSpan.FromHours(1));
            return Task.CompletedTask;
        })).AssertIs(401, "expired_key");
        Assert.Equal("{}", (await server.SendAsync(reader, HttpMethod.Get, "/balance")).AssertIs(200).Body);
    }

    /// <summary>Sends a request, and completes its body only after the given action.</summary>
    private static async Task<Reply> SendSlowlyAsync(RunningServer server, string? key, string path, string body, Func<Task> meanwhile)
    {
        Channel<string> parts = Channel.CreateUnbounded<string>();
        SlowContent content = new(parts.Reader);
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = content };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        request.Headers.ExpectContinue = true;
        Task<Reply> sending = server.SendAsync(request);
        Assert.True(parts.Writer.TryWrite(body[..1]));
        // The server asks for the body after it has checked the credentials.
        await content.Begun.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await meanwhile();
        Assert.False(sending.IsCompleted);
        Assert.True(parts.Writer.TryWrite(body[1..]));
        parts.Writer.Complete();
        return await sending;
    }

    [Fact]
    public async Task An_import_that_waits_for_its_next_line_ends_when_its_key_is_revoked_and_frees_its_place()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Bulk:ImportsMax", "1"]);
        string key = await server.CreateKeyAsync("erp", Scopes.Add);
        string other = await server.CreateKeyAsync("other", Scopes.All);
        Channel<string> lines = Channel.CreateUnbounded<string>();
        Task<HttpResponseMessage> sending = BeginImport(server, key, lines);
        await WaitForPointsAsync(server, other, 1);
        await server.RevokeElsewhereAsync(key);
        await Eventually.TrueAsync(async () =>
        {
            using HttpRequestMessage next = BulkServer.NewImport(new StringContent(BulkServer.Item("a", "A", 1)));
            next.Headers.Authorization = new AuthenticationHeaderValue("Bearer", other);
            return (await server.SendAsync(next)).Status == 200;
        });
        await WaitForPointsAsync(server, other, 2);
        lines.Writer.Complete();
        await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>Sends the first line of an import.</summary>
    private static Task<HttpResponseMessage> BeginImport(RunningServer server, string key, Channel<string> lines)
    {
        HttpRequestMessage request = BulkServer.NewImport(new SlowContent(lines.Reader));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Assert.True(lines.Writer.TryWrite(BulkServer.Item("a", "A", 1)));
        return server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    private static async Task<int> CountEntriesAsync(StreamReader reader)
    {
        int count = 0;
        try
        {
            while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                count += line.StartsWith("id: ", StringComparison.Ordinal) ? 1 : 0;
            }
        }
        catch (IOException)
        {
            // The server cuts a connection whose client reads slowly.
        }

        return count;
    }

    private static Task WaitForPointsAsync(RunningServer server, string key, long points) => Eventually.TrueAsync(
        async () => (await server.SendAsync(key, HttpMethod.Get, "/v1/accounts/a/balance")).AssertIs(200).Balance.Points == points);

    private static async Task<HttpResponseMessage> OpenStreamAsync(RunningServer server, string? key)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/journal/0");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>A body that sends each line as soon as the test writes it.</summary>
    private sealed class SlowContent(ChannelReader<string> lines) : HttpContent
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when the server asks for the body.</summary>
        public Task Begun => _begun.Task;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _begun.TrySetResult();
            await foreach (string line in lines.ReadAllAsync())
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
