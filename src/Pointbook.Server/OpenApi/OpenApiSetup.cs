using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Pointbook.Contracts;
using Pointbook.Server.Security;

namespace Pointbook.Server.OpenApi;

/// <summary>The machine-readable description of the API, as OpenAPI 3.1.</summary>
internal static class OpenApiSetup
{
    /// <summary>The path of the description.</summary>
    public const string Path = "/openapi/v1.json";

    /// <summary>Adds the services that describe the routes.</summary>
    public static void AddApiDescription(this IServiceCollection services)
    {
        // The server reads bodies and writes replies with the contexts themselves. These options serve only to create their schemas.
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Clear();
            json.SerializerOptions.TypeInfoResolverChain.Add(RequestJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(ReplyJson.Default);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        services.AddSingleton<IApiDescriptionProvider, AnyMethodDescriptions>();
        services.AddOpenApi(openApi =>
        {
            openApi.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            openApi.CreateSchemaReferenceId = type => SchemaTransformer.IsBytes(type.Type) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
            openApi.AddSchemaTransformer<SchemaTransformer>();
            openApi.AddOperationTransformer<OperationTransformer>();
            openApi.AddDocumentTransformer<DocumentTransformer>();
        });
    }

    /// <summary>Maps the description.</summary>
    public static void MapApiDescription(this IEndpointRouteBuilder routes) => routes.MapOpenApi(Path).IsPublic();
}
