namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The audit found a fault.</summary>
internal sealed class AuditException(string message) : Exception(message);
