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

/// <summary>The header <c>Idempotency-Key</c> of a request and the header <c>Idempotency-Replayed</c> of its reply.</summary>
internal static class IdempotencyHeader
{
    /// <summary>The header of the request.</summary>
    public const string Name = "Idempotency-Key";

    /// <summary>The header of a replayed reply.</summary>
    public const string ReplayedName = "Idempotency-Replayed";

    /// <summary>Adds the key of the request, if it has one, to a command.</summary>
    public static Parsed<TCommand> Apply<TCommand>(HttpRequest request, TCommand command)
        where TCommand : Command
    {
        if (!request.Headers.TryGetValue(Name, out StringValues values))
        {
            return command;
        }

        if (values.Count != 1)
        {
            return Problem("is present more than once. Send it once");
        }

        if (!TryUnquote(values[0]!, out string? text, out string? error) || !IdempotencyKey.TryCreate(text, out IdempotencyKey? key, out error))
        {
            return Problem(error);
        }

        return WithKey(command, key);
    }

    /// <summary>Adds a key to a command. The command must be complete, because its hash is stored with the key.</summary>
    public static TCommand WithKey<TCommand>(TCommand command, IdempotencyKey key)
        where TCommand : Command =>
        command with { Origin = (command.Origin ?? new Origin()) with { Key = key, KeyHash = CommandHash.Compute(command) } };

    /// <summary>Marks a reply if it is replayed.</summary>
    public static void MarkReplay(HttpResponse response, bool isReplay)
    {
        if (isReplay)
        {
            response.Headers[ReplayedName] = "true";
        }
    }

    /// <summary>Unquotes a string of RFC 9651. A text that does not begin with a quote is itself the key.</summary>
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
                error = "contains a backslash that precedes neither a quote nor a backslash. Remove it";
                return false;
            }

            unquoted.Append(value[index]);
        }

        text = unquoted.ToString();
        error = index == value.Length ? "begins with a quote but has no closing quote. Add one"
            : index < value.Length - 1 ? "has extra characters after its closing quote. Remove them"
            : null;
        return error is null;
    }

    private static ProblemReply Problem(string error) => new(ProblemTable.InvalidIdempotencyKey, $"`{Name}` {error}.", Name);
}
