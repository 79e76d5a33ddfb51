using System.Text;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>What clients may say about a write in their own words: reference and reason.</summary>
internal static class RequestTexts
{
    /// <summary>The longest reference, in Unicode characters.</summary>
    public const int ReferenceLengthMax = 200;

    /// <summary>The longest reason, in Unicode characters.</summary>
    public const int ReasonLengthMax = 500;

    /// <summary>Gives a command the texts of its request.</summary>
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

    /// <summary>What is wrong with a text, or null.</summary>
    /// <param name="name">The member.</param>
    /// <param name="text">Its value; null if it was left out.</param>
    /// <param name="lengthMax">The most Unicode characters that it may have.</param>
    private static ProblemReply? Fault(string name, string? text, int lengthMax)
    {
        int length = 0;
        int at = 0;
        while (at < text?.Length)
        {
            if (!Rune.TryGetRuneAt(text, at, out Rune rune))
            {
                return Problem(name, "holds half of a surrogate pair; send well-formed Unicode");
            }

            if (Rune.IsControl(rune))
            {
                return Problem(name, $"holds the control character U+{rune.Value:X4}; remove it");
            }

            length++;
            at += rune.Utf16SequenceLength;
        }

        return text?.Length == 0 ? Problem(name, $"is empty; send some text, or leave {name} out")
            : length > lengthMax ? Problem(name, $"is {length} characters long; send at most {lengthMax}")
            : null;
    }

    private static ProblemReply Problem(string name, string error) => new(ProblemTable.InvalidText, $"{name} {error}.", name);
}
