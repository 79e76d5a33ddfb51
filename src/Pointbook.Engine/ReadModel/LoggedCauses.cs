namespace Pointbook.Engine.ReadModel;

/// <summary>The causes of failures that were logged since the last success. Not thread-safe.</summary>
internal sealed class LoggedCauses
{
    private const int CausesMax = 100;

    private readonly HashSet<string> _causes = [];

    /// <summary>Records the cause of a failure.</summary>
    /// <returns>Whether it must be logged.</returns>
    public bool Add(Exception failure)
    {
        if (_causes.Count >= CausesMax)
        {
            _causes.Clear();
        }

        // The message of the failure itself may name a generation, and each attempt may have another one.
        return _causes.Add(failure.GetBaseException().Message);
    }

    /// <summary>Records a success.</summary>
    /// <returns>Whether a failure was logged before it.</returns>
    public bool Clear()
    {
        bool had = _causes.Count > 0;
        _causes.Clear();
        return had;
    }
}
