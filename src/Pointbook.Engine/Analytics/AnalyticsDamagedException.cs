namespace Pointbook.Engine.Analytics;

/// <summary>Rows of the analytics tables differ from what was written, because a round does not follow from them.</summary>
/// <param name="message">The fault.</param>
/// <param name="innerException">The driver's exception, or null.</param>
public sealed class AnalyticsDamagedException(string message, Exception? innerException = null) : StorageFailureException(message, innerException);
