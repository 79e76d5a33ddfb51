using Microsoft.Extensions.Options;
using Pointbook.Server.Security;

namespace Pointbook.Server.Hosting;

/// <summary>Runs the server until it is told to stop.</summary>
internal static class ServerRun
{
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";
    private const string KestrelSource = "Microsoft.AspNetCore.Server.Kestrel.Core";

    /// <summary>Runs the server.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="configure">As in <see cref="PointbookApp.Build"/>.</param>
    /// <returns>The exit code: 0 after an ordinary end; 1 if the server could not start, found a bug in itself, or could not stop in order.</returns>
    public static async Task<int> RunAsync(string[] args, Action<WebApplicationBuilder> configure)
    {
        bool isStarting = true;
        try
        {
            await using WebApplication app = PointbookApp.Build(args, builder =>
            {
                // The host would log the stack of what keeps the server from starting; that is said below, in one sentence.
                builder.Logging.AddFilter(HostCategory, level => !Volatile.Read(ref isStarting) && level >= LogLevel.Warning);
                configure(builder);
            });
            await app.StartAsync();
            Volatile.Write(ref isStarting, false);
            Announce(app);
            return await EndAsync(app);
        }
        catch (Exception exception) when (isStarting)
        {
            await Console.Error.WriteLineAsync(Sentence(exception) ?? $"Pointbook could not start: {exception}");
            return 1;
        }
    }

    /// <summary>Waits until the server is told to stop and has done so.</summary>
    private static async Task<int> EndAsync(WebApplication app)
    {
        ProcessEnd end = app.Services.GetRequiredService<ProcessEnd>();
        try
        {
            await app.WaitForShutdownAsync();
            return end.ExitCode;
        }
        catch (Exception failure)
        {
            // Everything that was acknowledged is durable. Nobody is left who could do something about it now but whoever reads the log.
            LogMessages.StopFailed(app.Logger, failure);
            return 1;
        }
    }

    /// <summary>The message of a failure that is understood from its message alone, or null.</summary>
    private static string? Sentence(Exception exception) => exception switch
    {
        StartRefusedException refused => refused.Message,
        // Options that depend on each other are all checked, and each repeats what is wrong with the ones it depends on.
        AggregateException several when several.InnerExceptions.All(inner => Sentence(inner) is not null) =>
            string.Join(Environment.NewLine, several.InnerExceptions.Select(Sentence).Distinct(StringComparer.Ordinal)),
        OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures),
        InvalidOperationException { InnerException: FormatException or OverflowException or ArgumentException } unreadable => unreadable.Message,
        InvalidOperationException { Source: KestrelSource } unusable => unusable.Message,
        IOException unbound => unbound.Message,
        FormatException address => address.Message,
        ArgumentOutOfRangeException port => port.Message.ReplaceLineEndings(" "),
        _ => null,
    };

    private static void Announce(WebApplication app)
    {
        bool isSecured = app.Services.GetRequiredService<AccessMode>().IsSecured;
        foreach (string address in app.Urls)
        {
            LogMessages.Listening(app.Logger, address);
            if (isSecured && IsOpenWire(address))
            {
                LogMessages.NotEncrypted(app.Logger, address);
            }
        }

        LogMessages.TryIt(
            app.Logger,
            $"curl {app.Urls.First()}/addTransaction {(isSecured ? "-H @admin.header " : "")}-H 'Content-Type: application/json' "
            + $$"""-d '{"payer":"DANNON","points":300,"timestamp":"{{Contracts.Rfc3339.Example}}"}'""");
        app.Lifetime.ApplicationStopping.Register(() => LogMessages.Stopping(app.Logger));
    }

    /// <summary>Whether others could listen in on what is sent there.</summary>
    private static bool IsOpenWire(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback;
}
