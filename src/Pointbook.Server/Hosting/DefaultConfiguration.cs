namespace Pointbook.Server.Hosting;

/// <summary>What is configured if nobody says otherwise. Files, environment and command line all win over it.</summary>
internal static class DefaultConfiguration
{
    /// <summary>Where the server listens.</summary>
    public const string Address = "http://127.0.0.1:5080";

    private static readonly Dictionary<string, string?> Values = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        // Refused requests have a line of their own.
        ["Logging:LogLevel:Pointbook.Server.Security.CallerHandler"] = "Warning",
        // The server says itself where it listens.
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ ",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
        ["Logging:Console:FormatterOptions:ColorBehavior"] = "Disabled",
    };

    // The builder reads it while it is created, so it must be an argument. It comes first, so that an operator can still set it.
    private const string ReadFilesOnce = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>Begins to build a server, with files, environment and command line read once.</summary>
    /// <remarks>
    /// Options are validated at the start, so a file that changes later must not change them. Watching for changes would also watch every
    /// directory below the working directory: each commit would wake the watcher, because the store may be there.
    /// </remarks>
    /// <param name="args">The command line.</param>
    public static WebApplicationBuilder CreateBuilder(string[] args) => WebApplication.CreateSlimBuilder([ReadFilesOnce, .. args]);

    /// <summary>Puts the defaults beneath all other configuration.</summary>
    public static void Apply(WebApplicationBuilder builder)
    {
        builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Values });
        // Kestrel would prefer a default address over ports, and warn about it beside endpoints, so it stands only where nothing else does.
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
