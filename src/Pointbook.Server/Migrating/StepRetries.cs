using System.Globalization;
using Pointbook.Engine.Hosting;
using Pointbook.Server.CommandLine;

namespace Pointbook.Server.Migrating;

/// <summary>Repeats a step of a migration while the target fails for a moment. Every step may be repeated: it continues where the target is, or begins again.</summary>
/// <param name="clock">The clock of the process.</param>
/// <param name="tell">Tells the operator of a failure.</param>
internal sealed class StepRetries(TimeProvider clock, Action<string> tell)
{
    /// <summary>How often a step may fail in a row without progress. With the pauses, that is at least about 50 s, in which a database restarts.</summary>
    public const int FailuresMax = 10;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(8);

    // The builder, the loops and the background tasks of a partition report progress at the same time.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _reached = [];
    private bool _hasAdvanced;

    /// <summary>Watches the progress of phases, because a step that advances between its failures may fail as often as it likes.</summary>
    public BeginPhase Watch(BeginPhase begin) => (name, done, total) =>
    {
        Action<long> advance = begin(name, done, total);
        return now =>
        {
            lock (_lock)
            {
                // A phase that begins again advances only once it is further than before.
                _hasAdvanced |= now > _reached.GetValueOrDefault(name, done);
                _reached[name] = Math.Max(now, _reached.GetValueOrDefault(name, done));
                advance(now);
            }
        };
    };

    /// <summary>Opens the target. If no server answers at its address, the operator learns of that at once, because the address may be wrong.</summary>
    /// <exception cref="StoreException">The target failed too often, or it is not one to migrate into.</exception>
    public Task<TResult> OpenAsync<TResult>(Func<Task<TResult>> open, CancellationToken cancellationToken) =>
        RunAsync(open, static failure => StoreFailure.IsTransient(failure) && !StoreFailure.IsUnreachable(failure), cancellationToken);

    /// <summary>Runs a step.</summary>
    /// <exception cref="StoreException">The target failed too often.</exception>
    public Task<TResult> RunAsync<TResult>(Func<Task<TResult>> step, CancellationToken cancellationToken) =>
        RunAsync(step, StoreFailure.IsTransient, cancellationToken);

    /// <inheritdoc cref="RunAsync{TResult}(Func{Task{TResult}}, CancellationToken)"/>
    public Task RunAsync(Func<Task> step, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            await step();
            return true;
        },
        cancellationToken);

    private async Task<TResult> RunAsync<TResult>(Func<Task<TResult>> step, Func<Exception, bool> isRepeated, CancellationToken cancellationToken)
    {
        TimeSpan pause = FirstPause;
        int failures = 0;
        TakeProgress();
        while (true)
        {
            try
            {
                return await step();
            }
            catch (Exception failure) when (isRepeated(failure))
            {
                (failures, pause) = TakeProgress() ? (1, FirstPause) : (failures + 1, pause);
                string sentence = failure.Message.ReplaceLineEndings(" ").TrimEnd('.');
                if (failures >= FailuresMax)
                {
                    throw new StoreException(
                        $"The database failed {failures} times in a row: {sentence}. Check the database, and run the same command again. It continues after the last copied commit.",
                        failure);
                }

                tell(string.Create(
                    CultureInfo.InvariantCulture, $"{sentence}. Trying again in {pause.TotalSeconds:0.#} s (failure {failures} of at most {FailuresMax} in a row)."));
                await Task.Delay(pause, clock, cancellationToken);
                pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
            }
        }
    }

    /// <summary>Returns whether any phase has advanced since the last call.</summary>
    private bool TakeProgress()
    {
        lock (_lock)
        {
            bool hasAdvanced = _hasAdvanced;
            _hasAdvanced = false;
            return hasAdvanced;
        }
    }
}
