using Microsoft.Extensions.Options;
using Pointbook.Server.Security;

namespace Pointbook.Server.Hosting;

/// <summary>Runs the server until it is stopped.</summary>
internal static class ServerRun
{
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";
    private const string KestrelSource = "Microsoft.AspNetCore.Server.Kestrel.Core";

    /// <summary>Runs the server.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="configure">As in <see cref="PointbookApp.Build"/>.</param>
    /// <returns>The exit code: 0 after a normal end; 1 if the server could not start, found a bug in itself, or failed to stop properly.</returns>
    public static async Task<int> RunAsync(string[] args, Action<WebApplicationBuilder> configure)
    {
        bool isStarting = true;
        try
        {
            await using WebApplication app = PointbookApp.Build(args, builder =>
            {
                // The host would log the stack of a failure to start. The code below reports it in one sentence.
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

    /// <summary>Waits until the server has stopped.</summary>
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
            // All acknowledged writes are durable. Only an operator who reads the log can act now.
            LogMessages.StopFailed(app.Logger, failure);
            return 1;
        }
    }

    /// <summary>The message of a failure that needs no stack to be understood, or null.</summary>
    private static string? Sentence(Exception exception) => exception switch
    {
        StartRefusedException refused => refused.Message,
        // Options that depend on each other are all validated, and each repeats the faults of the ones it depends on.
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

    /// <summary>Whether others could intercept what clients send to the address.</summary>
    private static bool IsOpenWire(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback;
}
