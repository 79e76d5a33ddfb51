using System.Globalization;
using Microsoft.Extensions.Primitives;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.JournalFeed;

/// <summary>The part of the journal that a request asks for. Immutable.</summary>
/// <param name="Partition">The partition, which exists.</param>
/// <param name="After">The entry before the first requested one.</param>
/// <param name="Limit">The number of entries after which a page ends; null for a stream.</param>
internal sealed record JournalQuery(int Partition, Sequence After, int? Limit)
{
    /// <summary>The valid value of <c>include</c>.</summary>
    public const string BodyWord = "body";

    private const string AfterName = QueryNames.After;
    private const string IncludeName = QueryNames.Include;
    private const string LimitName = QueryNames.Limit;
    private const string LastEventIdName = "Last-Event-ID";

    /// <summary>The parameter or header that contained <see cref="After"/>.</summary>
    public string AfterSource { get; private init; } = AfterName;

    /// <summary>Whether each commit includes its body and texts.</summary>
    public bool IncludesBody { get; private init; }

    /// <summary>Parses a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partition">The partition in its path.</param>
    /// <param name="partitionCount">The number of partitions.</param>
    /// <param name="isStream">Whether the client requests a stream.</param>
    /// <param name="options">The limits.</param>
    public static Parsed<JournalQuery> Parse(HttpRequest request, string partition, int partitionCount, bool isStream, FeedOptions options)
    {
        if (!TryParse(partition, partitionCount - 1, out long number) || number.ToString(CultureInfo.InvariantCulture) != partition)
        {
            return new ProblemReply(
                ProblemTable.NotFound, $"The partition does not exist. Valid partitions: 0 to {partitionCount - 1}.", "partition");
        }

        if (isStream && request.Query.ContainsKey(LimitName))
        {
            return new ProblemReply(ProblemTable.UnknownParameter, $"`{LimitName}` is not valid for a stream, because a stream has no pages. Remove it.", LimitName);
        }

        string after = request.Query.TryGetValue(AfterName, out StringValues values) ? values.ToString() : "0";
        if (!TryParse(after, long.MaxValue, out long sequence))
        {
            return Invalid(AfterName, "the last sequence that you have received, or 0");
        }

        bool includesBody = request.Query.TryGetValue(IncludeName, out values);
        if (includesBody && values.ToString() != BodyWord)
        {
            return new ProblemReply(ProblemTable.InvalidParameter, $"The value of `{IncludeName}` is unknown. Send `{BodyWord}`, or omit the parameter.", IncludeName);
        }

        JournalQuery query = new((int)number, new Sequence(sequence), null) { IncludesBody = includesBody };
        return isStream ? ParseStream(request, query) : ParsePage(request, query, options);
    }

    /// <summary>The refusal of a sequence after the end of the journal.</summary>
    /// <param name="last">The last entry of the journal.</param>
    public ProblemReply BehindTheEnd(Sequence last) => new(
        ProblemTable.InvalidParameter,
        $"`{AfterSource}` is {After}, but the journal of partition {Partition} ends at {last}. Check that it is the journal that you have read before.",
        AfterSource);

    private static Parsed<JournalQuery> ParsePage(HttpRequest request, JournalQuery query, FeedOptions options)
    {
        string limit = request.Query.TryGetValue(LimitName, out StringValues values)
            ? values.ToString()
            : options.PageEntries.ToString(CultureInfo.InvariantCulture);
        return TryParse(limit, options.PageEntriesMax, out long entries) && entries > 0
            ? query with { Limit = (int)entries }
            : Invalid(LimitName, $"a number from 1 to {options.PageEntriesMax}");
    }

    private static Parsed<JournalQuery> ParseStream(HttpRequest request, JournalQuery query)
    {
        if (!request.Headers.TryGetValue(LastEventIdName, out StringValues id))
        {
            return query;
        }

        return TryParse(id.ToString(), long.MaxValue, out long sequence)
            ? query with { After = new Sequence(sequence), AfterSource = LastEventIdName }
            : Invalid(LastEventIdName, "the id of the last event that you have received, or omit the header");
    }

    private static bool TryParse(string text, long max, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= max;

    private static ProblemReply Invalid(string name, string fix) =>
        new(ProblemTable.InvalidParameter, $"`{name}` is not a valid number. Send {fix}.", name);
}
