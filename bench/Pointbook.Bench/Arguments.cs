using System.Globalization;

namespace Pointbook.Bench;

/// <summary>The command line: a command, then <c>--name value</c> or <c>--name</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values;
    private readonly HashSet<string> _known = ["output", "directory"];

    private Arguments(string command, Dictionary<string, string> values) => (Command, _values) = (command, values);

    public string Command { get; }

    /// <summary>Where the program creates data directories. It must be on a disk, or the figures mean nothing.</summary>
    public string Directory => OptionalText("directory") ?? Path.GetTempPath();

    public static Arguments Parse(string[] args)
    {
        Dictionary<string, string> values = [];
        for (int index = 1; index < args.Length; index++)
        {
            if (!args[index].StartsWith("--", StringComparison.Ordinal))
            {
                throw new BenchException($"'{args[index]}' is no option; options begin with --.");
            }

            bool hasValue = index + 1 < args.Length && !args[index + 1].StartsWith("--", StringComparison.Ordinal);
            values[args[index][2..]] = hasValue ? args[index + 1] : "";
            index += hasValue ? 1 : 0;
        }

        return new Arguments(args.FirstOrDefault() ?? "", values);
    }

    public bool Flag(string name) => OptionalText(name) is not null;

    public string? OptionalText(string name)
    {
        _known.Add(name);
        return _values.GetValueOrDefault(name);
    }

    public int Number(string name, int byDefault) => Numbers(name, byDefault)[0];

    /// <summary>Numbers separated by commas.</summary>
    public int[] Numbers(string name, params int[] byDefault)
    {
        if (OptionalText(name) is not { } text)
        {
            return byDefault;
        }

        try
        {
            return [.. text.Split(',').Select(part => int.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture))];
        }
        catch (Exception failure) when (failure is FormatException or OverflowException)
        {
            throw new BenchException($"--{name} takes whole numbers, not '{text}'.");
        }
    }

    /// <summary>Rejects unknown options. A workload must call this after it has read all its options.</summary>
    public void RejectUnknown()
    {
        string? unknown = _values.Keys.FirstOrDefault(name => !_known.Contains(name));
        if (unknown is not null)
        {
            throw new BenchException($"{Command} has no option --{unknown}.");
        }
    }
}

/// <summary>An error that the user at the command line must know. The message says everything.</summary>
internal sealed class BenchException(string message) : Exception(message);
