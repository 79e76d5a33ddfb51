using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.JournalFeed;

/// <summary><c>GET /v1/journal</c>: the end of each partition's journal.</summary>
internal static class ListPartitionsEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder journal) => journal.MapGet("", HandleAsync)
        .Describes("List partitions", "Returns the last entry of each partition's journal and the seal of its last commit.")
        .Gives(StatusCodes.Status200OK, "One line per partition.", ReplyJson.Default.JournalHeads, Examples.Heads)
        .Refuses(ProblemTable.StorageUnavailable, ProblemTable.JournalDamaged);

    private static async Task<Results<JsonReply<JournalHeads>, ProblemReply>> HandleAsync(HttpContext context, [FromServices] IJournalFeed feed)
    {
        try
        {
            List<JournalPartition> partitions = new(feed.PartitionCount);
            for (int partition = 0; partition < feed.PartitionCount; partition++)
            {
                partitions.Add(ToContract(partition, await feed.ReadHeadAsync(partition, context.RequestAborted)));
            }

            return new JsonReply<JournalHeads>(StatusCodes.Status200OK, new JournalHeads(partitions), ReplyJson.Default.JournalHeads);
        }
        catch (JournalException failure)
        {
            return JournalLines.Unreadable(failure);
        }
    }

    private static JournalPartition ToContract(int partition, JournalHead head) => new(
        partition, head.Last.Value, head.Seal.ToString(), head.Last == Sequence.Zero ? null : head.RecordedAt.ToDateTimeOffset());
}
