using Microsoft.OpenApi;
using Pointbook.Contracts;
using Pointbook.Ledger.Values;
using Pointbook.Server.Idempotency;
using Pointbook.Server.JournalFeed;
using Pointbook.Server.Queries;

namespace Pointbook.Server.OpenApi;

/// <summary>The parameters of the operations.</summary>
internal static class ApiParameters
{
    private const string DateTime = "date-time";

    // The defaults of the configuration.
    private static readonly FeedOptions Feed = new();

    /// <summary>The account in the path.</summary>
    public static ApiParameter Account { get; } = new(
        "account", ParameterLocation.Path, "The account key. `.` and `..` are invalid. The first write to an account creates it.")
    {
        Min = 1,
        Max = AccountId.LengthMax,
        Pattern = "^[A-Za-z0-9._:@-]+$",
        Example = "alice",
    };

    /// <summary>The header with which a client can safely repeat a write.</summary>
    public static ApiParameter Key { get; } = new(
        IdempotencyHeader.Name,
        ParameterLocation.Header,
        "A unique text chosen by the client, plain or as a quoted string. The server carries out the same request with the same key on the same account once, and "
        + "repeats the first reply. It refuses a different request with the same key. A refused request does not use up its key. The server keeps keys for `Idempotency:KeepFor`, "
        + "by default 7 days.")
    {
        Min = 1,
        Max = IdempotencyKey.LengthMax,
        Example = "order-1001",
    };

    /// <summary>The maximum number of items per page.</summary>
    public static ApiParameter Limit { get; } = new(QueryNames.Limit, ParameterLocation.Query, "The maximum number of items per page.")
    {
        Type = JsonSchemaType.Integer,
        Min = 1,
        Max = QueryReader.LimitMax,
        Default = QueryReader.LimitDefault,
        Example = "50",
    };

    /// <summary>The beginning of a page.</summary>
    public static ApiParameter Cursor { get; } = new(
        QueryNames.Cursor, ParameterLocation.Query, "The `nextCursor` of the previous page. Send all other parameters unchanged. Omit it for the first page.")
    {
        Example = "AdBzW4EwH2nxMTQ",
    };

    /// <summary>The prefix of account keys.</summary>
    public static ApiParameter Prefix { get; } = new(QueryNames.Prefix, ParameterLocation.Query, "Returns only accounts whose keys begin with this prefix.")
    {
        Min = 1,
        Max = AccountId.LengthMax,
        Pattern = "^[A-Za-z0-9._:@-]+$",
        Example = "al",
    };

    /// <summary>The payer that filters a list.</summary>
    public static ApiParameter Payer { get; } = new(QueryNames.Payer, ParameterLocation.Query, "Returns only items that involve this payer. The name is case-sensitive.")
    {
        Min = 1,
        Max = PayerName.LengthMax,
        Example = "DANNON",
    };

    /// <summary>The payer of a statement.</summary>
    public static ApiParameter StatementPayer { get; } = Payer with { Description = "The payer. The name is case-sensitive.", IsRequired = true };

    /// <summary>The kind that filters a history.</summary>
    public static ApiParameter Kind { get; } = new(QueryNames.Kind, ParameterLocation.Query, "Returns only items of this kind.")
    {
        Words =
        [
            TransactionKind.Credit, TransactionKind.Deduction, TransactionKind.Spend, TransactionKind.Capture, TransactionKind.Reversal,
            TransactionKind.Expiry, TransactionKind.Flush, TransactionKind.Restore,
        ],
        Example = TransactionKind.Spend,
    };

    /// <summary>The beginning of a history, inclusive.</summary>
    public static ApiParameter From { get; } = Time(QueryNames.From, "Returns only items recorded at or after this time.", "2026-11-01T00:00:00Z");

    /// <summary>The end of a history, exclusive.</summary>
    public static ApiParameter To { get; } = Time(QueryNames.To, "Returns only items recorded before this time.", "2026-12-01T00:00:00Z");

