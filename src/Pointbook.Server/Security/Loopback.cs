using System.Net;
using System.Net.Sockets;

namespace Pointbook.Server.Security;

/// <summary>Recognizes the addresses of this machine.</summary>
internal static class Loopback
{
    /// <summary>Whether an address is in 127.0.0.0/8, also mapped to IPv6, or is ::1.</summary>
    public static bool IsLoopback(IPAddress address) =>
        IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>Whether a host is <c>localhost</c>, a canonical address of 127.0.0.0/8, or <c>[::1]</c>; with any port.</summary>
    public static bool IsLoopbackHost(HostString host)
    {
        string? name = host.HasValue ? host.Host : null;
        if (name is null or "127.0.0.1" || string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return name is not null;
        }

        return IPAddress.TryParse(name, out IPAddress? address) && address.AddressFamily switch
        {
            // Only the canonical spelling: no client sends other forms that parse as an address, such as 127.1 or 2130706433.
            AddressFamily.InterNetwork => IPAddress.IsLoopback(address) && address.ToString() == name,
            _ => name is "[::1]",
        };
    }
}
