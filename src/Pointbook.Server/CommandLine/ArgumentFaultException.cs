namespace Pointbook.Server.CommandLine;

/// <summary>The value of an option cannot be understood. The message says what to write instead, in one sentence.</summary>
internal sealed class ArgumentFaultException(string message) : Exception(message);
