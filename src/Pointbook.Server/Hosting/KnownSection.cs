using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pointbook.Server.Hosting;

/// <summary>A section of the configuration that the server reads, with its options and what they take. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Options">The type of each option, by name in upper or lower case.</param>
internal sealed record KnownSection(string Name, IReadOnlyDictionary<string, Type> Options)
{
    /// <summary>The section that is bound to some options.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="except">An option that is bound to another section.</param>
    /// <typeparam name="TOptions">The options.</typeparam>
    public static KnownSection Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(string name, string? except = null) =>
        new(name, typeof(TOptions).GetProperties()
            .Where(property => property.SetMethod is { IsPublic: true } && property.Name != except)
            .ToDictionary(property => property.Name, property => property.PropertyType, StringComparer.OrdinalIgnoreCase));

    /// <summary>One section out of several that have the same name.</summary>
    public static KnownSection Join(IGrouping<string, KnownSection> sections) => new(
        sections.Key,
        sections.SelectMany(section => section.Options).DistinctBy(option => option.Key)
            .ToDictionary(option => option.Key, option => option.Value, StringComparer.OrdinalIgnoreCase));

    /// <summary>What is wrong with what is configured in the section, in sentences. What a value means is not looked at, only whether it can be read.</summary>
    public IEnumerable<string> Faults(IConfiguration configuration)
    {
        foreach (IConfigurationSection member in configuration.GetSection(Name).GetChildren())
        {
            string? fault = Options.TryGetValue(member.Key, out Type? type)
                ? Fault(member, type)
                : $"{member.Path} is no option of the server; use one of {string.Join(", ", Options.Keys.Order(StringComparer.Ordinal).Select(option => $"{Name}:{option}"))}.";
            if (fault is not null)
            {
                yield return fault;
            }
        }
    }

    private static string? Fault(IConfigurationSection option, Type type)
    {
        if (type == typeof(IList<string>))
        {
            // Whatever the names are, the binder takes such values in the order of their names.
            return option.GetChildren().FirstOrDefault(item => !int.TryParse(item.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _) || HasChildren(item)) is { } odd
                ? $"{odd.Path} is no option of the server; number the values of {option.Path} as {option.Path}:0, {option.Path}:1 and so on."
                : null;
        }

        if (HasChildren(option))
        {
            return $"{option.GetChildren().First().Path} is no option of the server; write {option.Path} as one value.";
        }

        // An empty value is none, as in an environment where a variable cannot be left out.
        return string.IsNullOrEmpty(option.Value) || Advice(option.Value, Nullable.GetUnderlyingType(type) ?? type) is not { } advice
            ? null
            : $"{option.Path} is '{option.Value}'; write {advice}.";
    }

    /// <summary>What to write in place of a value that cannot be read as what it should be; null if it can.</summary>
    private static string? Advice(string value, Type type)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        return type == typeof(int) ? int.TryParse(value, NumberStyles.Integer, culture, out _) ? null : $"a whole number of at most {int.MaxValue}"
            : type == typeof(long) ? long.TryParse(value, NumberStyles.Integer, culture, out _) ? null : "a whole number"
            : type == typeof(TimeSpan) ? TimeSpan.TryParse(value, culture, out _) ? null : "a duration such as 00:01:00"
            : type == typeof(bool) && !bool.TryParse(value, out _) ? "true or false"
            : null;
    }

    private static bool HasChildren(IConfigurationSection section) => section.GetChildren().Any();
}
