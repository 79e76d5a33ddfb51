using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Pointbook.Contracts;
using Pointbook.Server.Problems;

namespace Pointbook.Server.OpenApi;

/// <summary>Says what the API as a whole is, puts everything into a fixed order, and leaves out the machine it runs on.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    /// <summary>What the API is called.</summary>
    public const string Title = "Pointbook";

    /// <summary>What the way to say who one is is called.</summary>
    public const string SecurityScheme = "bearer";

    private const string Description =
        """
        A durable ledger for loyalty points. A holder sees one balance; behind it every point belongs to the payer that funds it. Points are spent
        oldest first across payers, and no payer ever goes below zero.

        Bodies are JSON and read strictly: unknown, repeated and missing members, `null` and values of another type are refused. Ids are opaque.
        Timestamps are RFC 3339 with an offset, kept in microseconds of UTC. Numbers of points are whole numbers of 64 bits; sums over accounts may be
        longer. Every write takes an `Idempotency-Key`, so that it can be sent again safely.

        Whatever is not carried out is answered with `application/problem+json`, and changes nothing unless `retry` says `same_key`: `code` is for
        programs, `detail` says what is wrong and what to do. Clients should expect further codes and further members of replies.

        Once there is an API key, every request needs one, or a token, in the header `Authorization`. Until then only programs on the same machine are
        served, without. Each operation names the scope that it needs.
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
                Description = "An API key that begins with `pb_`, or, where it is configured, a JSON Web Token with `scope`.",
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
