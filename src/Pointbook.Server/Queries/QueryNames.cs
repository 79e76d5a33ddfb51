namespace Pointbook.Server.Queries;

/// <summary>Which query parameters an endpoint takes. It is metadata of the endpoint, and <see cref="QueryCheck"/> refuses all others. Immutable.</summary>
/// <param name="names">The names, in the order in which they are told.</param>
internal sealed class QueryNames(params string[] names)
{
    public const string After = "after";
    public const string Cursor = "cursor";
    public const string EffectiveAt = "effectiveAt";
    public const string From = "from";
    public const string Include = "include";
    public const string Kind = "kind";
    public const string KnownAt = "knownAt";
    public const string Limit = "limit";
    public const string Payer = "payer";
    public const string Prefix = "prefix";
    public const string To = "to";

    /// <summary>For endpoints that take none.</summary>
    public static QueryNames None { get; } = new();

    /// <summary>The names.</summary>
    public IReadOnlyList<string> Names { get; } = names;
}
