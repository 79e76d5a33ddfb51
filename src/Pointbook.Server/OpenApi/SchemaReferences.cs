using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Pointbook.Server.OpenApi;

/// <summary>Adds each schema to the document once, under its name, and refers to it.</summary>
internal static class SchemaReferences
{
    // ASP.NET Core stores the name of a schema under this key.
    private const string NameKey = "x-schema-id";

    /// <summary>The schema of a type.</summary>
    public static async Task<IOpenApiSchema> OfAsync(Type type, OpenApiOperationTransformerContext context, CancellationToken cancellationToken) =>
        Refer(await context.GetOrCreateSchemaAsync(type, cancellationToken: cancellationToken), context.Document!);

    private static IOpenApiSchema Refer(IOpenApiSchema schema, OpenApiDocument document)
    {
        if (schema is not OpenApiSchema written)
        {
            return schema;
        }

        foreach (string member in written.Properties?.Keys.ToArray() ?? [])
        {
            written.Properties![member] = Refer(written.Properties[member], document);
        }

        written.Items = written.Items is null ? null : Refer(written.Items, document);
        if (written.Metadata is null || !written.Metadata.TryGetValue(NameKey, out object? id) || id is not string { Length: > 0 } name)
        {
            return written;
        }

        document.AddComponent(name, written);
        return new OpenApiSchemaReference(name, document);
    }
}
