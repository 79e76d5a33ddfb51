namespace Pointbook.Access;

/// <summary>Which state of a store of keys something is of. Two are equal only if the keys are the same.</summary>
/// <param name="Changes">How many changes led there; 0 if there never was a key.</param>
/// <param name="Stamp">Random, and another one after each change, so that a store which was restored and then changed is never taken for what it was before.</param>
public readonly record struct KeyVersion(long Changes, Guid Stamp);
