namespace Pointbook.Access;

/// <summary>The version of the keys in a store. Two versions are equal only if the keys are the same.</summary>
/// <param name="Changes">The number of changes so far; 0 if the store never had a key.</param>
/// <param name="Stamp">A random value, new after each change. So a store that was restored and then changed never repeats an earlier version.</param>
public readonly record struct KeyVersion(long Changes, Guid Stamp);
