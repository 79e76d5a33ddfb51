using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Pointbook.Server.Hosting;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;

namespace Pointbook.Server.Cors;

/// <summary>Lets pages of other origins call once the ledger is secured, because every caller must then authenticate.</summary>
internal static class CorsSetup
{
    private static readonly TimeSpan PreflightKeptFor = TimeSpan.FromMinutes(10);

    /// <summary>Adds the options.</summary>
    public static void AddCorsOptions(this IServiceCollection services)
    {
        services.AddOptions<CorsOptions>().BindConfiguration("Cors").ValidateOnStart();
        services.AddSingleton<IValidateOptions<CorsOptions>>(new FaultValidator<CorsOptions>(static options => options.Fault()));
        services.AddCors();
    }

    /// <summary>Answers preflights and marks replies, if origins are configured and the ledger is secured.</summary>
    public static void UseConfiguredCors(this WebApplication app)
    {
        CorsOptions options = app.Services.GetRequiredService<IOptions<CorsOptions>>().Value;
        if (options.List.Count == 0)
        {
            return;
        }

        AccessMode mode = app.Services.GetRequiredService<AccessMode>();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            if (!mode.IsSecured)
            {
                LogMessages.CorsWaits(app.Logger);
            }
        });
        // In protected mode, being on this machine is a credential. A browser presents it automatically, so other origins must not call then.
        app.UseWhen(_ => mode.IsSecured, secured => secured.UseCors(policy => Configure(policy, options)));
    }

    /// <summary>The page sends its credentials in a header, so cookies and other ambient credentials are not allowed.</summary>
    private static void Configure(CorsPolicyBuilder policy, CorsOptions options)
    {
        _ = options.AreAll ? policy.AllowAnyOrigin() : policy.WithOrigins([.. options.List]);
        policy
            .AllowAnyMethod()
            .WithHeaders(HeaderNames.Authorization, HeaderNames.ContentType, HeaderNames.Accept, IdempotencyHeader.Name, "Last-Event-ID")
            .WithExposedHeaders(IdempotencyHeader.ReplayedName, HeaderNames.Location, HeaderNames.RetryAfter, HeaderNames.WWWAuthenticate)
            .SetPreflightMaxAge(PreflightKeptFor);
    }
}
