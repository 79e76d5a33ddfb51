using System.Net;
using System.Net.Sockets;

namespace Pointbook.Server.Tests.Support;

/// <summary>Creates clients with special connections.</summary>
internal static class ClientAddress
{
    /// <summary>A client that connects from the given address.</summary>
    public static HttpClient ClientFrom(this RunningServer server, string address) =>
        NewClient(server, socket => socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0)));

    /// <summary>A client whose socket accepts little of a reply before the test reads it.</summary>
    public static HttpClient NewSlowReader(this RunningServer server) => NewClient(server, socket => socket.ReceiveBufferSize = 4_096);

    public static async Task<int> StatusAsync(this HttpClient client, string path, string? secret = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        if (secret is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + secret);
        }

        using HttpResponseMessage reply = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)reply.StatusCode;
    }

    private static HttpClient NewClient(RunningServer server, Action<Socket> prepare)
    {
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    prepare(socket);
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        return new HttpClient(handler) { BaseAddress = server.Address };
    }
}
