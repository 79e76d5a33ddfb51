using System.Text.Encodings.Web;

namespace Pointbook.Server.Security;

/// <summary>Actors as they stand in lines of the log.</summary>
internal static class ActorText
{
    /// <summary>An actor in quotation marks, as in JSON, so that no subject of a token can pass itself off as the rest of a line, or another word for nobody.</summary>
    /// <param name="actor">Who it is, or null.</param>
    /// <param name="nobody">What stands there, without quotation marks, if nobody has a name.</param>
    public static string Of(string? actor, string nobody) => actor is null ? nobody : $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(actor)}\"";
}
