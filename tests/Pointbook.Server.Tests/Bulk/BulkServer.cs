using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Bulk;

/// <summary>Imports many transactions with one request.</summary>
internal static class BulkServer
{
    public const string Path = "/v1/transactions";
    public const string Time = "2020-10-31T10:00:00Z";

    public static string Item(string account, string payer, long points, string? more = null) =>
        $$"""{"account":"{{account}}","payer":"{{payer}}","points":{{points}},"timestamp":"{{Time}}"{{(more is null ? "" : "," + more)}}}""";

    public static string Keyed(string account, string payer, long points, string key) => Item(account, payer, points, $"\"idempotencyKey\":\"{key}\"");

    public static async Task<BulkReply> PostItemsAsync(this RunningServer server, params string[] items)
    {
        Reply reply = (await server.PostAsync(Path, $"[{string.Join(',', items)}]")).AssertIs(200);
        Assert.Equal("application/json", reply.ContentType);
        return JsonSerializer.Deserialize(reply.Body, ReplyJson.Default.BulkReply)!;
    }

    public static Task<ImportReply> ImportAsync(this RunningServer server, params string[] lines) =>
        server.ImportAsync(string.Join('\n', lines) + "\n");

    public static async Task<ImportReply> ImportAsync(this RunningServer server, string body)
    {
        Reply reply = (await server.SendAsync(NewImport(new ByteArrayContent(Encoding.UTF8.GetBytes(body))))).AssertIs(200);
        Assert.Equal("application/x-ndjson", reply.ContentType);
        return ImportReply.Parse(reply.Body);
    }

    public static HttpRequestMessage NewImport(HttpContent content, string contentType = "application/x-ndjson")
    {
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return new HttpRequestMessage(HttpMethod.Post, Path) { Content = content };
    }

    public static async Task<Balance> BalanceOfAsync(this RunningServer server, string account) =>
        (await server.GetAsync($"/v1/accounts/{account}/balance")).AssertIs(200).Balance;
}

/// <summary>The reply to an import.</summary>
internal sealed record ImportReply(IReadOnlyList<BulkRefusedLine> Lines, BulkSummary Summary)
{
    public static ImportReply Parse(string body)
    {
        Assert.EndsWith("\n", body, StringComparison.Ordinal);
        string[] lines = body[..^1].Split('\n');
        return new ImportReply(
            [.. lines[..^1].Select(line => JsonSerializer.Deserialize(line, ReplyJson.Default.BulkRefusedLine)!)],
            JsonSerializer.Deserialize(lines[^1], ReplyJson.Default.BulkSummary)!);
    }

    public ImportReply AssertIs(long accepted, long replayed, long refused, long lastLine)
    {
        Assert.Equal((accepted, replayed, refused, lastLine), (Summary.Accepted, Summary.Replayed, Summary.Refused, Summary.LastLine));
        Assert.Equal(refused, Lines.Count);
        return this;
    }
}
