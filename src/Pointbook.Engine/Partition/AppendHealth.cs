namespace Pointbook.Engine.Partition;

/// <summary>Whether appends have failed lately. The loop takes note; any thread may ask.</summary>
internal sealed class AppendHealth(TimeProvider clock)
{
    // A store that could not write is taken to be able again only after a while, or once it did: reading alone proves nothing.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(10);

    private long _failedAt;

    /// <summary>Whether no append has failed lately, or one has succeeded since.</summary>
    public bool IsGood
    {
        get
        {
            long failedAt = Volatile.Read(ref _failedAt);
            return failedAt == 0 || clock.GetElapsedTime(failedAt) >= Recovery;
        }
    }

    /// <summary>Takes note that the store takes commits.</summary>
    public void NoteSuccess() => Volatile.Write(ref _failedAt, 0);

    /// <summary>Takes note that it does not.</summary>
    public void NoteFailure() => Volatile.Write(ref _failedAt, Math.Max(1, clock.GetTimestamp()));

    /// <summary>Takes note of what became of a commit.</summary>
    /// <remarks>One that the clocks refused proves nothing: after it the same command may be appended, or may be given up in the end.</remarks>
    public void Note(CommitResult result)
    {
        switch (result)
        {
            case CommitResult.Committed or CommitResult.DecideAgain:
                NoteSuccess();
                break;
            case CommitResult.Failed or CommitResult.Unknown:
                NoteFailure();
                break;
        }
    }
}
