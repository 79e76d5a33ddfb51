using System.Globalization;
using System.Text.Json;

namespace Pointbook.Simulation.Tests.Support;

/// <summary>The bodies of requests, as text.</summary>
internal static class Bodies
{
    public static string Transaction(string payer, long points, string timestamp) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"payer":"{{JsonEncodedText.Encode(payer)}}","points":{{points}},"timestamp":"{{timestamp}}"}""");

    public static string Transaction(string payer, long points, string timestamp, string? reference) => reference is null
        ? Transaction(payer, points, timestamp)
        : $"{Transaction(payer, points, timestamp)[..^1]},{Note(reference)[1..]}";

    /// <summary>A reference alone.</summary>
    public static string Note(string reference) => $$"""{"reference":"{{JsonEncodedText.Encode(reference)}}"}""";

    public static string Spend(long points) => string.Create(CultureInfo.InvariantCulture, $$"""{"points":{{points}}}""");

    /// <summary>A timestamp in microseconds since 1970, as clients write it.</summary>
    public static string Timestamp(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
