using Pointbook.Contracts;
using Pointbook.Ledger.Commands;

namespace Pointbook.Server.Json;

/// <summary>Reads requests whose body has at most a reference and a reason.</summary>
internal sealed class NoteReader(JsonBody body)
{
    private static readonly NoteRequest Nothing = new();

    /// <summary>Adds the content of the request to a command.</summary>
    public async ValueTask<Parsed<TCommand>> ReadAsync<TCommand>(HttpRequest request, TCommand command)
        where TCommand : Command
    {
        Parsed<NoteRequest> note = await body.ReadAsync(request, RequestJson.Default.NoteRequest, Nothing);
        if (note.IsRefused)
        {
            return note.Problem;
        }

        Parsed<TCommand> told = RequestTexts.Apply(command, note.Value.Reference, note.Value.Reason);
        return told.IsRefused ? told.Problem : RequestOrigin.Apply(request, told.Value);
    }
}
