namespace Pointbook.Server.CommandLine;

/// <summary>The value of an option is invalid. The message tells the operator in one sentence what to write instead.</summary>
internal sealed class ArgumentFaultException(string message) : Exception(message);
