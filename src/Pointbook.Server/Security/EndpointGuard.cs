using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>Refuses to listen where other machines could connect, as long as callers need not authenticate.</summary>
internal static class EndpointGuard
{
    /// <summary>Checks one endpoint before it is bound, regardless of where it is configured.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="isSecured">Whether callers must authenticate.</param>
    /// <param name="firstKeyCommand">The command that creates the first key.</param>
    /// <exception cref="StartRefusedException">Callers need not authenticate, and the endpoint is not on the loopback interface.</exception>
    public static void Check(ListenOptions endpoint, bool isSecured, string firstKeyCommand)
    {
        if (isSecured || (endpoint.EndPoint is IPEndPoint local && Loopback.IsLoopback(local.Address)))
        {
            return;
        }

        throw new StartRefusedException(endpoint.EndPoint switch
        {
            IPEndPoint ip =>
                $"Pointbook refuses to listen on {ip}: no API key exists yet, so anyone who reaches this address could spend points. "
                + $"Create the first key with {firstKeyCommand}, or listen on this machine only, for example with --urls http://127.0.0.1:{ip.Port}.",
            UnixDomainSocketEndPoint => Unknown($"the Unix socket {endpoint.SocketPath}", firstKeyCommand),
            _ => Unknown($"{endpoint}", firstKeyCommand),
        });
    }

    private static string Unknown(string endpoint, string firstKeyCommand) =>
        $"Pointbook refuses to listen on {endpoint}: no API key exists yet, and the server can't check the address of clients there. "
        + $"Create the first key with {firstKeyCommand}, or listen on the loopback network, for example with --urls {DefaultConfiguration.Address}.";
}
