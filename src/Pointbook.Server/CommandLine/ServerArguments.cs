namespace Pointbook.Server.CommandLine;

/// <summary>Checks arguments as the configuration reads them: <c>--Name value</c>, <c>--Name=value</c>, <c>/Name value</c> or <c>Name=value</c>.</summary>
/// <remarks>
/// The configuration silently ignores everything else. A server that ignored a misspelled option for its data would begin with an empty directory.
/// </remarks>
internal static class ServerArguments
{
    private const string Help = "See 'pointbook --help'.";

    /// <summary>Describes the argument that the configuration would ignore in a sentence, or returns null.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="commands">The names of the subcommands.</param>
    public static string? Fault(string[] args, IEnumerable<string> commands)
    {
        for (int index = 0; index < args.Length; index++)
        {
            string argument = args[index];
            if (argument.Contains('=', StringComparison.Ordinal))
            {
                continue;
            }

            if (!argument.StartsWith('-') && !argument.StartsWith('/'))
            {
                return $"'{argument}' is not a command of pointbook. Commands: {string.Join(", ", commands)}. Without a command, pointbook starts the server. {Help}";
            }

            if (argument.StartsWith('-') && !argument.StartsWith("--", StringComparison.Ordinal))
            {
                return $"'{argument}' is not an option of the server. Write options as --Name value. {Help}";
            }

            index++;
            if (index == args.Length)
            {
                return $"'{argument}' has no value. Write options as --Name value. {Help}";
            }
        }

        return null;
    }
}
