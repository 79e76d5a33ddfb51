using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Pointbook.Contracts;
using Pointbook.Server.Problems;

namespace Pointbook.Server.OpenApi;

/// <summary>Describes the API as a whole, sorts the document, and removes the address of the machine.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    /// <summary>The name of the API.</summary>
    public const string Title = "Pointbook";

    /// <summary>The name of the authentication scheme.</summary>
    public const string SecurityScheme = "bearer";

    private const string Description =
        """
        A durable ledger for loyalty points. A holder sees one balance. Behind it, every point belongs to the payer that funds it. Pointbook spends
        points across payers, oldest first, and no payer ever goes below zero.

        Request bodies are strict JSON. The server refuses unknown, repeated and missing members, `null`, and values of the wrong type. Ids are opaque.
        Timestamps are RFC 3339 with an offset. The server stores them in microseconds of UTC. Points are signed 64-bit integers. Sums over accounts may
        exceed 64 bits. Writes accept an `Idempotency-Key`, so that clients can safely send them again.

        Errors are `application/problem+json`. A refused request changes nothing, unless `retry` is `same_key`. Programs must decide by `code`.
        `detail` says what is wrong and what to do. Clients must expect further codes and further members in replies.

        After the first API key was created, every request needs an API key or a token in the header `Authorization`. Until then, the server
        accepts only requests from programs on its own machine, without credentials. Each operation names the scope that it requires.
        """;

    /// <inheritdoc/>
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo { Title = Title, Version = "v1", Description = Description.ReplaceLineEndings("\n") };
        document.Servers = null;
        document.Tags = new HashSet<OpenApiTag>(ApiTags.All.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }));
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [SecurityScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key that begins with `pb_`. If the server is configured for tokens, also a JSON Web Token with `scope`.",
            },
        };
        document.Components.Examples = ProblemTable.All.OrderBy(kind => kind.Code, StringComparer.Ordinal).ToDictionary(kind => kind.Code, Example);
        OpenApiPaths paths = [];
        foreach ((string path, IOpenApiPathItem item) in document.Paths.OrderBy(path => path.Key, StringComparer.Ordinal))
        {
            paths.Add(path, item);
        }

        document.Paths = paths;
        return Task.CompletedTask;
    }

    private static IOpenApiExample Example(ProblemKind kind) => new OpenApiExample
    {
        Summary = kind.Title,
        Value = JsonSerializer.SerializeToNode(
            new Problem(kind.Type, kind.Title, kind.Status, kind.Title, kind.Code, kind.Retry), ReplyJson.Default.Problem),
    };
}
