using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine.Journal;
using Pointbook.Server.Hosting;
using Pointbook.Server.JournalFeed;
using Pointbook.Server.Json;
using Pointbook.Server.Keys;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;

namespace Pointbook.Server.Clocks;

/// <summary><c>POST /v1/test/clock</c>: sets the time of the whole server. It exists only with <see cref="TestingOptions.Clock"/>.</summary>
internal static class SetTestClockEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder routes) => routes.MapPost(ClockRoutes.Test, HandleAsync)
        .Describes(
            "Set the test clock",
            "Sets the clock of the whole server, which then continues from that time. `now` must not be earlier than the last commit.")
        .Takes(RequestJson.Default.ClockRequest, Examples.ClockRequest)
        .Gives(StatusCodes.Status200OK, "The time that the server set.", ReplyJson.Default.ClockReply, Examples.ClockReply)
        .Refuses(ProblemTable.InvalidTimestamp, ProblemTable.ClockNotSet, ProblemTable.StorageUnavailable, ProblemTable.JournalDamaged)
        .ExcludeFromDescription();

    private static async Task<Results<JsonReply<ClockReply>, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] JsonBody body, [FromServices] LedgerHost host, [FromServices] ILogger<TestClock> logger)
    {
        Parsed<ClockRequest> parsed = await body.ReadAsync(context.Request, RequestJson.Default.ClockRequest);
        if (parsed.IsRefused)
        {
            return parsed.Problem;
        }

        DateTimeOffset now = parsed.Value.Now;
        if (!ServerClock.IsInRange(now))
        {
            return new ProblemReply(ProblemTable.ClockNotSet, "`now` must be before the year 9000.", "now");
        }

        try
        {
            if (await host.SetTestClockAsync(now, context.RequestAborted) is { } last)
            {
                return new ProblemReply(ProblemTable.ClockNotSet, $"`now` is earlier than the last commit. Send {last} or a later time.", "now");
            }
        }
        catch (JournalException failure)
        {
            return JournalLines.Unreadable(failure);
        }

        LogMessages.TestClockSet(logger, ActorText.Of(context.Caller().Actor, KeyDesk.SomebodyHere), Rfc3339.Format(now));
        return new JsonReply<ClockReply>(StatusCodes.Status200OK, new ClockReply(now), ReplyJson.Default.ClockReply);
    }
}
