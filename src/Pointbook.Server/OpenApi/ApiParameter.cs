using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Pointbook.Server.OpenApi;

/// <summary>A path, query or header parameter of an operation. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="In">Where it stands.</param>
/// <param name="Description">What it means, with its default and its range.</param>
internal sealed record ApiParameter(string Name, ParameterLocation In, string Description)
{
    /// <summary>Its JSON type; a text if nothing is said.</summary>
    public JsonSchemaType Type { get; init; } = JsonSchemaType.String;

    /// <summary>Its format, such as <c>date-time</c>, or null.</summary>
    public string? Format { get; init; }

    /// <summary>The words it may be, or null where it may be others.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>The smallest number or shortest text that it may be, or null.</summary>
    public int? Min { get; init; }

    /// <summary>The largest number or longest text that it may be, or null.</summary>
    public int? Max { get; init; }

    /// <summary>What holds if it is left out, or null.</summary>
    public int? Default { get; init; }

    /// <summary>The characters it may have, as a regular expression, or null.</summary>
    public string? Pattern { get; init; }

    /// <summary>Whether it must not be left out.</summary>
    public bool IsRequired { get; init; }

    /// <summary>One value that it may have.</summary>
    public required string Example { get; init; }

    /// <summary>The parameter as the document has it.</summary>
    public OpenApiParameter ToOpenApi() => new()
    {
        Name = Name,
        In = In,
        Description = Description,
        Required = IsRequired || In == ParameterLocation.Path,
        Schema = Type == JsonSchemaType.Integer ? IntegerSchema() : TextSchema(),
        Example = Type == JsonSchemaType.Integer ? JsonNode.Parse(Example) : JsonValue.Create(Example),
    };

    private OpenApiSchema IntegerSchema() => new()
    {
        Type = Type,
        Format = Format ?? "int32",
        Minimum = Min?.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Maximum = Max?.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Default = Default is { } number ? JsonValue.Create(number) : null,
    };

    private OpenApiSchema TextSchema() => new()
    {
        Type = Type,
        Format = Format,
        MinLength = Min,
        MaxLength = Max,
        Pattern = Pattern,
        Enum = Words is null ? null : [.. Words.Select(word => (JsonNode)JsonValue.Create(word))],
    };
}
