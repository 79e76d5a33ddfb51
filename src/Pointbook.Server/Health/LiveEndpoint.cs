using Pointbook.Server.Json;

namespace Pointbook.Server.Health;

/// <summary><c>GET /health/live</c>: the process answers.</summary>
internal static class LiveEndpoint
{
    private static readonly byte[] Live = [.. "Live"u8];

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder health) => health.MapMethods("/live", HealthRoutes.Methods, static () => new TextReply(Live));
}
