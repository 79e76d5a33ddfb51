using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;

namespace Pointbook.Server.RateLimits;

/// <summary>Limits the request rate of each sender, using the limiter of ASP.NET Core.</summary>
internal static class RateLimitSetup
{
    private const int PrefixBytes = 8;

    /// <summary>Adds the options.</summary>
    public static void AddRateLimits(this IServiceCollection services)
    {
        services.AddOptions<RateLimitOptions>().BindConfiguration("RateLimits").ValidateOnStart();
        services.AddSingleton<IValidateOptions<RateLimitOptions>>(new FaultValidator<RateLimitOptions>(static options => options.Fault()));
        services.AddRateLimiter();
    }

    /// <summary>Limits addresses, before the server spends resources on a request.</summary>
    public static void UseAddressLimit(this WebApplication app)
    {
        RateLimitOptions options = app.Services.GetRequiredService<IOptions<RateLimitOptions>>().Value;
        if (options.PerAddress is { } requests)
        {
            Use(app, "address", requests, options, static context => Bytes(NetworkOf(context.Connection.RemoteIpAddress)));
        }
    }

    /// <summary>Limits callers, after authentication.</summary>
    public static void UseKeyLimit(this WebApplication app)
    {
        RateLimitOptions options = app.Services.GetRequiredService<IOptions<RateLimitOptions>>().Value;
        if (options.PerKey is { } requests)
        {
            Use(app, "key", requests, options, static context =>
                context.User is CallerPrincipal { Caller.Actor: { } actor } ? Encoding.UTF8.GetBytes(actor) : null);
        }
    }

    /// <summary>The number by which an address counts. A client with an IPv6 address usually has all 2^64 addresses of its network.</summary>
    public static UInt128 NetworkOf(IPAddress? address)
    {
        if (address is null)
        {
            return UInt128.Zero;
        }

        Span<byte> bytes = stackalloc byte[16];
        (address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address).TryWriteBytes(bytes, out _);
        UInt128 number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        bool isOneMachine = address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6;
        return isOneMachine ? number : number >> (PrefixBytes * 8) << (PrefixBytes * 8);
    }

    private static byte[] Bytes(UInt128 network)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, network);
        return bytes;
    }

    private static void Use(WebApplication app, string who, int requests, RateLimitOptions options, Func<HttpContext, byte[]?> whoSent)
    {
        CountingLimiter limiter = new(
            new WindowCounters(requests, options.Window, options.CountersMax, app.Services.GetRequiredService<TimeProvider>()), whoSent);
        app.Lifetime.ApplicationStopped.Register(limiter.Dispose);
        app.UseRateLimiter(new RateLimiterOptions
        {
            GlobalLimiter = limiter,
            OnRejected = (rejected, _) => new ValueTask(Refuse(rejected.Lease, who).ExecuteAsync(rejected.HttpContext)),
        });
    }

    private static ProblemReply Refuse(RateLimitLease lease, string who)
    {
        TimeSpan wait = lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan retryAfter) ? retryAfter : TimeSpan.Zero;
        return new ProblemReply(
            ProblemTable.RateLimited, $"This {who} has reached its request limit. The request was not carried out. Send it again after `Retry-After` seconds.")
        {
            RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)),
        };
    }
}
