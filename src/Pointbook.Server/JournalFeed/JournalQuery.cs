using System.Globalization;
using Microsoft.Extensions.Primitives;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.JournalFeed;

/// <summary>What part of the journal a request asks for. Immutable.</summary>
/// <param name="Partition">The partition, which there is.</param>
/// <param name="After">The entry before the first one wanted.</param>
/// <param name="Limit">After how many entries a page ends; null for a stream.</param>
internal sealed record JournalQuery(int Partition, Sequence After, int? Limit)
{
    /// <summary>What <c>include</c> may name.</summary>
    public const string BodyWord = "body";

    private const string AfterName = QueryNames.After;
    private const string IncludeName = QueryNames.Include;
    private const string LimitName = QueryNames.Limit;
    private const string LastEventIdName = "Last-Event-ID";

    /// <summary>Where the request said <see cref="After"/>.</summary>
    public string AfterSource { get; private init; } = AfterName;

    /// <summary>Whether each commit is told with its body and texts.</summary>
    public bool IncludesBody { get; private init; }

    /// <summary>Reads a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="partition">The partition in its path.</param>
    /// <param name="partitionCount">How many there are.</param>
    /// <param name="isStream">Whether it asks for a stream.</param>
    /// <param name="options">The bounds.</param>
    public static Parsed<JournalQuery> Parse(HttpRequest request, string partition, int partitionCount, bool isStream, FeedOptions options)
    {
        if (!TryParse(partition, partitionCount - 1, out long number) || number.ToString(CultureInfo.InvariantCulture) != partition)
        {
            return new ProblemReply(
                ProblemTable.NotFound, $"There is no such partition; partitions go from 0 to {partitionCount - 1}.", "partition");
        }

        if (isStream && request.Query.ContainsKey(LimitName))
        {
            return new ProblemReply(ProblemTable.UnknownParameter, $"{LimitName} is no parameter of a stream, which has no pages; remove it.", LimitName);
        }

        string after = request.Query.TryGetValue(AfterName, out StringValues values) ? values.ToString() : "0";
        if (!TryParse(after, long.MaxValue, out long sequence))
        {
            return Invalid(AfterName, "the last sequence that you have, or 0");
        }

        bool includesBody = request.Query.TryGetValue(IncludeName, out values);
        if (includesBody && values.ToString() != BodyWord)
        {
            return new ProblemReply(ProblemTable.InvalidParameter, $"{IncludeName} names nothing that a commit can have; send {BodyWord}, or leave it out.", IncludeName);
        }

        JournalQuery query = new((int)number, new Sequence(sequence), null) { IncludesBody = includesBody };
        return isStream ? ParseStream(request, query) : ParsePage(request, query, options);
    }

    /// <summary>The refusal to go on behind the end of the journal.</summary>
    /// <param name="last">The last entry there is.</param>
    public ProblemReply BehindTheEnd(Sequence last) => new(
        ProblemTable.InvalidParameter,
        $"{AfterSource} is {After} and the journal of partition {Partition} ends at {last}; check that it is the journal that you have read before.",
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
            : Invalid(LastEventIdName, "the id of the last event that you have, or leave the header out");
    }

    private static bool TryParse(string text, long max, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= max;

    private static ProblemReply Invalid(string name, string fix) =>
        new(ProblemTable.InvalidParameter, $"{name} is not a number that can be used here; send {fix}.", name);
}
