using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Server.CommandLine;
using Pointbook.Server.Migrating;

namespace Pointbook.Server.Tests.Migrating;

/// <summary>A migration repeats a step while the target fails for a moment, a bounded number of times, and never for another reason.</summary>
public sealed class StepRetriesTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _told = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Exception> Transient => new()
    {
        new NpgsqlException("Exception while reading from stream", new IOException("The connection was reset.")),
        new JournalException("Pointbook could not append entries.", true, new PostgresException("terminating connection", "FATAL", "FATAL", PostgresErrorCodes.AdminShutdown)),
        new StoreException("Pointbook can't use the database.", new PostgresException("the database system is starting up", "FATAL", "FATAL", PostgresErrorCodes.CannotConnectNow)),
        new StorageFailureException("Pointbook could not use the read model.", new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused))),
        new TimeoutException("The operation has timed out."),
    };

    public static TheoryData<Exception> Lasting => new()
    {
        new StoreException("The copy differs from the source."),
        new JournalException("The commit does not match its seal."),
        new StoreException("Pointbook can't use the database.", new PostgresException("permission denied", "ERROR", "ERROR", PostgresErrorCodes.InsufficientPrivilege)),
        new InvalidOperationException("A bug."),
    };

    [Theory]
    [MemberData(nameof(Transient))]
    public async Task A_step_is_repeated_until_the_target_works_again(Exception failure)
    {
        int attempts = 0;
        Task<int> step = new StepRetries(_clock, _told.Add).RunAsync(() => ++attempts < 4 ? throw failure : Task.FromResult(attempts), Token);
        Assert.Equal(4, await AdvanceAsync(step));
        Assert.Equal(3, _told.Count);
        Assert.StartsWith($"{failure.Message.TrimEnd('.')}. Trying again in 0.5 s (failure 1 of at most 10 in a row).", _told[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Lasting))]
    public async Task A_failure_that_does_not_end_by_itself_is_reported_at_once(Exception failure)
    {
        Task step = new StepRetries(_clock, _told.Add).RunAsync(() => throw failure, Token);
        Assert.Same(failure, await Assert.ThrowsAnyAsync<Exception>(() => step));
        Assert.Empty(_told);
    }

    [Fact]
    public async Task A_target_that_always_fails_ends_the_migration_with_advice()
    {
        int attempts = 0;
        Task step = new StepRetries(_clock, _told.Add).RunAsync(
            () =>
            {
                attempts++;
                throw new TimeoutException("No answer.");
            },
            Token);
        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => AdvanceAsync(step));
        Assert.Equal(
            "The database failed 10 times in a row: No answer. Check the database, and run the same command again. It continues after the last copied commit.", refused.Message);
        Assert.Equal((StepRetries.FailuresMax, StepRetries.FailuresMax - 1), (attempts, _told.Count));
    }

    [Fact]
    public async Task A_step_that_advances_between_its_failures_may_fail_more_often()
    {
        StepRetries retries = new(_clock, _told.Add);
        BeginPhase begin = retries.Watch((_, _, _) => _ => { });
        int attempts = 0;
        Task step = retries.RunAsync(
            () =>
            {
                attempts++;
                // Each attempt begins again, and gets further up to the 30th.
                Action<long> advance = begin("Copying", 0, 100);
                advance(1);
                advance(Math.Min(attempts, 30));
                throw new TimeoutException("No answer.");
            },
            Token);
        await Assert.ThrowsAsync<StoreException>(() => AdvanceAsync(step));
        Assert.Equal(30 + StepRetries.FailuresMax - 1, attempts);
    }

    [Fact]
    public async Task Phases_that_advance_on_several_threads_at_once_lose_no_progress_and_count_none_twice()
    {
        const int Threads = 8;
        const int Phases = 2_000;
        StepRetries retries = new(_clock, _told.Add);
        BeginPhase begin = retries.Watch((_, _, _) => _ => { });
        Action<long>[][] phases = [.. Enumerable.Range(0, Threads).Select(
            thread => Enumerable.Range(0, Phases).Select(phase => begin($"{thread}, {phase}", 0, 100)).ToArray())];
        using Barrier start = new(Threads);
        await Task.WhenAll(phases.Select(own => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                Array.ForEach(own, advance => advance(7));
            },
            Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        int attempts = 0;
        Task step = retries.RunAsync(
            () =>
            {
                attempts++;
                // Each phase has been here before.
                Array.ForEach(phases, own => Array.ForEach(own, advance => advance(7)));
                throw new TimeoutException("No answer.");
            },
            Token);
        await Assert.ThrowsAsync<StoreException>(() => AdvanceAsync(step));
        Assert.Equal(StepRetries.FailuresMax, attempts);
    }

    [Fact]
    public async Task An_address_at_which_no_server_answers_is_reported_at_once_and_a_server_that_starts_is_waited_for()
    {
        StoreException nobody = new("Pointbook can't use the database.", new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused)));
        Assert.Same(nobody, await Assert.ThrowsAsync<StoreException>(() => new StepRetries(_clock, _told.Add).OpenAsync<int>(() => throw nobody, Token)));
        StoreException starting = new("Pointbook can't use the database.", new PostgresException("starting up", "FATAL", "FATAL", PostgresErrorCodes.CannotConnectNow));
        int attempts = 0;
        Assert.Equal(2, await AdvanceAsync(new StepRetries(_clock, _told.Add).OpenAsync(() => ++attempts < 2 ? throw starting : Task.FromResult(attempts), Token)));
    }

    private async Task<T> AdvanceAsync<T>(Task<T> step)
    {
        await AdvanceAsync((Task)step);
        return await step;
    }

    private async Task AdvanceAsync(Task step)
    {
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return step.IsCompleted;
        });
        await step;
    }
}
