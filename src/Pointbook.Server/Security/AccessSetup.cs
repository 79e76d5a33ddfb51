using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Pointbook.Server.Keys;
using Pointbook.Server.Storage;

namespace Pointbook.Server.Security;

/// <summary>Adds the services that authenticate callers and check their access.</summary>
internal static class AccessSetup
{
    private static readonly TimeSpan HttpsRememberedFor = TimeSpan.FromDays(365);

    /// <summary>Adds authentication, authorization and their services. A route that declares no access refuses every caller.</summary>
    public static void AddAccess(this IServiceCollection services)
    {
        AddKeyOptions(services);
        services.AddOptions<JwtOptions>().BindConfiguration("Jwt").ValidateOnStart();
        services.AddSingleton<IValidateOptions<JwtOptions>>(new FaultValidator<JwtOptions>(static options => options.Fault()));
        services.AddSingleton<KeyRing>().AddSingleton<KeyDesk>().AddSingleton<AccessMode>().AddSingleton<CallerWatch>();
        services.AddSingleton<TokenIssuer>().AddSingleton<TokenReader>();
        services.AddHostedService(static provider => provider.GetRequiredService<TokenIssuer>());
        // Only the core: the rest is for cookies, and would write keys for their encryption into the user's home directory.
        services.AddAuthenticationCore(static authentication => authentication.DefaultScheme = CallerHandler.SchemeName);
        services.AddWebEncoders();
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, CallerHandler>(CallerHandler.SchemeName, configureOptions: null);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().AddRequirements(new UnstatedAccess()).Build());
        services.AddSingleton<IAuthorizationHandler, AccessCheck>().AddSingleton<IAuthorizationHandler, UnstatedAccess.Handler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessReplies>();
        services.AddHsts(hsts => hsts.MaxAge = HttpsRememberedFor);
    }

    /// <summary>Adds the options of keys, with their validation.</summary>
    public static void AddKeyOptions(IServiceCollection services)
    {
        services.AddOptions<KeyOptions>().BindConfiguration("Keys").ValidateOnStart();
        services.AddSingleton<IValidateOptions<KeyOptions>>(new FaultValidator<KeyOptions>(static options => options.Fault()));
    }
}
