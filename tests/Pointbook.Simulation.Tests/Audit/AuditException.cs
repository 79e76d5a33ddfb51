namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The books are not in order.</summary>
internal sealed class AuditException(string message) : Exception(message);
