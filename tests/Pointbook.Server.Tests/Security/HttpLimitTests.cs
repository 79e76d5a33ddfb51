using System.Net.Sockets;
using System.Text;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>No client can keep the server busy with long or endless headers, or with connections, even idle ones.</summary>
public sealed class HttpLimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Headers_can_be_at_most_as_long_as_configured()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Http:HeadersSizeMax", "1024"]);
        foreach ((int length, int status) in ((int, int)[])[(800, 200), (1_100, 431)])
        {
            (int found, _) = await RawHttp.SendAsync(
                server.Address, $"POST /flushDB HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\nX-Long: {new string('x', length)}\r\n\r\n");
            Assert.Equal(status, found);
        }
    }

    [Fact]
    public async Task Headers_that_never_end_time_out()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Http:HeadersTimeout", "00:00:01"]);
        (int status, _) = await RawHttp.SendAsync(server.Address, "POST /flushDB HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(408, status);
    }

    [Fact]
    public async Task An_idle_connection_is_closed()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Http:KeepAliveTimeout", "00:00:01"]);
        TcpClient? asked = null;
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                asked = await AskAsync(server);
                return true;
            }
            catch (IOException)
            {
                // The limit also applies to the time before the first request. A busy machine may exceed it.
                return false;
            }
        });
        using TcpClient idle = asked!;
        Assert.Equal(0, await idle.GetStream().ReadAsync(new byte[1], Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    [Fact]
    public async Task The_configuration_limits_the_number_of_connections()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Http:ConnectionsMax", "2"]);
        using TcpClient first = await AskAsync(server);
        using (TcpClient second = await AskAsync(server))
        {
            await Assert.ThrowsAnyAsync<IOException>(() => AskAsync(server));
        }

        await Eventually.TrueAsync(() => IsServedAsync(server));
    }

    private static async Task<bool> IsServedAsync(RunningServer server)
    {
        try
        {
            using TcpClient client = await AskAsync(server);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Sends a request, reads the beginning of its reply, and leaves the connection open.</summary>
    /// <exception cref="IOException">The server sends no reply.</exception>
    private static async Task<TcpClient> AskAsync(RunningServer server)
    {
        TcpClient client = new();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HEAD /health/live HTTP/1.1\r\nHost: {server.Address.Authority}\r\n\r\n"), Token);
        StringBuilder head = new();
        byte[] part = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(part, Token) == 0)
            {
                client.Dispose();
                throw new EndOfStreamException();
            }

            head.Append((char)part[0]);
        }

        return client;
    }
}
