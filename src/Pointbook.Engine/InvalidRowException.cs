namespace Pointbook.Engine;

/// <summary>A stored row has an invalid value. Only the code that reads this value throws this exception.</summary>
/// <param name="message">Which value is invalid, and why, without a full stop.</param>
public class InvalidRowException(string message) : StorageFailureException(message);
