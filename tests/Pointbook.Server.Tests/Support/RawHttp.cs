using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Pointbook.Server.Tests.Support;

/// <summary>Sends bytes that a well-behaved client never would.</summary>
internal static class RawHttp
{
    /// <summary>Sends a request, and reads everything until the server closes the connection.</summary>
    public static async Task<(int Status, string Text)> SendAsync(Uri address, string request)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        using TcpClient client = new();
        await client.ConnectAsync(address.Host, address.Port, cancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), cancellationToken);
        using StreamReader reader = new(stream, Encoding.UTF8);
        string text = await reader.ReadToEndAsync(cancellationToken);
        return (int.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture), text);
    }
}
