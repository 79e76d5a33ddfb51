namespace Pointbook.Engine;

/// <summary>A stored row has a value that nothing writes there. Only the code that reads this very value throws it.</summary>
/// <param name="message">Which value, and what is wrong with it, without a full stop.</param>
public sealed class InvalidRowException(string message) : StorageFailureException(message);
