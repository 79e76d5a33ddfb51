namespace Pointbook.Server.Queries;

/// <summary>The query parameters of an endpoint. It is metadata of the endpoint, and <see cref="QueryCheck"/> refuses all others. Immutable.</summary>
/// <param name="names">The names, in the order of messages.</param>
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

    /// <summary>For endpoints without parameters.</summary>
    public static QueryNames None { get; } = new();

    /// <summary>The names.</summary>
    public IReadOnlyList<string> Names { get; } = names;
}
