using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Pointbook.Server.Accounts;
using Pointbook.Server.Bulk;
using Pointbook.Server.Classic;
using Pointbook.Server.Clocks;
using Pointbook.Server.Cors;
using Pointbook.Server.Docs;
using Pointbook.Server.Erasures;
using Pointbook.Server.Flushes;
using Pointbook.Server.Health;
using Pointbook.Server.Hosting;
using Pointbook.Server.JournalFeed;
using Pointbook.Server.Json;
using Pointbook.Server.Keys;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Payers;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;
using Pointbook.Server.RateLimits;
using Pointbook.Server.Security;
using Pointbook.Server.Spends;
using Pointbook.Server.Statements;
using Pointbook.Server.Transactions;

namespace Pointbook.Server;

/// <summary>The server as an application that the host starts and stops.</summary>
public static class PointbookApp
{
    // The server answers complete requests much faster. A request whose body never arrives must not delay the stop.
    private static readonly TimeSpan RequestsEndWithin = TimeSpan.FromSeconds(10);

    /// <summary>Builds the server.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="configure">Adds the services that the server needs: at least an <see cref="Engine.ILedger"/>.</param>
    /// <exception cref="StartRefusedException">The process cannot run as a Pointbook server.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        TextNormalization.Check();
        WebApplicationBuilder builder = DefaultConfiguration.CreateBuilder(args);
        builder.WebHost.UseKestrelHttpsConfiguration();
        DefaultConfiguration.Apply(builder);
        KnownSections.Check(args, builder.Configuration);
        AddServices(builder.Services);
        configure(builder);

        WebApplication app = builder.Build();
        Compose(app);
        return app;
    }

    private static void AddServices(IServiceCollection services)
    {
        services.AddOptions<HttpOptions>().BindConfiguration("Http").ValidateOnStart();
        services.AddSingleton<IValidateOptions<HttpOptions>, HttpOptionsValidator>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, KestrelSetup>();
        services.AddSingleton<JsonBody>().AddSingleton<TransactionReader>().AddSingleton<SpendReader>().AddSingleton<NoteReader>();
        services.AddSingleton<ProcessEnd>();
        services.AddAccess();
        services.AddRateLimits();
        services.AddCorsOptions();
        services.AddConfiguredTimeouts();
        services.AddBulk();
        services.AddJournalFeed();
        services.AddHealth();
        services.AddClockRoutes();
        services.AddApiDescription();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = RequestsEndWithin);
        // ASPNETCORE_FORWARDEDHEADERS_ENABLED would replace the client's address by a header's value before protected mode checks both.
        services.PostConfigure<ForwardedHeadersOptions>(static options => options.ForwardedHeaders = ForwardedHeaders.None);
    }

    private static void Compose(WebApplication app)
    {
        app.UseReplyHeaders();
        app.UseMiddleware<AccessLog>();
        app.UseMiddleware<ProtectedMode>();
        app.UseMiddleware<HostCheck>();
        app.UseTrustedProxies();
        app.UseMiddleware<ProblemMiddleware>();
        app.UseHsts();
        app.UseRouting();
        app.UseConfiguredCors();
        app.UseAddressLimit();
        app.UseRequestTimeouts();
        app.UseAuthentication();
        app.UseKeyLimit();
        app.UseAuthorization();
        app.UseMiddleware<QueryCheck>();
        app.MapClassic();
        app.MapAccounts();
        app.MapTransactions();
        app.MapSpends();
        app.MapFlushes();
        app.MapErasures();
        app.MapPayers();
        app.MapStatements();
        app.MapBulk();
        app.MapJournalFeed();
        app.MapKeys();
        app.MapClock();
        app.MapHealth();
        app.MapApiDescription();
        app.MapDocs();
    }
}
