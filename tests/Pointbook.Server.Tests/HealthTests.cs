using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Pointbook.Server.Health;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task A_server_without_troubles_is_live_and_ready()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal("Live", (await server.GetAsync("/health/live")).MustBe(200).Body);
        Assert.Equal("Ready", (await server.GetAsync("/health/ready")).MustBe(200).Body);
    }

    [Theory]
    [InlineData(HealthStatus.Unhealthy)]
    [InlineData(HealthStatus.Degraded)]
    public async Task A_failing_check_makes_it_unready_but_not_dead(HealthStatus status)
    {
        HealthStatus current = status;
        await using RunningServer server = await RunningServer.StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("journal", () => new HealthCheckResult(current, "secret"), [HealthRoutes.ReadyTag])
            .AddCheck("fine", () => HealthCheckResult.Healthy(), [HealthRoutes.ReadyTag])
            .AddCheck("elsewhere", () => HealthCheckResult.Unhealthy()));

        Reply reply = (await server.GetAsync("/health/ready")).MustBe(503, "not_ready");
        Assert.Equal(("Not ready: journal.", "1"), (reply.Problem.Detail, reply.Header("Retry-After")));
        (await server.GetAsync("/health/live")).MustBe(200);

        current = HealthStatus.Healthy;
        (await server.GetAsync("/health/ready")).MustBe(200);
    }

    [Fact]
    public async Task A_check_that_throws_makes_it_unready()
    {
        await using RunningServer server = await RunningServer.StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("journal", () => throw new InvalidOperationException("secret"), [HealthRoutes.ReadyTag]));
        Reply reply = (await server.GetAsync("/health/ready")).MustBe(503, "not_ready");
        Assert.DoesNotContain("secret", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopping_server_is_not_ready()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        IHostApplicationLifetime lifetime = server.Services.GetRequiredService<IHostApplicationLifetime>();
        lifetime.StopApplication();
        (await server.GetAsync("/health/ready")).MustBe(503, "not_ready");
    }
}
