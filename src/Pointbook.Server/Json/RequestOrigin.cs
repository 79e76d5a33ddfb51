using Pointbook.Access;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Security;

namespace Pointbook.Server.Json;

/// <summary>Adds the origin of a request to its commands. Every command of a request passes through here.</summary>
internal static class RequestOrigin
{
    /// <summary>Adds the actor, and the key of the request if it has one, to a command. The rest of the command must be complete.</summary>
    public static Parsed<TCommand> Apply<TCommand>(HttpRequest request, TCommand command)
        where TCommand : Command => IdempotencyHeader.Apply(request, By(request.HttpContext.Caller(), command));

    /// <summary>Adds the actor to a command, if the actor has a name.</summary>
    public static TCommand By<TCommand>(Caller caller, TCommand command)
        where TCommand : Command =>
        caller.Actor is { } actor ? command with { Origin = (command.Origin ?? new Origin()) with { Actor = actor } } : command;
}
