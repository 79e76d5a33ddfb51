using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine.Hosting;
using Pointbook.Server.Hosting;
using Pointbook.Server.Json;
using Pointbook.Server.Keys;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.Clocks;

/// <summary><c>POST /v1/clock/confirmation</c>: an operator confirms the server's clock.</summary>
internal static class ConfirmClockEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder routes) => routes.MapPost(ClockRoutes.Confirmation, HandleAsync)
        .Describes(
            "Confirm the clock",
            "Confirms the server's clock, so that the server no longer refuses writes with `clock_unreliable`. Send in `now` the time that an operator read on "
            + "another clock. It must be within 5 minutes of the server's clock.")
        .Takes(RequestJson.Default.ClockRequest, Examples.ClockRequest)
        .Gives(StatusCodes.Status200OK, "The time that the server accepted.", ReplyJson.Default.ClockReply, Examples.ClockReply)
        .Refuses(ProblemTable.InvalidTimestamp, ProblemTable.ClockNotConfirmed);

    private static async Task<Results<JsonReply<ClockReply>, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] JsonBody body, [FromServices] ClockGuard guard, [FromServices] ILogger<ClockGuard> logger)
    {
        Parsed<ClockRequest> parsed = await body.ReadAsync(context.Request, RequestJson.Default.ClockRequest);
        if (parsed.IsRefused)
        {
            return parsed.Problem;
        }

        if (!guard.TryConfirm(parsed.Value.Now, out DateTimeOffset shown))
        {
            return new ProblemReply(
                ProblemTable.ClockNotConfirmed,
                $"`now` is {Rfc3339.Format(parsed.Value.Now)}, but the server's clock shows {Rfc3339.Format(shown)}. Correct the server's clock, then confirm again.",
                "now");
        }

        LogMessages.ClockConfirmed(logger, ActorText.Of(context.Caller().Actor, KeyDesk.SomebodyHere), Rfc3339.Format(shown));
        return new JsonReply<ClockReply>(StatusCodes.Status200OK, new ClockReply(shown), ReplyJson.Default.ClockReply);
    }
}
