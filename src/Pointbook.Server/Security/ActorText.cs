using System.Text.Encodings.Web;

namespace Pointbook.Server.Security;

/// <summary>Formats actors for log lines.</summary>
internal static class ActorText
{
    /// <summary>An actor in quotation marks, as in JSON. So the subject of a token can imitate neither the rest of a line nor the word for no actor.</summary>
    /// <param name="actor">The actor, or null.</param>
    /// <param name="nobody">The word, without quotation marks, for an actor without a name.</param>
    public static string Of(string? actor, string nobody) => actor is null ? nobody : $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(actor)}\"";
}
