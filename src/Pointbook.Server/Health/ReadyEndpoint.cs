using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Pointbook.Server.Clocks;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;
using Pointbook.Server.Storage;

namespace Pointbook.Server.Health;

/// <summary><c>GET /health/ready</c>: every check tagged <see cref="HealthRoutes.ReadyTag"/> passes, and the server is not stopping.</summary>
internal static class ReadyEndpoint
{
    private static readonly byte[] Ready = [.. "Ready"u8];

    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder health) => health.MapMethods("/ready", HealthRoutes.Methods, HandleAsync);

    private static async Task<Results<TextReply, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] Readiness readiness, [FromServices] IHostApplicationLifetime lifetime)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return new ProblemReply(ProblemTable.NotReady, "The server is shutting down.");
        }

        HealthReport report = await readiness.ReadAsync(context.RequestAborted);
        // The log has the description of a check, so the reply has only its name. The clock is an exception, because it may wait for an operator.
        return report.Status == HealthStatus.Healthy
            ? new TextReply(Warning(report) is { } warning ? Encoding.UTF8.GetBytes($"Ready. {warning}") : Ready)
            : new ProblemReply(ProblemTable.NotReady, $"Not ready: {string.Join(", ", Failing(report))}.");
    }

    private static object? Warning(HealthReport report) =>
        report.Entries.Values.Select(entry => entry.Data.GetValueOrDefault(LedgerHealthCheck.Warning)).FirstOrDefault(warning => warning is not null);

    private static IEnumerable<string> Failing(HealthReport report) =>
        report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy).OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => entry.Key == ClockHealthCheck.Name ? $"{entry.Key} ({entry.Value.Description})" : entry.Key);
}
