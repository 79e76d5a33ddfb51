using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Server.Hosting;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Health;

/// <summary><c>GET /health/live</c>: the process answers, and has found no bug that stops it.</summary>
internal static class LiveEndpoint
{
    private static readonly byte[] Live = [.. "Live"u8];

    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder health) => health.MapMethods("/live", HealthRoutes.Methods, Handle);

    private static Results<TextReply, ProblemReply> Handle([FromServices] ProcessEnd end) =>
        end.IsByBug ? new ProblemReply(ProblemTable.NotReady, "The server found a bug in itself and is stopping. Its log contains the cause.") : new TextReply(Live);
}
