using System.Net;
using System.Net.Sockets;

namespace Pointbook.Server.Tests.Support;

/// <summary>Makes clients that come from an address of their own.</summary>
internal static class ClientAddress
{
    public static HttpClient ClientFrom(this RunningServer server, string address)
    {
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
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
}
