using Microsoft.OpenApi;
using Pointbook.Contracts;
using Pointbook.Ledger.Values;
using Pointbook.Server.Idempotency;
using Pointbook.Server.JournalFeed;
using Pointbook.Server.Queries;

namespace Pointbook.Server.OpenApi;

/// <summary>The parameters that operations take.</summary>
internal static class ApiParameters
{
    private const string DateTime = "date-time";

    // What holds unless it is configured otherwise.
    private static readonly FeedOptions Feed = new();

    /// <summary>The account in the path.</summary>
    public static ApiParameter Account { get; } = new(
        "account", ParameterLocation.Path, "The key of the account, other than `.` and `..`. An account is there as soon as it is used.")
    {
        Min = 1,
        Max = AccountId.LengthMax,
        Pattern = "^[A-Za-z0-9._:@-]+$",
        Example = "alice",
    };

    /// <summary>The header that makes a write safe to send again.</summary>
    public static ApiParameter Key { get; } = new(
        IdempotencyHeader.Name,
        ParameterLocation.Header,
        "A text of the client's choice, plain or as a quoted string. The same request with the same key on the same account is carried out once and "
        + "answered the same way again; another request with the key is refused. A refused request claims no key. Keys are kept for `Idempotency:KeepFor`, "
        + "7 days if nothing else is configured.")
    {
        Min = 1,
        Max = IdempotencyKey.LengthMax,
        Example = "order-1001",
    };

    /// <summary>How many items a page has.</summary>
    public static ApiParameter Limit { get; } = new(QueryNames.Limit, ParameterLocation.Query, "How many items a page has at most.")
    {
        Type = JsonSchemaType.Integer,
        Min = 1,
        Max = QueryReader.LimitMax,
        Default = QueryReader.LimitDefault,
        Example = "50",
    };

    /// <summary>Where a page begins.</summary>
    public static ApiParameter Cursor { get; } = new(
        QueryNames.Cursor, ParameterLocation.Query, "What `nextCursor` of the page before said, with all other parameters as they were; left out for the first page.")
    {
        Example = "AdBzW4EwH2nxMTQ",
    };

    /// <summary>The beginning of accounts.</summary>
    public static ApiParameter Prefix { get; } = new(QueryNames.Prefix, ParameterLocation.Query, "What the accounts begin with.")
    {
        Min = 1,
        Max = AccountId.LengthMax,
        Pattern = "^[A-Za-z0-9._:@-]+$",
        Example = "al",
    };

    /// <summary>A payer that a list is narrowed down to.</summary>
    public static ApiParameter Payer { get; } = new(QueryNames.Payer, ParameterLocation.Query, "Only what this payer has to do with. The name is case-sensitive.")
    {
        Min = 1,
        Max = PayerName.LengthMax,
        Example = "DANNON",
    };

    /// <summary>The payer of a statement.</summary>
    public static ApiParameter StatementPayer { get; } = Payer with { Description = "The payer. The name is case-sensitive.", IsRequired = true };

    /// <summary>The kind that a history is narrowed down to.</summary>
    public static ApiParameter Kind { get; } = new(QueryNames.Kind, ParameterLocation.Query, "Only what is of this kind.")
    {
        Words =
        [
            TransactionKind.Credit, TransactionKind.Deduction, TransactionKind.Spend, TransactionKind.Capture, TransactionKind.Reversal,
            TransactionKind.Expiry, TransactionKind.Flush, TransactionKind.Restore,
        ],
        Example = TransactionKind.Spend,
    };

    /// <summary>Since when a history is wanted.</summary>
    public static ApiParameter From { get; } = Time(QueryNames.From, "Only what was recorded then or later.", "2026-11-01T00:00:00Z");

    /// <summary>Up to when a history is wanted.</summary>
    public static ApiParameter To { get; } = Time(QueryNames.To, "Only what was recorded earlier.", "2026-12-01T00:00:00Z");

