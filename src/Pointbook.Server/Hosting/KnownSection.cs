using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pointbook.Server.Hosting;

/// <summary>A section of the configuration that the server reads, with its options and their types. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Options">The type of each option by its name, in any case.</param>
internal sealed record KnownSection(string Name, IReadOnlyDictionary<string, Type> Options)
{
    /// <summary>Returns the section that is bound to an options type.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="except">The name of an option that is bound to another section.</param>
    /// <typeparam name="TOptions">The options type.</typeparam>
    public static KnownSection Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(string name, string? except = null) =>
        new(name, typeof(TOptions).GetProperties()
            .Where(property => property.SetMethod is { IsPublic: true } && property.Name != except)
            .ToDictionary(property => property.Name, property => property.PropertyType, StringComparer.OrdinalIgnoreCase));

    /// <summary>Joins several sections with the same name.</summary>
    public static KnownSection Join(IGrouping<string, KnownSection> sections) => new(
        sections.Key,
        sections.SelectMany(section => section.Options).DistinctBy(option => option.Key)
            .ToDictionary(option => option.Key, option => option.Value, StringComparer.OrdinalIgnoreCase));

    /// <summary>Describes the faults of the section in sentences: unknown options and unreadable values. It does not check what a value means.</summary>
    public IEnumerable<string> Faults(IConfiguration configuration)
    {
        foreach (IConfigurationSection member in configuration.GetSection(Name).GetChildren())
        {
            string? fault = Options.TryGetValue(member.Key, out Type? type)
                ? Fault(member, type)
                : $"{member.Path} is not an option of the server. Valid options: {string.Join(", ", Options.Keys.Order(StringComparer.Ordinal).Select(option => $"{Name}:{option}"))}.";
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
            // The binder ignores the names and takes the values in the order of their names.
            return option.GetChildren().FirstOrDefault(item => !int.TryParse(item.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _) || HasChildren(item)) is { } odd
                ? $"{odd.Path} is not an option of the server. Number the values of {option.Path} as {option.Path}:0, {option.Path}:1 and so on."
                : null;
        }

        if (HasChildren(option))
        {
            return $"{option.GetChildren().First().Path} is not an option of the server. Set {option.Path} to a single value.";
        }

        // An empty value counts as not set, because some environments cannot omit a variable.
        return string.IsNullOrEmpty(option.Value) || Advice(option.Value, Nullable.GetUnderlyingType(type) ?? type) is not { } advice
            ? null
            : $"{option.Path} must be {advice}, but is '{option.Value}'.";
    }

    /// <summary>What to write instead of a value that does not have its type; null if it has.</summary>
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