    /// <summary>The first day of a statement.</summary>
    public static ApiParameter FromDay { get; } = Day(QueryNames.From, "The first day of the period, in UTC.", "2026-11-01");

    /// <summary>The day after the last day of a statement.</summary>
    public static ApiParameter ToDay { get; } = Day(QueryNames.To, "The first day after the period, in UTC. It must not be later than today.", "2026-12-01");

    /// <summary>The time up to which recorded entries count.</summary>
    public static ApiParameter KnownAt { get; } = Time(
        QueryNames.KnownAt,
        "Returns the account as recorded by this time, which must not be in the future. If the time is less than `Clock:SkewMax` ago, another "
        + "process may still add entries before it. Otherwise the reply never changes.",
        "2026-11-01T12:00:00Z");

    /// <summary>The time up to which events count.</summary>
    public static ApiParameter EffectiveAt { get; } = Time(
        QueryNames.EffectiveAt,
        "Returns what had happened by this time: credits and deductions by timestamp, expiries by `expiresAt`, everything else by `recordedAt`. The "
        + "reply is then an `EffectiveBalance` with sums per payer, which may be negative.",
        "2020-11-01T00:00:00Z");

    /// <summary>The partition in the path.</summary>
    public static ApiParameter Partition { get; } = new("partition", ParameterLocation.Path, "The number of the partition, from 0.")
    {
        Type = JsonSchemaType.Integer,
        Min = 0,
        Example = "0",
    };

    /// <summary>The sequence after which a part of the journal begins.</summary>
    public static ApiParameter After { get; } = new(
        QueryNames.After, ParameterLocation.Query, "The last sequence that the client has received. The server returns the entries after it.")
    {
        Type = JsonSchemaType.Integer,
        Format = "int64",
        Min = 0,
        Default = 0,
        Example = "0",
    };

    /// <summary>The number of entries after which a page of the journal ends.</summary>
    public static ApiParameter FeedLimit { get; } = new(
        QueryNames.Limit, ParameterLocation.Query, "The number of entries after which the page ends, always at the end of a commit. Not valid for a stream.")
    {
        Type = JsonSchemaType.Integer,
        Min = 1,
        Max = Feed.PageEntriesMax,
        Default = Feed.PageEntries,
        Example = "1000",
    };

    /// <summary>What each commit of the journal also includes.</summary>
    public static ApiParameter Include { get; } = new(
        QueryNames.Include,
        ParameterLocation.Query,
        "With `body`, each commit has the members `body`, `indexLength` and `texts`: the stored entries, the number of leading bytes from which the seal is computed, and the texts whose digests are in the body.")
    {
        Words = [JournalQuery.BodyWord],
        Example = JournalQuery.BodyWord,
    };

    /// <summary>The id after which a stream resumes.</summary>
    public static ApiParameter LastEventId { get; } = new(
        "Last-Event-ID", ParameterLocation.Header, "The id of the last event that the client has received. For a stream, it takes the place of `after`.")
    {
        Type = JsonSchemaType.Integer,
        Format = "int64",
        Min = 0,
        Example = "14",
    };

    /// <summary>The id of an API key in the path.</summary>
    public static ApiParameter KeyId { get; } = new("id", ParameterLocation.Path, "The id of the API key: the 16 digits after `pb_`.") { Example = "5f0c1d2e3b4a5968" };

    /// <summary>The parameters of a history.</summary>
    public static ApiParameter[] History { get; } = [Payer, Kind, From, To, Limit, Cursor];

    /// <summary>An id in the path.</summary>
    public static ApiParameter Id(string description) => new("id", ParameterLocation.Path, description) { Example = "000000000000000f" };

    private static ApiParameter Time(string name, string description, string example) =>
        new(name, ParameterLocation.Query, description + " RFC 3339 with an offset.") { Format = DateTime, Example = example };

    private static ApiParameter Day(string name, string description, string example) =>
        new(name, ParameterLocation.Query, description) { Format = "date", IsRequired = true, Example = example };
}
