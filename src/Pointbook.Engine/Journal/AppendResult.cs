namespace Pointbook.Engine.Journal;

/// <summary>What came of an append.</summary>
public enum AppendResult
{
    /// <summary>The commit is durable.</summary>
    Appended,

    /// <summary>The preceding commit is not the expected one: somebody else has written. Nothing was appended.</summary>
    Fenced,

    /// <summary>The commit was decided too far behind the store's clock: the writer was held up, or its clock is behind. Nothing was appended.</summary>
    Late,

    /// <summary>The commit was decided too far ahead of the store's clock: the writer's clock is ahead. Nothing was appended.</summary>
    Early,
}
