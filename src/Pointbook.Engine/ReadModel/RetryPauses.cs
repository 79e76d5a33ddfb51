using Pointbook.Engine.Journal;

namespace Pointbook.Engine.ReadModel;

/// <summary>The growing pauses between failing attempts. Not thread-safe.</summary>
/// <param name="first">The first pause. It doubles with each further failure, up to 64 times and to the longest pause.</param>
/// <param name="longest">The longest pause.</param>
internal sealed class RetryPauses(TimeSpan first, TimeSpan longest)
{
    private const int FactorMax = 64;

    private int _factor = 1;

    /// <summary>Returns the pause before the next attempt.</summary>
    /// <param name="failure">The failure. A damaged journal gets the longest pause, because an attempt reads much and it does not heal.</param>
    public TimeSpan Next(StorageFailureException failure)
    {
        TimeSpan pause = first * _factor;
        _factor = Math.Min(_factor * 2, FactorMax);
        return failure is JournalDamagedException || pause > longest ? longest : pause;
    }

    /// <summary>Records a success, so that the next pause is the first one again.</summary>
    public void Reset() => _factor = 1;
}
