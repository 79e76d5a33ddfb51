using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>Refuses to listen where others could connect while there are no keys.</summary>
internal static class EndpointGuard
{
    /// <summary>Checks one endpoint before it is bound, wherever it was configured.</summary>
    /// <exception cref="StartRefusedException">The endpoint is not on the loopback interface.</exception>
    public static void Check(ListenOptions endpoint)
    {
        switch (endpoint.EndPoint)
        {
            case IPEndPoint ip when Loopback.IsLoopback(ip.Address):
                return;
            case IPEndPoint ip:
                throw new StartRefusedException(
                    $"Pointbook does not listen on {ip} because there is no API key yet and everybody who reaches it could spend points; "
                    + $"listen on this machine only, such as with --urls http://127.0.0.1:{ip.Port}.");
            case UnixDomainSocketEndPoint:
                throw new StartRefusedException(
                    $"Pointbook does not listen on the Unix socket {endpoint.SocketPath} because callers on it have no address that could be checked; "
                    + $"listen on this machine's network instead, such as with --urls {DefaultConfiguration.Address}.");
            default:
                throw new StartRefusedException(
                    $"Pointbook does not listen on {endpoint} because callers on it have no address that could be checked; "
                    + $"listen on this machine's network instead, such as with --urls {DefaultConfiguration.Address}.");
        }
    }
}
