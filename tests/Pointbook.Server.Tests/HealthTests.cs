using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Pointbook.Server.Health;
using Pointbook.Server.Hosting;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task A_healthy_server_is_live_and_ready()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal("Live", (await server.GetAsync("/health/live")).AssertIs(200).Body);
        Assert.Equal("Ready", (await server.GetAsync("/health/ready")).AssertIs(200).Body);
    }

    [Theory]
    [InlineData(HealthStatus.Unhealthy)]
    [InlineData(HealthStatus.Degraded)]
    public async Task A_failing_check_makes_the_server_unready_but_not_dead(HealthStatus status)
    {
        HealthStatus current = status;
        await using RunningServer server = await RunningServer.StartAsync(
            builder => builder.Services.AddHealthChecks()
                .AddCheck("journal", () => new HealthCheckResult(current, "secret"), [HealthRoutes.ReadyTag])
                .AddCheck("fine", () => HealthCheckResult.Healthy(), [HealthRoutes.ReadyTag])
                .AddCheck("elsewhere", () => HealthCheckResult.Unhealthy()),
            "--Health:AgeMax",
            "00:00:00");

        Reply reply = (await server.GetAsync("/health/ready")).AssertIs(503, "not_ready");
        Assert.Equal(("Not ready: journal.", "1"), (reply.Problem.Detail, reply.Header("Retry-After")));
        (await server.GetAsync("/health/live")).AssertIs(200);

        current = HealthStatus.Healthy;
        (await server.GetAsync("/health/ready")).AssertIs(200);
    }

    [Fact]
    public async Task A_server_with_a_bug_is_neither_live_nor_ready_and_ends_with_1()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        ProcessEnd end = server.Services.GetRequiredService<ProcessEnd>();
        Assert.Equal(0, end.ExitCode);
        end.StopForBug();
        (await server.GetAsync("/health/live")).AssertIs(503, "not_ready");
        CancellationToken stopping = server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        await Eventually.TrueAsync(() => stopping.IsCancellationRequested);
        (await server.GetAsync("/health/ready")).AssertIs(503, "not_ready");
        Assert.Equal(1, end.ExitCode);
    }

    [Fact]
    public async Task A_check_that_throws_makes_the_server_unready()
    {
        await using RunningServer server = await RunningServer.StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("journal", () => throw new InvalidOperationException("secret"), [HealthRoutes.ReadyTag]));
        Reply reply = (await server.GetAsync("/health/ready")).AssertIs(503, "not_ready");
        Assert.DoesNotContain("secret", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_share_the_answer_of_a_recent_probe()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        int probes = 0;
        HealthStatus current = HealthStatus.Healthy;
        await using RunningServer server = await RunningServer.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                builder.Services.AddHealthChecks().AddCheck("counted", () => Count(), [HealthRoutes.ReadyTag]);
            },
            "--Keys:AgeMax",
            "00:00:10");
        await AskAsync(200, 50);
        current = HealthStatus.Unhealthy;
        clock.Advance(TimeSpan.FromMilliseconds(999));
        await AskAsync(200, 50);
        Assert.Equal(1, probes);

        clock.Advance(TimeSpan.FromMilliseconds(1));
        await AskAsync(503, 50);
        current = HealthStatus.Healthy;
        await AskAsync(503, 50);
        Assert.Equal(2, probes);

        HealthCheckResult Count()
        {
            Interlocked.Increment(ref probes);
            return new HealthCheckResult(current);
        }

        async Task AskAsync(int status, int times) =>
            Assert.All(await Task.WhenAll(Enumerable.Range(0, times).Select(_ => server.GetAsync("/health/ready"))), reply => reply.AssertIs(status));
    }

    [Fact]
    public async Task Requests_during_a_probe_wait_for_its_answer()
    {
        GatedChecks checks = new();
        Readiness readiness = new(checks, Options.Create(new HealthOptions { AgeMax = TimeSpan.Zero }), TimeProvider.System);
        using CancellationTokenSource impatient = new();
        Task first = readiness.ReadAsync(impatient.Token);
        Task<HealthReport>[] others = [.. Enumerable.Range(0, 20).Select(_ => readiness.ReadAsync(CancellationToken.None))];
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        checks.Gate.SetResult();
        Assert.All(await Task.WhenAll(others), report => Assert.Equal(HealthStatus.Healthy, report.Status));
        Assert.Equal(1, checks.Probes);
        await readiness.ReadAsync(CancellationToken.None);
        Assert.Equal(2, checks.Probes);
    }

    [Theory]
    [InlineData("-00:00:01", "Health:AgeMax must be between 00:00:00 and 00:00:10, but is -00:00:01.")]
    [InlineData("00:00:11", "Health:AgeMax must be between 00:00:00 and 00:00:10, but is 00:00:11.")]
    public async Task An_age_limit_out_of_range_is_rejected_at_the_start(string age, string sentence) =>
        Assert.Equal(sentence, await RefusedStart.RunAsync("--Health:AgeMax", age));

    [Fact]
    public async Task A_stopping_server_is_not_ready()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        IHostApplicationLifetime lifetime = server.Services.GetRequiredService<IHostApplicationLifetime>();
        lifetime.StopApplication();
        (await server.GetAsync("/health/ready")).AssertIs(503, "not_ready");
    }

    private sealed class GatedChecks : HealthCheckService
    {
        private int _probes;

        public TaskCompletionSource Gate { get; } = new();

        public int Probes => _probes;

        public override async Task<HealthReport> CheckHealthAsync(Func<HealthCheckRegistration, bool>? predicate, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _probes);
            await Gate.Task;
            return new HealthReport(new Dictionary<string, HealthReportEntry>(), TimeSpan.Zero);
        }
    }
}
