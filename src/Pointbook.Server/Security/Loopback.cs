using System.Net;
using System.Net.Sockets;

namespace Pointbook.Server.Security;

/// <summary>What counts as this machine.</summary>
internal static class Loopback
{
    /// <summary>Whether it is 127.0.0.0/8, also inside IPv6, or ::1.</summary>
    public static bool IsLoopback(IPAddress address) =>
        IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>Whether it is <c>localhost</c>, an address of 127.0.0.0/8 in its usual spelling, or <c>[::1]</c>; with any port.</summary>
    public static bool IsLoopbackHost(HostString host)
    {
        string? name = host.HasValue ? host.Host : null;
        if (name is null or "127.0.0.1" || string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return name is not null;
        }

        return IPAddress.TryParse(name, out IPAddress? address) && address.AddressFamily switch
        {
            // The usual spelling only: what else parses as an address, such as 127.1 or 2130706433, no client sends as it is.
            AddressFamily.InterNetwork => IPAddress.IsLoopback(address) && address.ToString() == name,
            _ => name is "[::1]",
        };
    }
}
