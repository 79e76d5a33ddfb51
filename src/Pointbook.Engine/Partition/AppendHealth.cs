namespace Pointbook.Engine.Partition;

/// <summary>Whether appends have failed recently. The loop records results, and any thread may read them.</summary>
internal sealed class AppendHealth(TimeProvider clock)
{
    // After a failed append, the store counts as working again after this time or a successful append. Reads prove nothing.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(10);

    private long _failedAt;

    /// <summary>Whether no append has failed recently, or one has succeeded since.</summary>
    public bool IsGood
    {
        get
        {
            long failedAt = Volatile.Read(ref _failedAt);
            return failedAt == 0 || clock.GetElapsedTime(failedAt) >= Recovery;
        }
    }

    /// <summary>Records that the store accepts commits.</summary>
    public void NoteSuccess() => Volatile.Write(ref _failedAt, 0);

    /// <summary>Records that the store does not accept commits.</summary>
    public void NoteFailure() => Volatile.Write(ref _failedAt, Math.Max(1, clock.GetTimestamp()));

    /// <summary>Records the result of a commit.</summary>
    /// <remarks>A clock disagreement proves nothing: the loop may still append the same command later, or finally give it up.</remarks>
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
