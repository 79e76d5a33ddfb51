namespace Pointbook.Server.Hosting;

/// <summary>The default configuration. Files, environment and command line all override it.</summary>
internal static class DefaultConfiguration
{
    /// <summary>The default address of the server.</summary>
    public const string Address = "http://127.0.0.1:5080";

    private static readonly Dictionary<string, string?> Values = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        // Refused requests have their own log line.
        ["Logging:LogLevel:Pointbook.Server.Security.CallerHandler"] = "Warning",
        // The server itself logs its addresses.
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ ",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
        ["Logging:Console:FormatterOptions:ColorBehavior"] = "Disabled",
    };

    // The builder reads it during its creation, so it must be an argument. It comes first, so that an operator can override it.
    private const string ReadFilesOnce = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>Creates the builder of a server, which reads files, environment and command line once.</summary>
    /// <remarks>
    /// The server validates options at its start, so a later change of a file must not change them. A watch would also include every directory below
    /// the working directory. The store may be there, and then each commit would wake the watcher.
    /// </remarks>
    /// <param name="args">The command line.</param>
    public static WebApplicationBuilder CreateBuilder(string[] args) => WebApplication.CreateSlimBuilder([ReadFilesOnce, .. args]);

    /// <summary>Adds the defaults with the lowest priority.</summary>
    public static void Apply(WebApplicationBuilder builder)
    {
        builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Values });
        // Kestrel would prefer a default address to ports, and warn about it if endpoints are set. So it is set only if nothing else is.
        bool isConfigured = builder.Configuration["urls"] is not null
            || builder.Configuration["http_ports"] is not null
            || builder.Configuration["https_ports"] is not null
            || builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
        if (!isConfigured)
        {
            builder.WebHost.UseUrls(Address);
        }
    }
}
