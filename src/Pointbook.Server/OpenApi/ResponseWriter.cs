using System.Net.Mime;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Pointbook.Contracts;
using Pointbook.Server.Problems;

namespace Pointbook.Server.OpenApi;

/// <summary>Writes the request and the replies of an operation into one document.</summary>
internal sealed class ResponseWriter(OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
{
    private const string ProblemMediaType = "application/problem+json";
    private static readonly ApiHeader RetryAfter = new(HeaderNames.RetryAfter, "The number of seconds after which the client should send the request again.", "1");

    /// <summary>Writes the body of a request, or returns null if it has none.</summary>
    public async Task<OpenApiRequestBody?> BodyAsync(IReadOnlyList<ApiBody> bodies)
    {
        if (bodies.Count == 0)
        {
            return null;
        }

        OpenApiRequestBody written = new() { Required = bodies.All(body => body.IsRequired), Content = new Dictionary<string, OpenApiMediaType>() };
        foreach (ApiBody body in bodies)
        {
            written.Content.Add(body.MediaType, await ContentAsync(body.Type, body.Lines, body.Example));
        }

        return written;
    }

    /// <summary>Writes a successful reply.</summary>
    public async Task<OpenApiResponse> ReplyAsync(
        IReadOnlyList<ApiReply> replies, IReadOnlyList<ApiAlternative> alternatives, IReadOnlyList<ApiHeader> headers)
    {
        OpenApiResponse written = new()
        {
            Description = replies[0].Description,
            Headers = Headers(headers),
            Content = new Dictionary<string, OpenApiMediaType>(),
        };
        foreach (ApiReply reply in replies)
        {
            written.Content.Add(
                reply.MediaType,
                reply.MediaType == MediaTypeNames.Application.Json && alternatives.Count > 0
                    ? await ContentAsync([(reply.Type!, reply.Example), .. alternatives.Select(other => (other.Type, other.Example))])
                    : await ContentAsync(reply.Type, reply.Lines, reply.Example));
        }

        return written;
    }

    /// <summary>Writes the reply to a refused or failed request.</summary>
    /// <param name="kinds">The problems with the same status.</param>
    public async Task<OpenApiResponse> ProblemAsync(IReadOnlyList<ProblemKind> kinds) => new()
    {
        Description = string.Join('\n', kinds.Select(kind => $"- `{kind.Code}`: {kind.Title}")),
        Headers = Headers(kinds.Any(kind => kind.RetryAfterSeconds > 0) ? [RetryAfter] : []),
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [ProblemMediaType] = new OpenApiMediaType
            {
                Schema = await SchemaReferences.OfAsync(typeof(Problem), context, cancellationToken),
                Examples = kinds.ToDictionary(kind => kind.Code, IOpenApiExample (kind) => new OpenApiExampleReference(kind.Code, context.Document)),
            },
        },
    };

    private static Dictionary<string, IOpenApiHeader>? Headers(IReadOnlyList<ApiHeader> headers) =>
        headers.Count == 0 ? null : headers.ToDictionary(header => header.Name, IOpenApiHeader (header) => new OpenApiHeader
        {
            Description = header.Description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = JsonValue.Create(header.Example),
        });

    private async Task<OpenApiMediaType> ContentAsync(Type? type, IReadOnlyList<Type> lines, JsonNode example) => new()
    {
        Schema = type is null ? await TextAsync(lines) : await SchemaReferences.OfAsync(type, context, cancellationToken),
        // A node has one parent, and the server creates the document for each request.
        Example = example.DeepClone(),
    };

    /// <summary>OpenAPI 3.1 cannot describe lines of JSON, so a sentence names their schemas.</summary>
    private async Task<OpenApiSchema> TextAsync(IReadOnlyList<Type> lines)
    {
        foreach (Type line in lines)
        {
            await SchemaReferences.OfAsync(line, context, cancellationToken);
        }

        return new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Description = lines.Count == 0 ? null : $"Each line or event contains one of: {string.Join(", ", lines.Select(line => $"`{line.Name}`"))}.",
        };
    }

    private async Task<OpenApiMediaType> ContentAsync(IReadOnlyList<(Type Type, JsonNode Example)> alternatives)
    {
        OpenApiMediaType written = new()
        {
            Schema = new OpenApiSchema { OneOf = [] },
            Examples = new Dictionary<string, IOpenApiExample>(),
        };
        foreach ((Type type, JsonNode example) in alternatives)
        {
            written.Schema.OneOf!.Add(await SchemaReferences.OfAsync(type, context, cancellationToken));
            written.Examples.Add(type.Name, new OpenApiExample { Value = example.DeepClone() });
        }

        return written;
    }
}
