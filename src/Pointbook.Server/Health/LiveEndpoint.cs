using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Server.Hosting;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Health;

/// <summary><c>GET /health/live</c>: the process answers, and no bug was found that ends it.</summary>
internal static class LiveEndpoint
{
    private static readonly byte[] Live = [.. "Live"u8];

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder health) => health.MapMethods("/live", HealthRoutes.Methods, Handle);

    private static Results<TextReply, ProblemReply> Handle([FromServices] ProcessEnd end) =>
        end.IsByBug ? new ProblemReply(ProblemTable.NotReady, "A bug was found in the server, which ends; its log says which.") : new TextReply(Live);
}
