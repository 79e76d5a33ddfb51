using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Pointbook.Server.OpenApi;

/// <summary>A path, query or header parameter of an operation. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="In">Its location.</param>
/// <param name="Description">Its meaning, default and range.</param>
internal sealed record ApiParameter(string Name, ParameterLocation In, string Description)
{
    /// <summary>Its JSON type; by default a string.</summary>
    public JsonSchemaType Type { get; init; } = JsonSchemaType.String;

    /// <summary>Its format, such as <c>date-time</c>, or null.</summary>
    public string? Format { get; init; }

    /// <summary>The valid words, or null if others are valid too.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>The minimum value or length, or null.</summary>
    public int? Min { get; init; }

    /// <summary>The maximum value or length, or null.</summary>
    public int? Max { get; init; }

    /// <summary>The default value, or null.</summary>
    public int? Default { get; init; }

    /// <summary>The valid characters, as a regular expression, or null.</summary>
    public string? Pattern { get; init; }

    /// <summary>Whether the client must send it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>An example.</summary>
    public required string Example { get; init; }

    /// <summary>Converts the parameter for the document.</summary>
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
