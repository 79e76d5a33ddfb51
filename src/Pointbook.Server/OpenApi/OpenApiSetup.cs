using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Pointbook.Contracts;
using Pointbook.Server.Security;

namespace Pointbook.Server.OpenApi;

/// <summary>The description of the API for programs, as OpenAPI 3.1.</summary>
internal static class OpenApiSetup
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/openapi/v1.json";

    /// <summary>Adds what describes the routes.</summary>
    public static void AddApiDescription(this IServiceCollection services)
    {
        // Bodies are read and replies written with the contexts themselves; these options are what their schemas are made from.
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

    /// <summary>Serves it.</summary>
    public static void MapApiDescription(this IEndpointRouteBuilder routes) => routes.MapOpenApi(Path).IsPublic();
}
