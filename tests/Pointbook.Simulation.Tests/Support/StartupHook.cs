using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;

/// <summary>Runs in a server that is started with <c>DOTNET_STARTUP_HOOKS</c>: the listener that counts the first commit throws, like a bug in the partition's loop.</summary>
[SuppressMessage("Design", "CA1050", Justification = "The runtime requires it without a namespace.")]
[SuppressMessage("Maintainability", "CA1515", Justification = "The runtime calls it by its name.")]
internal static class StartupHook
{
    private static MeterListener? _listener;

    /// <summary>The runtime calls this before <c>Main</c>.</summary>
    public static void Initialize()
    {
        _listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "pointbook.commits")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => throw new InvalidOperationException("Scripted bug in the loop."));
        _listener.Start();
    }
}
