using System.Globalization;
using System.Text;
using Pointbook.Engine.Partition;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>Invalid bodies of transactions, on both the classic and the ledger route.</summary>
public sealed class BadTransactionTests(SeededServer seeded) : IClassFixture<SeededServer>
{
    private const string Time = "2020-10-31T10:00:00Z";

    /// <summary>Body, status, code, member, and a part of the detail.</summary>
    public static TheoryData<string, int, string, string?, string> Bodies { get; } = new()
    {
        // Not JSON, or not a single object.
        { "", 400, "empty_body", null, "-d" },
        { "   ", 400, "malformed_json", null, "too early" },
        { "hello", 400, "malformed_json", null, "line 1, byte 1." },
        { "payer=DANNON&points=300", 400, "malformed_json", null, "`payer`, `points`, `timestamp`" },
        { "{", 400, "malformed_json", null, "too early" },
        { """{"payer":"A","points":1""", 400, "malformed_json", null, "too early" },
        { "{\"payer\":\"A\",\n \"points\":1x}", 400, "malformed_json", null, "line 2, byte 12" },
        { """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"} x""", 400, "malformed_json", null, "nothing after it" },
        { """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}{}""", 400, "malformed_json", null, "nothing after it" },
        { """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z",}""", 400, "malformed_json", null, "line 1" },
        { """{"payer":"A",/*c*/"points":1,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "malformed_json", null, "line 1" },
        { """{'payer':'A','points':1,'timestamp':'2020-10-31T10:00:00Z'}""", 400, "malformed_json", null, "byte 2" },
        { """{"payer":"A","points":01,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "malformed_json", null, "line 1" },
        { """{"payer":"A","points":+1,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "malformed_json", null, "line 1" },
        { """{"payer":"A","points":NaN,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "malformed_json", null, "line 1" },
        { """{"payer":"A\q","points":1,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "malformed_json", null, "line 1" },
        { "{\"payer\":\"A\tB\",\"points\":1,\"timestamp\":\"2020-10-31T10:00:00Z\"}", 400, "malformed_json", null, "line 1" },
        { """{"payer":"\ud800","points":1,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "malformed_json", "payer", "an unpaired surrogate" },
        { """{"payer":"A","points":1,"timestamp":"\udc00"}""", 400, "malformed_json", "timestamp", "an unpaired surrogate" },
        { """{"\ud800":1}""", 400, "malformed_json", null, "an unpaired surrogate" },
        { "[]", 400, "wrong_type", null, "an array" },
        { "null", 400, "wrong_type", null, "null" },
        { "\"x\"", 400, "wrong_type", null, "a string" },
        { "5", 400, "wrong_type", null, "a number" },
        { "true", 400, "wrong_type", null, "a boolean" },
        { """[{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}]""", 400, "wrong_type", null, "an array" },
        // Members.
        { "{}", 400, "missing_member", "payer", "`payer` is missing" },
        { """{"points":1,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "missing_member", "payer", "`payer` is missing" },
        { """{"payer":"A","timestamp":"2020-10-31T10:00:00Z"}""", 400, "missing_member", "points", "`points` is missing" },
        { """{"payer":"A","points":1}""", 400, "missing_member", "timestamp", "`timestamp` is missing" },
        { """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z","note":1}""", 400, "unknown_member", "note", "Remove it" },
        { """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z","":1}""", 400, "unknown_member", "", "Remove it" },
        { """{"Payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "unknown_member", "Payer", "Send `payer`" },
        { """{"payer":"A","payer":"B","points":1,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "duplicate_member", "payer", "more than once" },
        { """{"payer":"A","points":1,"points":1,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "duplicate_member", "points", "more than once" },
        { """{"payer":"A","p\u0061yer":"B","points":1,"timestamp":"2020-10-31T10:00:00Z"}""", 400, "duplicate_member", "payer", "more than once" },
        // The server reports the first problem.
        { """{"payer":5,"points":"x" garbage""", 400, "wrong_type", "payer", "a number" },
        { """{"timestamp":"x","points":"300"}""", 400, "invalid_timestamp", "timestamp", "not an RFC 3339 timestamp" },
        // Points.
        { Points("\"300\""), 400, "wrong_type", "points", "a string. Send a whole number such as 300 without quotes" },
        { Points("1.5"), 400, "wrong_type", "points", "fraction" },
        { Points("1.0"), 400, "wrong_type", "points", "fraction" },
        { Points("1e3"), 400, "wrong_type", "points", "exponent" },
        { Points("1E3"), 400, "wrong_type", "points", "exponent" },
        { Points("null"), 400, "wrong_type", "points", "null" },
        { Points("true"), 400, "wrong_type", "points", "boolean" },
        { Points("[1]"), 400, "wrong_type", "points", "array" },
        { Points("{}"), 400, "wrong_type", "points", "object" },
        { Points("9223372036854775808"), 400, "points_out_of_range", "points", "9223372036854775807" },
        { Points("-9223372036854775809"), 400, "points_out_of_range", "points", "-9223372036854775808" },
        { Points("1" + new string('0', 400)), 400, "points_out_of_range", "points", "64-bit" },
        { Points("0"), 400, "zero_points", "points", "must not be 0" },
        { Points("-0"), 400, "zero_points", "points", "must not be 0" },
        { Points("9223372036854775807"), 422, "points_overflow", "points", "beyond 9223372036854775807" },
        { Points("-301"), 422, "insufficient_payer_points", "points", "send the deduction again, with the same `Idempotency-Key`" },
        { Points("-9223372036854775808"), 422, "insufficient_payer_points", "points", "9223372036854775808" },
        // Payers.
        { Payer("5"), 400, "wrong_type", "payer", "a number. Send a string" },
        { Payer("null"), 400, "wrong_type", "payer", "null. Send a string" },
        { Payer("[\"A\"]"), 400, "wrong_type", "payer", "an array" },
        { Payer("\"\""), 400, "invalid_payer", "payer", "empty" },
        { Payer("\"   \""), 400, "invalid_payer", "payer", "blank" },
        { Payer("\" A\""), 400, "invalid_payer", "payer", "Trim it" },
        { Payer("\"A\\u00a0\""), 400, "invalid_payer", "payer", "Trim it" },
        { Payer("\"A\\u0000B\""), 400, "invalid_payer", "payer", "U+0000" },
        { Payer("\"A\\nB\""), 400, "invalid_payer", "payer", "U+000A" },
        { Payer("\"A\\u0085B\""), 400, "invalid_payer", "payer", "U+0085" },
        { Payer($"\"{new string('a', 201)}\""), 400, "invalid_payer", "payer", "201 characters" },
        // Timestamps.
        { Timestamp("1604138400"), 400, "wrong_type", "timestamp", "a number. Send a string" },
        { Timestamp("null"), 400, "wrong_type", "timestamp", "null" },
        { Timestamp("\"\""), 400, "invalid_timestamp", "timestamp", "empty" },
        { Timestamp("\"soon\""), 400, "invalid_timestamp", "timestamp", "not an RFC 3339 timestamp" },
        { Timestamp("\"2020-10-31\""), 400, "invalid_timestamp", "timestamp", "is a date without a time" },
        { Timestamp("\"2020-10-31T10:00:00\""), 400, "invalid_timestamp", "timestamp", "has no offset. End it with Z or an offset such as +01:00" },
        { Timestamp("\"2020-10-31 10:00:00Z\""), 400, "invalid_timestamp", "timestamp", "Use T instead" },
        { Timestamp("\"2020-10-31T10:00:60Z\""), 400, "invalid_timestamp", "timestamp", "has second 60," },
        { Timestamp("\"2020-10-31T24:00:00Z\""), 400, "invalid_timestamp", "timestamp", "has hour 24." },
        { Timestamp("\"2020-02-30T10:00:00Z\""), 400, "invalid_timestamp", "timestamp", "has day 30." },
        { Timestamp("\"0000-10-31T10:00:00Z\""), 400, "invalid_timestamp", "timestamp", "has year 0000." },
        { Timestamp("\"10000-10-31T10:00:00Z\""), 400, "invalid_timestamp", "timestamp", "more than four digits" },
        { Timestamp("\"0001-01-01T00:00:00+01:00\""), 400, "invalid_timestamp", "timestamp", "outside the years" },
        { Timestamp("\"9999-12-31T23:59:59-01:00\""), 400, "invalid_timestamp", "timestamp", "outside the years" },
        { Timestamp("\"9999-12-31T23:59:59Z\""), 422, "timestamp_in_future", "timestamp", "The latest accepted timestamp is 20" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task An_invalid_transaction_is_refused_and_changes_nothing(string body, int status, string code, string? member, string detail)
    {
        foreach (string path in (string[])["/addTransaction", "/v1/accounts/alice/transactions"])
        {
            Reply reply = (await seeded.Server.PostAsync(path, body)).AssertIs(status, code);
            Assert.Equal(member, reply.Problem.Member);
            Assert.Contains(detail, reply.Problem.Detail, StringComparison.Ordinal);
            Assert.Equal("nosniff", reply.Header("X-Content-Type-Options"));
        }

        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task A_timestamp_just_past_the_allowed_future_is_refused()
    {
        DateTimeOffset late = TimeProvider.System.GetUtcNow() + new PartitionOptions().FutureMax + TimeSpan.FromMinutes(5);
        string body = Timestamp($"\"{late.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}\"");
        (await seeded.Server.PostAsync("/addTransaction", body)).AssertIs(422, "timestamp_in_future");
        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("{\"payer\":\"\xC3\x28\",\"points\":1,\"timestamp\":\"2020-10-31T10:00:00Z\"}", "not valid UTF-8 at line 1, byte 11")]
    [InlineData("{\"\xFF\":1}", "not valid UTF-8 at line 1, byte 3")]
    [InlineData("{\"payer\":\"\xED\xA0\x80\"}", "not valid UTF-8")]
    [InlineData("\xEF\xBB\xBF{\"payer\":\"A\",\"points\":1,\"timestamp\":\"2020-10-31T10:00:00Z\"}", "byte order mark")]
    [InlineData("\xFE\xFF\0{\0}", "not valid UTF-8 at line 1, byte 1")]
    public async Task Bytes_that_are_not_plain_UTF8_are_refused(string latin1, string detail)
    {
        Reply reply = (await seeded.Server.PostAsync("/addTransaction", Encoding.Latin1.GetBytes(latin1))).AssertIs(400, "malformed_json");
        Assert.Contains(detail, reply.Problem.Detail, StringComparison.Ordinal);
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task Deep_nesting_is_refused()
    {
        (await seeded.Server.PostAsync("/addTransaction", new string('[', 60_000))).AssertIs(400, "wrong_type");
        (await seeded.Server.PostAsync("/addTransaction", $"{{\"payer\":{new string('[', 60_000)}")).AssertIs(400, "wrong_type");
        (await seeded.Server.PostAsync("/addTransaction", $"{{\"x\":{new string('[', 60_000)}")).AssertIs(400, "unknown_member");
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task A_long_unknown_name_is_shortened_in_the_problem()
    {
        Reply reply = (await seeded.Server.PostAsync("/addTransaction", $"{{\"{new string('n', 5_000)}\":1}}")).AssertIs(400, "unknown_member");
        Assert.Equal(new string('n', 60) + "…", reply.Problem.Member);
    }

    private static string Points(string points) => Body("\"DANNON\"", points, $"\"{Time}\"");

    private static string Payer(string payer) => Body(payer, "1", $"\"{Time}\"");

    private static string Timestamp(string timestamp) => Body("\"DANNON\"", "1", timestamp);

    private static string Body(string payer, string points, string timestamp) =>
        $$"""{"payer":{{payer}},"points":{{points}},"timestamp":{{timestamp}}}""";
}
