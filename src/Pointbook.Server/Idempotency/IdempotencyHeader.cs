using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Primitives;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Idempotency;

/// <summary>The <c>Idempotency-Key</c> of a request and the <c>Idempotency-Replayed</c> of its reply.</summary>
internal static class IdempotencyHeader
{
    /// <summary>The request's header.</summary>
    public const string Name = "Idempotency-Key";

    /// <summary>The header of a reply that was given before.</summary>
    public const string ReplayedName = "Idempotency-Replayed";

    /// <summary>Gives a command the key of its request, if it has one.</summary>
    public static Parsed<TCommand> Apply<TCommand>(HttpRequest request, TCommand command)
        where TCommand : Command
    {
        if (!request.Headers.TryGetValue(Name, out StringValues values))
        {
            return command;
        }

        if (values.Count != 1)
        {
            return Problem("is there more than once; send it once");
        }

        if (!TryUnquote(values[0]!, out string? text, out string? error) || !IdempotencyKey.TryCreate(text, out IdempotencyKey? key, out error))
        {
            return Problem(error);
        }

        return WithKey(command, key);
    }

    /// <summary>Gives a command a key. Everything else has to be in it already, because the key stands for it.</summary>
    public static TCommand WithKey<TCommand>(TCommand command, IdempotencyKey key)
        where TCommand : Command =>
        command with { Origin = (command.Origin ?? new Origin()) with { Key = key, KeyHash = CommandHash.Compute(command) } };

    /// <summary>Says in a reply that it is one that was given before.</summary>
    public static void MarkReplay(HttpResponse response, bool isReplay)
    {
        if (isReplay)
        {
            response.Headers[ReplayedName] = "true";
        }
    }

    /// <summary>Takes the quotes off a string of RFC 9651; a text that does not begin with one is the key itself.</summary>
    private static bool TryUnquote(string value, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? error)
    {
        (text, error) = (value, null);
        if (!value.StartsWith('"'))
        {
            return true;
        }

        StringBuilder unquoted = new(value.Length);
        int index = 1;
        for (; index < value.Length && value[index] != '"'; index++)
        {
            if (value[index] == '\\' && (++index == value.Length || value[index] is not ('"' or '\\')))
            {
                error = "has a backslash before something other than a quote or a backslash; remove it";
                return false;
            }

            unquoted.Append(value[index]);
        }

        text = unquoted.ToString();
        error = index == value.Length ? "begins with a quote and does not end with one; close it"
            : index < value.Length - 1 ? "goes on after its closing quote; remove what follows"
            : null;
        return error is null;
    }

    private static ProblemReply Problem(string error) => new(ProblemTable.InvalidIdempotencyKey, $"{Name} {error}.", Name);
}
