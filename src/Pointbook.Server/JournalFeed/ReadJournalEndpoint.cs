using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Pointbook.Contracts;
using Pointbook.Engine.Journal;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.JournalFeed;

/// <summary><c>GET /v1/journal/{partition}</c>: every entry once and in order, as a page of lines or as a stream of events.</summary>
internal static class ReadJournalEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder journal) => journal.MapGet("/{partition}", HandleAsync)
        .WithMetadata(new QueryNames(QueryNames.After, QueryNames.Limit, QueryNames.Include))
        .Describes(
            "Follow the journal",
            "Returns every entry of a partition once and in order. Each commit, with its seal, precedes its entries. A page has one line per commit and entry, and ends "
            + "at the end of a commit. With `Accept: text/event-stream` the reply is an endless stream of existing and new entries. Each entry has its "
            + "sequence as the event id, so that a client can resume with `Last-Event-ID`. With `include=body`, each commit contains the bytes from which "
            + "its seal is computed.")
        .Takes(ApiParameters.Partition, ApiParameters.After, ApiParameters.FeedLimit, ApiParameters.Include, ApiParameters.LastEventId)
        .GivesLines(
            StatusCodes.Status200OK, "A page, or the stream.", Examples.JournalLines, JsonLines.MediaType, typeof(JournalCommit), typeof(JournalEntry))
        .GivesLines(
            StatusCodes.Status200OK, "A page, or the stream.", Examples.JournalEvents, JournalStream.MediaType, typeof(JournalCommit), typeof(JournalEntry))
        .Refuses(ProblemTable.NotFound, ProblemTable.StorageUnavailable, ProblemTable.JournalDamaged, ProblemTable.Overloaded);

    private static async Task<IResult> HandleAsync(
        HttpContext context,
        [FromRoute] string partition,
        [FromServices] IJournalFeed feed,
        [FromServices] IOptions<FeedOptions> options,
        [FromServices] JournalStreams streams)
    {
        bool isStream = WantsStream(context.Request);
        Parsed<JournalQuery> query = JournalQuery.Parse(context.Request, partition, feed.PartitionCount, isStream, options.Value);
        if (query.IsRefused)
        {
            return query.Problem;
        }

        try
        {
            JournalHead head = await feed.ReadHeadAsync(query.Value.Partition, context.RequestAborted);
            return query.Value.After > head.Last ? query.Value.BehindTheEnd(head.Last)
                : isStream ? streams.Begin(feed, query.Value)
                : new JournalPage(feed, query.Value);
        }
        catch (JournalException failure)
        {
            return JournalLines.Unreadable(failure);
        }
    }

    private static bool WantsStream(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out IList<MediaTypeHeaderValue>? accepted)
        && accepted.Any(type => type.MediaType.Equals(JournalStream.MediaType, StringComparison.OrdinalIgnoreCase));
}
