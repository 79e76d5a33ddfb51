using System.Globalization;
using Microsoft.Extensions.Options;

namespace Pointbook.Server.Hosting;

/// <summary>Validates <see cref="HttpOptions"/> at the start, and describes invalid values in sentences.</summary>
internal sealed class HttpOptionsValidator : IValidateOptions<HttpOptions>
{
    // The server holds a body as a whole, and Kestrel stops reading a connection that holds a megabyte.
    private const int BodySizeLimit = 524_288;
    private const int HeadersSizeLimit = 1_048_576;
    private const int ConnectionsLimit = 1_000_000;
    private static readonly TimeSpan TimeoutMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TimeoutLimit = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, HttpOptions options)
    {
        string?[] faults =
        [
            Fault(nameof(HttpOptions.BodySizeMax), options.BodySizeMax, 1_024, BodySizeLimit),
            Fault(nameof(HttpOptions.HeadersSizeMax), options.HeadersSizeMax, 1_024, HeadersSizeLimit),
            Fault(nameof(HttpOptions.HeadersTimeout), options.HeadersTimeout, TimeoutMin, TimeoutLimit),
            Fault(nameof(HttpOptions.KeepAliveTimeout), options.KeepAliveTimeout, TimeoutMin, TimeoutLimit),
            Fault(nameof(HttpOptions.RequestTimeout), options.RequestTimeout, TimeoutMin, TimeoutLimit),
            TrustedProxies.Fault(options),
            Fault(nameof(HttpOptions.ConnectionsMax), options.ConnectionsMax, 1, ConnectionsLimit),
        ];
        List<string> sentences = [.. faults.OfType<string>()];
        return sentences.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(sentences);
    }

    private static string? Fault<T>(string option, T value, T least, T most)
        where T : IComparable<T> =>
        value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"Http:{option} must be between {least} and {most}, but is {value}.");
}
