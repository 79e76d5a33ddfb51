using Pointbook.Access;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Security;

namespace Pointbook.Server.Json;

/// <summary>Gives commands what their requests say of their origin. Every command of a request passes here.</summary>
internal static class RequestOrigin
{
    /// <summary>Gives a command its actor, and the key of its request if it has one. Everything else has to be in it already.</summary>
    public static Parsed<TCommand> Apply<TCommand>(HttpRequest request, TCommand command)
        where TCommand : Command => IdempotencyHeader.Apply(request, By(request.HttpContext.Caller(), command));

    /// <summary>Gives a command its actor, if that has a name.</summary>
    public static TCommand By<TCommand>(Caller caller, TCommand command)
        where TCommand : Command =>
        caller.Actor is { } actor ? command with { Origin = (command.Origin ?? new Origin()) with { Actor = actor } } : command;
}
