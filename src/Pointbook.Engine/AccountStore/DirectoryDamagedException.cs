namespace Pointbook.Engine.AccountStore;

/// <summary>A bucket of the directory is missing, or differs from what was written. Only <see cref="DirectoryBucket"/> and readers of buckets throw this exception.</summary>
/// <param name="message">The fault, without a full stop.</param>
public sealed class DirectoryDamagedException(string message) : InvalidRowException(message);
