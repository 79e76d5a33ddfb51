using System.Net;
using System.Net.Sockets;

namespace Pointbook.Storage.Postgres.Tests.Outages;

/// <summary>What happens to a piece that a client sends.</summary>
internal enum LossKind
{
    /// <summary>The server receives it, and the client receives the reply.</summary>
    Nothing,

    /// <summary>The server does not receive it, and the wire cuts the connection.</summary>
    Request,

    /// <summary>The server receives it, and the wire cuts the connection when the reply arrives.</summary>
    Reply,
}

/// <summary>A proxy for a server, on its own port. It cuts connections when a test requests it.</summary>
internal sealed class LossyWire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly int _target;
    private readonly Task _accepting;
    private int _losses;

    public LossyWire(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Decides what happens to each piece that a client sends. Many threads call it.</summary>
    public Func<ReadOnlyMemory<byte>, LossKind> Decide { get; set; } = static _ => LossKind.Nothing;

    /// <summary>How many connections the wire has cut.</summary>
    public int Losses => Volatile.Read(ref _losses);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            Socket client = await _listener.AcceptSocketAsync(_ended.Token);
            _ = CarryAsync(client);
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _ended.Token);
                Link link = new();
                await Task.WhenAny(CarryRequestsAsync(client, server, link), CarryRepliesAsync(server, client, link));
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException)
            {
                // The connection has ended. The cause does not matter.
            }

            // The wire resets the connection instead of closing it cleanly, so neither side receives anything more.
            client.LingerState = new LingerOption(true, 0);
        }
    }

    private async Task CarryRequestsAsync(Socket client, Socket server, Link link)
    {
        byte[] buffer = new byte[1 << 20];
        while (await client.ReceiveAsync(buffer, _ended.Token) is int length and > 0)
        {
            LossKind loss = Decide(buffer.AsMemory(0, length));
            if (loss == LossKind.Request)
            {
                Interlocked.Increment(ref _losses);
                return;
            }

            link.IsReplyLost |= loss == LossKind.Reply;
            await SendAllAsync(server, buffer.AsMemory(0, length));
        }
    }

    private async Task CarryRepliesAsync(Socket server, Socket client, Link link)
    {
        byte[] buffer = new byte[1 << 20];
        while (await server.ReceiveAsync(buffer, _ended.Token) is int length and > 0)
        {
            if (link.IsReplyLost)
            {
                Interlocked.Increment(ref _losses);
                return;
            }

            await SendAllAsync(client, buffer.AsMemory(0, length));
        }
    }

    private async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, _ended.Token)..];
        }
    }

    private sealed class Link
    {
        public volatile bool IsReplyLost;
    }
}
