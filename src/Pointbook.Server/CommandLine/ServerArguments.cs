namespace Pointbook.Server.CommandLine;

/// <summary>Arguments as the configuration reads them: <c>--Name value</c>, <c>--Name=value</c>, <c>/Name value</c> or <c>Name=value</c>.</summary>
/// <remarks>
/// The configuration overlooks everything else without a word. A server that was told where its data is and did not understand it would
/// begin with an empty directory.
/// </remarks>
internal static class ServerArguments
{
    private const string Help = "See 'pointbook --help'.";

    /// <summary>What the configuration would overlook, as a sentence, or null.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="commands">The subcommands there are.</param>
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
                return $"'{argument}' is no command of pointbook; the commands are {string.Join(", ", commands)}, and without one it serves. {Help}";
            }

            if (argument.StartsWith('-') && !argument.StartsWith("--", StringComparison.Ordinal))
            {
                return $"'{argument}' is no option of the server; write options as --Name value. {Help}";
            }

            index++;
            if (index == args.Length)
            {
                return $"'{argument}' has no value; write options as --Name value. {Help}";
            }
        }

        return null;
    }
}
