using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.OpenApi;

/// <summary>The OpenAPI document of a running server is complete and equals the document in the repository.</summary>
public sealed class DocumentTests(SeededServer seeded) : IClassFixture<SeededServer>
{
    private const string Copy = "openapi/v1.json";
    private const string WriteVariable = "POINTBOOK_WRITE_OPENAPI";
    private static readonly string[] Undescribed = ["health", "docs", "openapi"];

    private readonly RunningServer _server = seeded.Server;

    private IEnumerable<RouteEndpoint> DescribedRoutes => _server.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .OfType<RouteEndpoint>()
        .Where(endpoint => !Undescribed.Contains(Pattern(endpoint).Split('/')[1]));

    [Fact]
    public async Task The_copy_in_the_repository_equals_the_document_of_the_server()
    {
        string file = RepositoryRoot.File(Copy);
        string served = await FetchAsync();
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            await File.WriteAllTextAsync(file, served, TestContext.Current.CancellationToken);
        }

        string kept = File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : "";
        Assert.True(
            kept == served,
            $"{Copy} differs from the document of the server. If the change is intended, run this test with {WriteVariable}=1, which writes the file again, and commit it.");
    }

    [Fact]
    public async Task The_document_is_the_same_on_every_server_at_any_time()
    {
        await using RunningServer other = await RunningServer.StartAsync();
        string served = await FetchAsync();
        Assert.Equal(served, await FetchAsync());
        Assert.Equal(served, (await other.GetAsync(OpenApiSetup.Path)).AssertIs(200).Body);
        Assert.DoesNotContain("127.0.0.1", served, StringComparison.Ordinal);
        Assert.DoesNotContain("localhost", served, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_lists_of_a_key_describe_their_items_and_are_not_empty()
    {
        JsonNode schemas = JsonNode.Parse(await FetchAsync())!["components"]!["schemas"]!;
        foreach (string schema in (string[])["Key", "KeyRequest"])
        {
            JsonNode members = schemas[schema]!["properties"]!;
            Assert.Equal(ScopeNames.All, members["scopes"]!["items"]!["enum"]!.AsArray().Select(scope => scope!.GetValue<string>()));
            Assert.All((string[])["scopes", "accounts"], list => Assert.Equal(1, members[list]!["minItems"]!.GetValue<int>()));
        }
    }

    [Fact]
    public async Task An_OpenAPI_reader_finds_no_errors_or_warnings()
    {
        ReadResult read = OpenApiDocument.Parse(await FetchAsync(), OpenApiConstants.Json);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic!.SpecificationVersion);
        Assert.Empty(read.Diagnostic.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
    }

    [Fact]
    public async Task Every_reference_has_a_target()
    {
        JsonNode document = JsonNode.Parse(await FetchAsync())!;
        string[] references = [.. Nodes(document).OfType<JsonObject>().Select(node => node["$ref"]).OfType<JsonValue>().Select(value => value.GetValue<string>())];
        Assert.NotEmpty(references);
        Assert.All(references.Distinct(), reference => Assert.NotNull(
            reference.Split('/').Skip(1).Aggregate((JsonNode?)document, (node, part) => node?[part])));
    }

    [Fact]
    public async Task The_document_contains_every_route()
    {
        JsonObject paths = (await ReadAsync())["paths"]!.AsObject();
        Assert.Equal(DescribedRoutes.Select(Pattern).Distinct().Order(StringComparer.Ordinal), paths.Select(path => path.Key));
        Assert.All(DescribedRoutes, endpoint =>
        {
            IReadOnlyList<string> methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST", "PUT", "PATCH", "DELETE"];
            Assert.All(methods, method => Assert.NotNull(paths[Pattern(endpoint)]![method.ToLowerInvariant()]));
        });
    }

    [Fact]
    public async Task The_document_contains_every_problem_code()
    {
        JsonNode document = await ReadAsync();
        Assert.Equal(
            ProblemTable.All.Select(kind => kind.Code),
            document["components"]!["schemas"]!["Problem"]!["properties"]!["code"]!["enum"]!.AsArray().Select(code => code!.GetValue<string>()));
        Assert.Equal(
            ProblemTable.All.Select(kind => kind.Code).Order(StringComparer.Ordinal),
            document["components"]!["examples"]!.AsObject().Select(example => example.Key));
    }

    [Fact]
    public void Every_problem_code_belongs_to_a_route()
    {
        ProblemKind[] ofTheServerItself = [ProblemTable.NotFound, ProblemTable.MethodNotAllowed, ProblemTable.NotReady, ProblemTable.ClockNotSet];
        IEnumerable<ProblemKind> ofRoutes = DescribedRoutes.SelectMany(endpoint =>
            OperationTransformer.ProblemsOf(endpoint.Metadata).Concat(endpoint.Metadata.GetOrderedMetadata<ApiItemRefusals>().SelectMany(items => items.Kinds)));
        Assert.Empty(ProblemTable.All.Except(ofRoutes).Except(ofTheServerItself).Select(kind => kind.Code));
    }

    [Fact]
    public async Task Every_operation_describes_itself_and_its_replies()
    {
        Assert.All(await OperationsAsync(), operation =>
        {
            Assert.NotNull(operation["summary"]);
            Assert.EndsWith(".", operation["description"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.False(operation["summary"]!.GetValue<string>().EndsWith('.'));
            Assert.Single(operation["tags"]!.AsArray());
            Assert.Contains(operation["responses"]!.AsObject(), response => response.Key[0] == '2');
            Assert.Contains(operation["responses"]!.AsObject(), response => response.Key == "403");
        });
        string[] ids = [.. (await OperationsAsync()).Select(operation => operation["operationId"]!.GetValue<string>())];
        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public async Task Every_body_has_a_schema_and_an_example()
    {
        JsonObject[] bodies =
        [
            .. (await OperationsAsync())
                .SelectMany(operation => operation["responses"]!.AsObject().Select(response => response.Value!).Append(operation["requestBody"]))
                .OfType<JsonObject>().SelectMany(body => body["content"]!.AsObject()).Select(content => content.Value!.AsObject()),
        ];
        Assert.All(bodies, body => Assert.True(body.ContainsKey("schema") && (body.ContainsKey("example") || body.ContainsKey("examples"))));
    }

    [Fact]
    public void Every_parameter_of_a_route_is_described() => Assert.All(DescribedRoutes, endpoint =>
    {
        ILookup<ParameterLocation?, string> described = endpoint.Metadata.GetOrderedMetadata<ApiParameter>()
            .ToLookup(parameter => (ParameterLocation?)parameter.In, parameter => parameter.Name);
        Assert.Equal(endpoint.RoutePattern.Parameters.Select(parameter => parameter.Name), described[ParameterLocation.Path]);
        Assert.Equal(
            (endpoint.Metadata.GetMetadata<QueryNames>()?.Names ?? []).Order(StringComparer.Ordinal),
            described[ParameterLocation.Query].Order(StringComparer.Ordinal));
    });

    [Fact]
    public async Task Numbers_are_described_as_numbers_and_requests_allow_no_other_members()
    {
        JsonObject schemas = (await ReadAsync())["components"]!["schemas"]!.AsObject();
        Assert.All(Nodes(schemas).OfType<JsonObject>().Where(node => node["type"] is not null and not JsonObject), node => Assert.IsType<JsonValue>(node["type"], exactMatch: false));
        Assert.Equal("int64", schemas["TransactionRequest"]!["properties"]!["points"]!["format"]!.GetValue<string>());
        Assert.Equal("date-time", schemas["Transaction"]!["properties"]!["recordedAt"]!["format"]!.GetValue<string>());
        Assert.Equal("integer", schemas["Statement"]!["properties"]!["closing"]!["type"]!.GetValue<string>());
        Assert.All(
            schemas.Where(schema => schema.Key.EndsWith("Request", StringComparison.Ordinal)),
            schema => Assert.False(schema.Value!["additionalProperties"]!.GetValue<bool>()));
        Assert.Equal(["payer", "points", "timestamp"], schemas["TransactionRequest"]!["required"]!.AsArray().Select(name => name!.GetValue<string>()));
    }

    private static string Pattern(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.Trim('/');

    private static IEnumerable<JsonNode> Nodes(JsonNode node) => (node switch
    {
        JsonObject members => members.Select(member => member.Value),
        JsonArray items => items,
        _ => [],
    }).OfType<JsonNode>().SelectMany(Nodes).Prepend(node);

    private async Task<string> FetchAsync() => (await _server.GetAsync(OpenApiSetup.Path)).AssertIs(200).Body;

    private async Task<JsonNode> ReadAsync() => JsonNode.Parse(await FetchAsync())!;

    private async Task<JsonNode[]> OperationsAsync() =>
        [.. (await ReadAsync())["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!)];
}
