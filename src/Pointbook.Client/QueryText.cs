using System.Globalization;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>A path with query parameters. It omits parameters whose value is null.</summary>
internal sealed class QueryText(string path)
{
    private string _text = path;

    public QueryText Add(string name, string? value)
    {
        if (value is not null)
        {
            _text += (_text.Contains('?', StringComparison.Ordinal) ? '&' : '?') + name + '=' + Uri.EscapeDataString(value);
        }

        return this;
    }

    public QueryText Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public QueryText Add(string name, DateTimeOffset? value) => Add(name, value is { } time ? Rfc3339.Format(time) : null);

    public QueryText Add(string name, DateOnly value) => Add(name, value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public override string ToString() => _text;
}
