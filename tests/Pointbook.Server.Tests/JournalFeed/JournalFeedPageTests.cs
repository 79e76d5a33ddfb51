using System.Text.Json.Nodes;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Bulk;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.JournalFeed;

public sealed class JournalFeedPageTests(FeedServer filled) : IClassFixture<FeedServer>
{
    private readonly RunningServer _server = filled.Server;

    [Fact]
    public async Task An_empty_journal_has_a_head_and_an_empty_page()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal(
            $$$"""{"partitions":[{"partition":0,"lastSequence":0,"seal":"{{{new string('0', 64)}}}"}]}""", (await server.GetAsync("/v1/journal")).AssertIs(200).Body);
        Assert.Empty((await server.GetAsync(FeedClient.Path)).AssertIs(200).Body);
    }

    [Fact]
    public async Task Every_seal_can_be_computed_from_the_feed_alone()
    {
        FeedCheck check = new();
        IReadOnlyList<FeedCommit> commits = await _server.PageAsync("?limit=10000&include=body");
        string previous = new('0', 64);
        long next = 1;
        foreach (FeedCommit commit in commits)
        {
            Assert.Equal((next, previous), (commit.Head.FirstSequence, commit.Head.PreviousSeal));
            Assert.Equal(Enumerable.Range((int)next, commit.Entries.Count), commit.Entries.Select(entry => (int)entry.Sequence));
            Assert.All(commit.Entries, entry => Assert.Equal((0, commit.Head.RecordedAt), (entry.Partition, entry.RecordedAt)));
            next = commit.Head.LastSequence + 1;
            previous = commit.Head.Seal;
            check.Check(commit);
        }

        JournalPartition head = Assert.Single((await FeedServer.HeadsAsync(_server)).Partitions);
        Assert.Equal((0, next - 1, previous, commits[^1].Head.RecordedAt), (head.Partition, head.LastSequence, head.Seal, head.RecordedAt));
        string[] kinds = ["credit", "deduction", "draw", "flush", "settlement", "spend"];
        Assert.Equal(kinds, commits.SelectMany(commit => commit.Entries).Select(entry => entry.Kind).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_JSON_of_a_commit_and_an_entry_is_stable()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await server.ImportAsync(BulkServer.Item("alice", "DANNON", 300, "\"idempotencyKey\":\"k 1\",\"reference\":\"order 4711\",\"reason\":\"why\""));
        string[] lines = (await server.GetAsync(FeedClient.Path)).Body.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("", lines[2]);
        Assert.Equal(
            ["type", "partition", "firstSequence", "lastSequence", "commitId", "format", "decidedAt", "recordedAt", "previousSeal", "seal"],
            JsonNode.Parse(lines[0])!.AsObject().Select(member => member.Key));
        JsonObject entry = JsonNode.Parse(lines[1])!.AsObject();
        Assert.Matches("^[0-9a-f]{64}$", entry["keyHash"]!.GetValue<string>());
        entry["keyHash"] = "*";
        entry["recordedAt"] = "*";
        Assert.Equal(
            """{"type":"entry","partition":0,"sequence":1,"kind":"credit","account":"alice","payer":"DANNON","points":300,"lotPoints":300,"timestamp":"2020-10-31T10:00:00Z","lot":1,"operation":1,"recordedAt":"*","balanceBefore":0,"idempotencyKey":"k 1","keyHash":"*","reference":"order 4711","reason":"why"}""",
            entry.ToJsonString());
    }

    [Fact]
    public async Task A_commit_contains_its_body_and_texts_in_base64_on_request()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await server.ImportAsync(BulkServer.Item("alice", "DANNON", 300));
        await server.ImportAsync(BulkServer.Item("alice", "DANNON", 300));
        string[] lines = (await server.GetAsync(FeedClient.Path + "?include=body")).Body.Split('\n');
        const string Base64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?";
        // The first commit names the account: 16 bytes of salt and 5 characters. The second commit refers to that name.
        Assert.Matches($$"""^{"type":"commit",.*,"seal":"[0-9a-f]{64}","body":"{{Base64}}","indexLength":34,"texts":"[A-Za-z0-9+/]{28}"}$""", lines[0]);
        Assert.Matches($$"""^{"type":"commit",.*,"seal":"[0-9a-f]{64}","body":"{{Base64}}","indexLength":34,"texts":""}$""", lines[2]);
        Assert.All([lines[1], lines[3]], line => Assert.StartsWith("{\"type\":\"entry\"", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1_000)]
    public async Task All_pages_together_are_the_journal(int limit)
    {
        IReadOnlyList<FeedCommit> all = await _server.PageAsync("?limit=10000");
        List<FeedCommit> pieces = [];
        while (true)
        {
            IReadOnlyList<FeedCommit> page = await _server.PageAsync($"?limit={limit}&after={(pieces.Count == 0 ? 0 : pieces[^1].Head.LastSequence)}");
            if (page.Count == 0)
            {
                break;
            }

            // A page ends with the first commit that reaches the limit. A page below the limit ends with the journal.
            Assert.All(page.SkipLast(1).Select((_, index) => page.Take(index + 1).Sum(commit => commit.Entries.Count)), entries => Assert.True(entries < limit));
            Assert.True(page.Sum(commit => commit.Entries.Count) >= limit || page[^1].Head.Seal == all[^1].Head.Seal);
            pieces.AddRange(page);
        }

        Assert.Equal(all.Select(commit => commit.Head), pieces.Select(commit => commit.Head));
        Assert.Equal(all.SelectMany(commit => commit.Entries), pieces.SelectMany(commit => commit.Entries));
    }

    [Fact]
    public async Task Starting_inside_a_commit_announces_it_again_and_returns_only_the_later_entries()
    {
        IReadOnlyList<FeedCommit> all = await _server.PageAsync("?limit=10000");
        Assert.Contains(all, commit => commit.Entries.Count > 2);
        for (long after = 0; after <= all[^1].Head.LastSequence; after++)
        {
            IReadOnlyList<FeedCommit> page = await _server.PageAsync($"?limit=10000&after={after}");
            Assert.Equal(all.Where(commit => commit.Head.LastSequence > after).Select(commit => commit.Head), page.Select(commit => commit.Head));
            Assert.Equal(
                all.SelectMany(commit => commit.Entries).Where(entry => entry.Sequence > after), page.SelectMany(commit => commit.Entries));
        }
    }

    [Fact]
    public async Task Starting_inside_a_commit_still_returns_its_whole_body()
    {
        IReadOnlyList<FeedCommit> all = await _server.PageAsync("?limit=10000&include=body");
        foreach (FeedCommit commit in all.Where(commit => commit.Entries.Count > 2))
        {
            FeedCommit rest = (await _server.PageAsync($"?limit=1&after={commit.Head.FirstSequence}&include=body"))[0];
            Assert.Equal(commit.Head.Body!.Value.Span, rest.Head.Body!.Value.Span);
            Assert.Equal(commit.Head.Texts!.Value.Span, rest.Head.Texts!.Value.Span);
        }
    }

    [Theory]
    [InlineData("?after=-1", "invalid_parameter", "after")]
    [InlineData("?after=", "invalid_parameter", "after")]
    [InlineData("?after=x", "invalid_parameter", "after")]
    [InlineData("?after=1.0", "invalid_parameter", "after")]
    [InlineData("?after=%201", "invalid_parameter", "after")]
    [InlineData("?after=9223372036854775808", "invalid_parameter", "after")]
    [InlineData("?after=9223372036854775807", "invalid_parameter", "after")]
    [InlineData("?after=100000", "invalid_parameter", "after")]
    [InlineData("?after=1&after=2", "invalid_parameter", "after")]
    [InlineData("?limit=0", "invalid_parameter", "limit")]
    [InlineData("?limit=-1", "invalid_parameter", "limit")]
    [InlineData("?limit=10001", "invalid_parameter", "limit")]
    [InlineData("?limit=ten", "invalid_parameter", "limit")]
    [InlineData("?include=", "invalid_parameter", "include")]
    [InlineData("?include=Body", "invalid_parameter", "include")]
    [InlineData("?include=entries", "invalid_parameter", "include")]
    [InlineData("?include=body,texts", "invalid_parameter", "include")]
    [InlineData("?include=body&include=body", "invalid_parameter", "include")]
    [InlineData("?from=1", "unknown_parameter", "from")]
    [InlineData("?After=1", "unknown_parameter", "After")]
    public async Task An_invalid_query_is_refused_with_the_name_of_the_parameter(string query, string code, string member)
    {
        Assert.Equal(member, (await _server.GetAsync(FeedClient.Path + query)).AssertIs(400, code).Problem.Member);
        Assert.Equal(member, (await _server.GetAsync("/v1/journal?" + member)).AssertIs(400, "unknown_parameter").Problem.Member);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("00")]
    [InlineData("x")]
    [InlineData("4294967296")]
    [InlineData("9223372036854775808")]
    public async Task An_unknown_partition_is_not_found(string partition) =>
        Assert.Equal("partition", (await _server.GetAsync($"/v1/journal/{partition}")).AssertIs(404, "not_found").Problem.Member);

    [Fact]
    public async Task Nothing_can_be_posted_to_the_journal()
    {
        (await _server.PostAsync("/v1/journal", "{}")).AssertIs(405, "method_not_allowed");
        (await _server.PostAsync(FeedClient.Path, "{}")).AssertIs(405, "method_not_allowed");
    }
}
