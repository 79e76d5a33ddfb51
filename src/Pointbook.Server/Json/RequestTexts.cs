using System.Text;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>The free texts that a client may add to a write: reference and reason.</summary>
internal static class RequestTexts
{
    /// <summary>The maximum length of a reference, in Unicode characters.</summary>
    public const int ReferenceLengthMax = 200;

    /// <summary>The maximum length of a reason, in Unicode characters.</summary>
    public const int ReasonLengthMax = 500;

    /// <summary>Adds the texts of the request to a command.</summary>
    public static Parsed<TCommand> Apply<TCommand>(TCommand command, string? reference, string? reason)
        where TCommand : Command
    {
        if ((Fault("reference", reference, ReferenceLengthMax) ?? Fault("reason", reason, ReasonLengthMax)) is { } problem)
        {
            return problem;
        }

        return reference is null && reason is null
            ? command
            : command with { Origin = (command.Origin ?? new Origin()) with { Reference = reference, Reason = reason } };
    }

    /// <summary>Describes the fault in a text, or returns null.</summary>
    /// <param name="name">The member.</param>
    /// <param name="text">Its value; null if the client omitted it.</param>
    /// <param name="lengthMax">The maximum number of Unicode characters.</param>
    private static ProblemReply? Fault(string name, string? text, int lengthMax)
    {
        int length = 0;
        int at = 0;
        while (at < text?.Length)
        {
            if (!Rune.TryGetRuneAt(text, at, out Rune rune))
            {
                return Problem(name, "contains an unpaired surrogate. Send well-formed Unicode");
            }

            if (Rune.IsControl(rune))
            {
                return Problem(name, $"contains the control character U+{rune.Value:X4}. Remove it");
            }

            length++;
            at += rune.Utf16SequenceLength;
        }

        return text?.Length == 0 ? Problem(name, $"is empty. Send a text, or omit `{name}`")
            : length > lengthMax ? Problem(name, $"is {length} characters long. The maximum is {lengthMax}")
            : null;
    }

    private static ProblemReply Problem(string name, string error) => new(ProblemTable.InvalidText, $"`{name}` {error}.", name);
}