    /// <summary>The first day of a statement.</summary>
    public static ApiParameter FromDay { get; } = Day(QueryNames.From, "The first day, in UTC.", "2026-11-01");

    /// <summary>The day behind the last one of a statement.</summary>
    public static ApiParameter ToDay { get; } = Day(QueryNames.To, "The first day that does not count any longer, in UTC; not after today.", "2026-12-01");

    /// <summary>Up to when what was recorded counts.</summary>
    public static ApiParameter KnownAt { get; } = Time(
        QueryNames.KnownAt,
        "What the account looked like as far as was recorded by then. It must not be in the future. If it is younger than `Clock:SkewMax`, another "
        + "process may still add to it; if it is older, the answer never changes.",
        "2026-11-01T12:00:00Z");

    /// <summary>Up to when what happened counts.</summary>
    public static ApiParameter EffectiveAt { get; } = Time(
        QueryNames.EffectiveAt,
        "What had happened by then: credits and deductions by their timestamp, expiries by their `expiresAt`, all else by its time of record. The "
        + "reply is then an `EffectiveBalance`: sums per payer, which may be negative.",
        "2020-11-01T00:00:00Z");

    /// <summary>The partition in the path.</summary>
    public static ApiParameter Partition { get; } = new("partition", ParameterLocation.Path, "The number of the partition, from 0.")
    {
        Type = JsonSchemaType.Integer,
        Min = 0,
        Example = "0",
    };

    /// <summary>Where a part of the journal begins.</summary>
    public static ApiParameter After { get; } = new(
        QueryNames.After, ParameterLocation.Query, "The last sequence that is known already; the entries behind it are given.")
    {
        Type = JsonSchemaType.Integer,
        Format = "int64",
        Min = 0,
        Default = 0,
        Example = "0",
    };

    /// <summary>How many entries a page of the journal has.</summary>
    public static ApiParameter FeedLimit { get; } = new(
        QueryNames.Limit, ParameterLocation.Query, "After how many entries a page ends, at the end of a commit. Not for a stream.")
    {
        Type = JsonSchemaType.Integer,
        Min = 1,
        Max = Feed.PageEntriesMax,
        Default = Feed.PageEntries,
        Example = "1000",
    };

    /// <summary>What commits of the journal are told with.</summary>
    public static ApiParameter Include { get; } = new(
        QueryNames.Include,
        ParameterLocation.Query,
        "With `body`, each commit has the members `body` and `texts`: the bytes that its seal is computed of, and the texts that they have digests of.")
    {
        Words = [JournalQuery.BodyWord],
        Example = JournalQuery.BodyWord,
    };

    /// <summary>Where a stream goes on.</summary>
    public static ApiParameter LastEventId { get; } = new(
        "Last-Event-ID", ParameterLocation.Header, "The id of the last event that is known already; for a stream, in place of `after`.")
    {
        Type = JsonSchemaType.Integer,
        Format = "int64",
        Min = 0,
        Example = "14",
    };

    /// <summary>A key in the path.</summary>
    public static ApiParameter KeyId { get; } = new("id", ParameterLocation.Path, "The id of the key: the 16 digits behind `pb_`.") { Example = "5f0c1d2e3b4a5968" };

    /// <summary>The history's parameters.</summary>
    public static ApiParameter[] History { get; } = [Payer, Kind, From, To, Limit, Cursor];

    /// <summary>An id in the path.</summary>
    public static ApiParameter Id(string description) => new("id", ParameterLocation.Path, description) { Example = "000000000000000f" };

    private static ApiParameter Time(string name, string description, string example) =>
        new(name, ParameterLocation.Query, description + " RFC 3339 with an offset.") { Format = DateTime, Example = example };

    private static ApiParameter Day(string name, string description, string example) =>
        new(name, ParameterLocation.Query, description) { Format = "date", IsRequired = true, Example = example };
}
