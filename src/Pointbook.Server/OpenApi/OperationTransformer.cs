using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Pointbook.Access;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.OpenApi;

/// <summary>Writes an operation from the metadata of its route.</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    private const string EndpointSuffix = "Endpoint";

    /// <inheritdoc/>
    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        IList<object> about = context.Description.ActionDescriptor.EndpointMetadata;
        ResponseWriter writer = new(context, cancellationToken);
        if (about.OfType<OperationText>().LastOrDefault() is { } text)
        {
            (operation.Summary, operation.Description) = (text.Summary, text.Description + ItemsRefused(about) + AccessOf(about));
        }

        operation.Security = SecurityOf(about, context.Document);
        operation.OperationId = Id(about, context.Description.HttpMethod!);
        operation.Tags = new HashSet<OpenApiTagReference>(
            about.OfType<Microsoft.AspNetCore.Http.Metadata.ITagsMetadata>().SelectMany(tags => tags.Tags)
                .Select(tag => new OpenApiTagReference(tag, context.Document)));
        operation.Parameters = [.. about.OfType<ApiParameter>().OrderBy(Place).Select(parameter => parameter.ToOpenApi())];
        operation.RequestBody = await writer.BodyAsync([.. about.OfType<ApiBody>()]);
        operation.Responses = [];
        ApiHeader[] headers = [.. about.OfType<ApiHeader>()];
        ApiAlternative[] alternatives = [.. about.OfType<ApiAlternative>()];
        foreach (IGrouping<int, ApiReply> replies in about.OfType<ApiReply>().GroupBy(reply => reply.Status))
        {
            operation.Responses.Add(Text(replies.Key), await writer.ReplyAsync([.. replies], alternatives, headers));
        }

        foreach (IGrouping<int, ProblemKind> problems in ProblemsOf(about).GroupBy(kind => kind.Status).OrderBy(group => group.Key))
        {
            operation.Responses.Add(Text(problems.Key), await writer.ProblemAsync([.. problems]));
        }
    }

    /// <summary>The problems with which an operation may reply, in the order of the table.</summary>
    public static IEnumerable<ProblemKind> ProblemsOf(IEnumerable<object> about)
    {
        HashSet<ProblemKind> kinds = [.. about.OfType<ApiRefusals>().SelectMany(refusals => refusals.Kinds)];
        kinds.UnionWith(about.OfType<QueryNames>().Any() ? ProblemSets.Parameters : []);
        return ProblemTable.All.Where(kinds.Contains);
    }

    /// <summary>The name of the operation in generated clients: the name of its endpoint.</summary>
    private static string Id(IList<object> about, string method)
    {
        string endpoint = about.OfType<MethodInfo>().Last().DeclaringType!.Name;
        string name = JsonNamingPolicy.CamelCase.ConvertName(endpoint.Replace(EndpointSuffix, "", StringComparison.Ordinal));
        // A route for any method is several operations.
        return about.OfType<IHttpMethodMetadata>().Any() ? name : name + method[0] + method[1..].ToLowerInvariant();
    }

    private static string ItemsRefused(IEnumerable<object> about)
    {
        HashSet<ProblemKind> kinds = [.. about.OfType<ApiItemRefusals>().SelectMany(refusals => refusals.Kinds)];
        IEnumerable<string> codes = ProblemTable.All.Where(kinds.Contains).Select(kind => $"`{kind.Code}`");
        return kinds.Count == 0 ? "" : $"\n\nPossible problems of a single item: {string.Join(", ", codes)}.";
    }

    private static string AccessOf(IList<object> about) => about.OfType<AccessRequirement>().LastOrDefault() is not { } access ? ""
        : $"\n\nRequires the scope `{ScopeNames.ToText(access.Scope)}`{(access.Reach == Reach.AllAccounts ? " and credentials without account limits" : "")}.";

    private static List<OpenApiSecurityRequirement>? SecurityOf(IList<object> about, OpenApiDocument? document) =>
        about.OfType<AccessRequirement>().LastOrDefault() is { } access
            ? [new OpenApiSecurityRequirement
            {
                [new OpenApiSecuritySchemeReference(DocumentTransformer.SecurityScheme, document)] = [ScopeNames.ToText(access.Scope)],
            }]
            : null;

    private static int Place(ApiParameter parameter) => parameter.In switch
    {
        ParameterLocation.Path => 0,
        ParameterLocation.Query => 1,
        _ => 2,
    };

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
