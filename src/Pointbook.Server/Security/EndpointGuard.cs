using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>Refuses to listen where others could connect while callers do not have to say who they are.</summary>
internal static class EndpointGuard
{
    /// <summary>Checks one endpoint before it is bound, wherever it was configured.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="isSecured">Whether callers have to say who they are.</param>
    /// <param name="firstKeyCommand">How the first key is created.</param>
    /// <exception cref="StartRefusedException">They do not, and the endpoint is not on the loopback interface.</exception>
    public static void Check(ListenOptions endpoint, bool isSecured, string firstKeyCommand)
    {
        if (isSecured || (endpoint.EndPoint is IPEndPoint local && Loopback.IsLoopback(local.Address)))
        {
            return;
        }

        throw new StartRefusedException(endpoint.EndPoint switch
        {
            IPEndPoint ip =>
                $"Pointbook does not listen on {ip} because there is no API key yet and everybody who reaches it could spend points; "
                + $"create the first key with {firstKeyCommand}, or listen on this machine only, such as with --urls http://127.0.0.1:{ip.Port}.",
            UnixDomainSocketEndPoint => Unknown($"the Unix socket {endpoint.SocketPath}", firstKeyCommand),
            _ => Unknown($"{endpoint}", firstKeyCommand),
        });
    }

    private static string Unknown(string endpoint, string firstKeyCommand) =>
        $"Pointbook does not listen on {endpoint} because there is no API key yet and callers on it have no address that could be checked; "
        + $"create the first key with {firstKeyCommand}, or listen on this machine's network, such as with --urls {DefaultConfiguration.Address}.";
}
