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

/// <summary><c>POST /v1/clock/confirmation</c>: an operator vouches for the server's clock.</summary>
internal static class ConfirmClockEndpoint
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder routes) => routes.MapPost(ClockRoutes.Confirmation, HandleAsync)
        .Describes(
            "Confirm the clock",
            "While writes are refused with `clock_unreliable`, accepts the time that the server's clock shows. `now` is the time that an operator has read on "
            + "another clock; it must be within 5 minutes of the server's.")
        .Takes(RequestJson.Default.ClockRequest, Examples.ClockRequest)
        .Gives(StatusCodes.Status200OK, "The time that was accepted.", ReplyJson.Default.ClockReply, Examples.ClockReply)
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
                $"`now` is {Rfc3339.Format(parsed.Value.Now)}, and the server's clock shows {Rfc3339.Format(shown)}. Set the server's clock right, then confirm again.",
                "now");
        }

        LogMessages.ClockConfirmed(logger, ActorText.Of(context.Caller().Actor, KeyDesk.SomebodyHere), Rfc3339.Format(shown));
        return new JsonReply<ClockReply>(StatusCodes.Status200OK, new ClockReply(shown), ReplyJson.Default.ClockReply);
    }
}
