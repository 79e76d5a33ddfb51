using System.Reflection;
using System.Xml.Linq;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>Every bound that an operator can set is documented and checked: a value out of range causes a sentence that names it.</summary>
internal static class OptionsRule
{
    private static readonly Dictionary<Type, object> Lowest = new()
    {
        [typeof(int)] = int.MinValue,
        [typeof(long)] = long.MinValue,
        [typeof(double)] = double.MinValue,
        [typeof(TimeSpan)] = TimeSpan.MinValue,
    };

    /// <summary>The options types in an assembly.</summary>
    public static IEnumerable<Type> TypesOf(Assembly assembly) =>
        assembly.GetTypes().Where(type => type.IsClass && !type.IsNested && type.Name.EndsWith("Options", StringComparison.Ordinal));

    /// <summary>The violations in an options type.</summary>
    /// <param name="type">The options type.</param>
    /// <param name="fault">Returns the fault of an options value as a sentence, or null. The parameter is null if no code checks the type.</param>
    public static IEnumerable<string> Violations(Type type, Func<object, string?>? fault)
    {
        PropertyInfo[] bounds = [.. type.GetProperties().Where(property => property.SetMethod is { IsPublic: true } && Lowest.ContainsKey(BoundType(property)))];
        if (bounds.Length == 0)
        {
            yield break;
        }

        if (fault is null)
        {
            yield return $"No code checks {type.Name}; give it a Fault() or an IValidateOptions<{type.Name}>.";
            yield break;
        }

        if (fault(Activator.CreateInstance(type)!) is { } faultOfDefaults)
        {
            yield return $"The defaults of {type.Name} are refused: {faultOfDefaults}";
        }

        foreach (PropertyInfo bound in bounds)
        {
            object options = Activator.CreateInstance(type)!;
            bound.SetValue(options, Lowest[BoundType(bound)]);
            string? sentence = fault(options);
            if (sentence?.Contains(bound.Name, StringComparison.Ordinal) != true || !sentence.EndsWith('.'))
            {
                yield return $"{type.Name}.{bound.Name} is not checked with a sentence that names it; out of range it gives '{sentence}'.";
            }

            if (IsNamedByServer(type) && sentence?.StartsWith(bound.Name + " ", StringComparison.Ordinal) == false)
            {
                yield return $"{type.Name}.{bound.Name} is checked with a sentence that does not begin with it, so that the server cannot add the section: '{sentence}'.";
            }
        }
    }

    /// <summary>The settable properties that have no summary.</summary>
    public static IEnumerable<string> DocumentationViolations(Type type, XElement documentation)
    {
        HashSet<string> documented =
        [
            .. documentation.Descendants("member")
                .Where(member => !string.IsNullOrWhiteSpace(member.Element("summary")?.Value))
                .Select(member => member.Attribute("name")!.Value),
        ];
        return type.GetProperties()
            .Where(property => property.SetMethod is { IsPublic: true } && !documented.Contains($"P:{type.FullName}.{property.Name}"))
            .Select(property => $"{type.Name}.{property.Name} has no summary.");
    }

    /// <summary>Finds the check of an options type: its own method or a validator in its assembly. Null if there is none.</summary>
    public static Func<object, string?>? FindCheck(Type type)
    {
        if (type.GetMethod("Fault", Type.EmptyTypes) is { } own && own.ReturnType == typeof(string))
        {
            return options => (string?)own.Invoke(options, null);
        }

        foreach (Type candidate in type.Assembly.GetTypes().Where(candidate => candidate is { IsClass: true, IsAbstract: false }))
        {
            Type? contract = candidate.GetInterfaces().FirstOrDefault(found => found.IsGenericType
                && found.Name == "IValidateOptions`1" && found.GenericTypeArguments[0] == type);
            if (contract is not null && candidate.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, Type.EmptyTypes) is not null)
            {
                object validator = Activator.CreateInstance(candidate, nonPublic: true)!;
                MethodInfo validate = contract.GetMethod("Validate")!;
                return options =>
                {
                    object result = validate.Invoke(validator, [null, options])!;
                    return (string?)result.GetType().GetProperty("FailureMessage")!.GetValue(result);
                };
            }
        }

        return null;
    }

    // The engine and the stores do not know which section the server reads their options from.
    private static bool IsNamedByServer(Type type) =>
        type.Assembly.GetName().Name is { } assembly
        && (assembly == "Pointbook.Engine" || assembly.StartsWith("Pointbook.Storage.", StringComparison.Ordinal));

    private static Type BoundType(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
}
