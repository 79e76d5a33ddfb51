namespace Pointbook.Engine.Journal;

/// <summary>The outcome of an append.</summary>
public enum AppendResult
{
    /// <summary>The commit is durable.</summary>
    Appended,

    /// <summary>The preceding commit is not the expected one: another writer has appended. The journal appended nothing.</summary>
    Fenced,

    /// <summary>The decision was too far behind the store's clock: the writer was delayed, or its clock is behind. The journal appended nothing.</summary>
    Late,

    /// <summary>The decision was too far ahead of the store's clock: the writer's clock is ahead. The journal appended nothing.</summary>
    Early,
}
