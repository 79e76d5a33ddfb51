using System.Globalization;
using System.Text.RegularExpressions;
using Pointbook.Clusters;
using Pointbook.Storage.Postgres.Tests.Support;

namespace Pointbook.Storage.Postgres.Tests.Journals;

/// <summary>How many pages PostgreSQL reads for a few entries of the journal.</summary>
public sealed partial class PagesReadTests(SharedCluster shared) : IAsyncLifetime
{
    private const int PageLength = 8192;
    private const int LongBody = 10 * 1024 * 1024;

    private const string FindTypes = "integer, bigint[], bigint[]";

    private readonly PostgresHost _host = new(shared);

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Each_of_many_ranges_costs_a_few_pages()
    {
        const int Commits = 2_000;
        const int PagesOfRangeMax = 10;
        int[] ranges = [.. Enumerable.Range(1, Commits / 10).Select(number => number * 9)];
        // After a vacuum, PostgreSQL could count without reading the table.
        await _host.Sql.RunAsync("ALTER TABLE journal_commit SET (autovacuum_enabled = false)");
        await InsertAsync(Commits, bodyLength: 500, textsLength: 200);
        await _host.Sql.RunAsync("ANALYZE journal_commit");
        Assert.True(await CountAsync("SELECT sum(last_sequence) FROM journal_commit WHERE partition = $1", "integer", "0") > 10 * PagesOfRangeMax);

        string places = $"ARRAY[{string.Join(", ", ranges)}]";
        Assert.InRange(await CountAsync(StoredPart.FindSql, FindTypes, $"0, {places}, {places}"), ranges.Length, ranges.Length * PagesOfRangeMax);
    }

    [Fact]
    public async Task Only_the_needed_bytes_of_a_long_body_and_long_texts_are_read()
    {
        const int PagesOfPartMax = 30;
        await InsertAsync(commits: 1, LongBody, LongBody);
        Assert.True(await CountAsync("SELECT sha256(body) FROM journal_commit WHERE partition = $1", "integer", "0") > LongBody / PageLength);

        Assert.InRange(await CountAsync(StoredPart.FindSql, FindTypes, "0, ARRAY[1], ARRAY[1]"), 1, PagesOfPartMax);
        foreach (int place in new[] { 1, LongBody / 2, LongBody - PageLength })
        {
            string part = $"ARRAY[{place}], ARRAY[{PageLength}]";
            Assert.InRange(
                await CountAsync(BodyBytes.ReadSql, "integer, bigint[], integer[], integer[], integer[], integer[]", $"0, ARRAY[1], {part}, {part}"), 1, PagesOfPartMax);
        }

        Assert.InRange(await CountAsync(PostgresJournal.ReadCommitsSql, "integer, bigint, integer, integer", "0, 0, 64, 65536"), 1, PagesOfPartMax);
    }

    /// <summary>Runs a statement without fetching its rows, and counts the pages that it reads.</summary>
    private async Task<int> CountAsync(string sql, string types, string values)
    {
        await _host.Sql.RunAsync($"PREPARE statement ({types}) AS {sql}");
        List<string> plan = await _host.Sql.QueryAsync($"EXPLAIN (ANALYZE, BUFFERS) EXECUTE statement ({values})", row => row.GetString(0));
        await _host.Sql.RunAsync("DEALLOCATE statement");
        string buffers = plan.First(line => line.Contains("Buffers: shared", StringComparison.Ordinal));
        return PageCounts().Matches(buffers).Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    /// <summary>Writes commits of one entry each. Their bytes cannot be decoded.</summary>
    private Task InsertAsync(int commits, int bodyLength, int textsLength) => _host.Sql.RunAsync(
        $"""
        INSERT INTO journal_commit
        SELECT 0, number, number, gen_random_uuid(), 2, now(), now(), sha256(''), sha256(''), decode(repeat('00', {bodyLength}), 'hex'), decode(repeat('00', {textsLength}), 'hex')
        FROM generate_series(1, {commits}) AS number
        """);

    [GeneratedRegex("(?:hit|read)=([0-9]+)")]
    private static partial Regex PageCounts();
}
