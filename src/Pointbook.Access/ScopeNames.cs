namespace Pointbook.Access;

/// <summary>Scopes as text: <c>read add spend flush admin</c>, in this order. Thread-safe.</summary>
public static class ScopeNames
{
    private static readonly (Scopes Scope, string Name)[] Named =
    [
        (Scopes.Read, "read"), (Scopes.Add, "add"), (Scopes.Spend, "spend"), (Scopes.Flush, "flush"), (Scopes.Admin, "admin"),
    ];

    /// <summary>All names, in order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Named.Select(named => named.Name)];

    /// <summary>The scope of a name, compared exactly; null if the name is unknown.</summary>
    public static Scopes? Find(string name)
    {
        foreach ((Scopes scope, string known) in Named)
        {
            if (known == name)
            {
                return scope;
            }
        }

        return null;
    }

    /// <summary>The names of the scopes, in order.</summary>
    public static IReadOnlyList<string> Of(Scopes scopes) => [.. Named.Where(named => scopes.HasFlag(named.Scope)).Select(named => named.Name)];

    /// <summary>The names of the scopes, separated by spaces, as in OAuth 2 (RFC 6749, section 3.3).</summary>
    public static string ToText(Scopes scopes) => string.Join(' ', Of(scopes));

    /// <summary>Parses the output of <see cref="ToText"/>.</summary>
    /// <exception cref="ArgumentException">A name is unknown: a newer version or something other than Pointbook changed the store.</exception>
    public static Scopes FromTrusted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Scopes scopes = Scopes.None;
        foreach (string name in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            scopes |= Find(name) ?? throw new ArgumentException($"There is no scope '{name}'.", nameof(text));
        }

        return scopes;
    }

    /// <summary>Parses the output of <see cref="ToText"/>, if the text is valid.</summary>
    /// <returns>The scopes, or null if a name is unknown: a newer version or something other than Pointbook changed the store.</returns>
    public static Scopes? TryFromTrusted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Scopes? scopes = Scopes.None;
        foreach (string name in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            scopes |= Find(name);
        }

        return scopes;
    }
}
