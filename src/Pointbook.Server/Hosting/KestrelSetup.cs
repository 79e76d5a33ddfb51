using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Hosting;

/// <summary>Gives Kestrel its limits and the guard of its endpoints.</summary>
internal sealed class KestrelSetup(
    IOptions<HttpOptions> options, IOptions<StorageOptions> storage, IOptions<SqliteStoreOptions> sqlite, AccessMode mode) : IConfigureOptions<KestrelServerOptions>
{
    /// <inheritdoc/>
    public void Configure(KestrelServerOptions kestrel)
    {
        HttpOptions http = options.Value;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = http.BodySizeMax;
        kestrel.Limits.MaxRequestHeadersTotalSize = http.HeadersSizeMax;
        kestrel.Limits.RequestHeadersTimeout = http.HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = http.KeepAliveTimeout;
        kestrel.Limits.MaxConcurrentConnections = http.ConnectionsMax;
        // Kestrel calls this before it binds an endpoint, whether from --urls, the environment or Kestrel:Endpoints. The keys are already open.
        kestrel.ConfigureEndpointDefaults(endpoint => EndpointGuard.Check(endpoint, mode.IsSecured, FirstKey.Command(storage.Value, sqlite.Value)));
    }
}
