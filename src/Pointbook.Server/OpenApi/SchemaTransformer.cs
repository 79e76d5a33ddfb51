using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.Problems;

namespace Pointbook.Server.OpenApi;

/// <summary>Makes the schemas as strict as the server: nothing is null, types with a converter are strings, and requests accept no other members.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    private static readonly string[] RetryWords =
        [RetryAdvice.AfterCorrection, RetryAdvice.WhenPointsArrive, RetryAdvice.Later, RetryAdvice.AfterOperator, RetryAdvice.SameKey];

    private static readonly string[] StatusWords = [SpendStatus.Pending, SpendStatus.Final, SpendStatus.Reversed];

    private static readonly string[] BulkWords = [BulkStatus.Accepted, BulkStatus.Replayed, BulkStatus.Refused];

    private static readonly string[] KeyWords = [Contracts.KeyStatus.Active, Contracts.KeyStatus.Expired, Contracts.KeyStatus.Revoked];

    private static readonly string[] Codes = [.. ProblemTable.All.Select(kind => kind.Code)];

    /// <summary>Whether values of a type are encoded in base64.</summary>
    public static bool IsBytes(Type type) => (Nullable.GetUnderlyingType(type) ?? type) == typeof(ReadOnlyMemory<byte>);

    /// <inheritdoc/>
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        schema.Type &= ~JsonSchemaType.Null;
        JsonTypeInfo type = context.JsonTypeInfo;
        if ((Nullable.GetUnderlyingType(type.Type) ?? type.Type) == typeof(DateTimeOffset))
        {
            (schema.Type, schema.Format) = (JsonSchemaType.String, "date-time");
        }
        else if (IsBytes(type.Type))
        {
            (schema.Type, schema.Format) = (JsonSchemaType.String, "byte");
        }
        else if (type.Type == typeof(string))
        {
            schema.Type = JsonSchemaType.String;
            // An item of a list already has its words from the list.
            schema.Enum = context.JsonPropertyInfo is { } member ? Words(member) : schema.Enum;
        }
        else if (type.Type == typeof(IReadOnlyList<string>))
        {
            // No list of an API key is empty: an omitted list means something different from an empty one.
            schema.MinItems = 1;
            (schema.Type, schema.Items) = (JsonSchemaType.Array, new OpenApiSchema { Type = JsonSchemaType.String, Enum = ItemWords(context.JsonPropertyInfo) });
        }
        else if (type.Kind == JsonTypeInfoKind.Object)
        {
            RestrictMembers(schema, type);
        }

        return Task.CompletedTask;
    }

    private static void RestrictMembers(OpenApiSchema schema, JsonTypeInfo type)
    {
        schema.Required = new SortedSet<string>(
            type.Properties.Where(IsAlwaysThere).Select(member => member.Name), StringComparer.Ordinal);
        // Clients of an older version must accept replies with more members than they know.
        schema.AdditionalPropertiesAllowed = RequestJson.Default.GetTypeInfo(type.Type) is null;
    }

    private static bool IsAlwaysThere(JsonPropertyInfo member) => member.IsRequired && !member.IsSetNullable && !member.IsGetNullable;

    private static List<JsonNode>? Words(JsonPropertyInfo member) => (member.DeclaringType.Name, member.Name) switch
    {
        (nameof(Problem), "code") => Nodes(Codes),
        (nameof(Problem), "retry") => Nodes(RetryWords),
        (nameof(Spend), "status") => Nodes(StatusWords),
        (nameof(BulkItem), "status") => Nodes(BulkWords),
        (nameof(Key), "status") => Nodes(KeyWords),
        _ => null,
    };

    private static List<JsonNode>? ItemWords(JsonPropertyInfo? member) => member?.Name == "scopes" ? Nodes([.. ScopeNames.All]) : null;

    private static List<JsonNode> Nodes(string[] words) => [.. words.Select(word => (JsonNode)JsonValue.Create(word))];
}
