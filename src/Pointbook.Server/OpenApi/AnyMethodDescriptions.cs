using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ApiExplorer;

namespace Pointbook.Server.OpenApi;

/// <summary>Describes routes that accept any method. ASP.NET Core omits them.</summary>
internal sealed class AnyMethodDescriptions(EndpointDataSource endpoints) : IApiDescriptionProvider
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete];

    /// <inheritdoc/>
    public int Order => 0;

    /// <inheritdoc/>
    public void OnProvidersExecuting(ApiDescriptionProviderContext context)
    {
        IEnumerable<RouteEndpoint> ofAnyMethod = endpoints.Endpoints.OfType<RouteEndpoint>().Where(endpoint =>
            endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is null && endpoint.Metadata.GetMetadata<OperationText>() is not null);
        foreach (RouteEndpoint endpoint in ofAnyMethod)
        {
            foreach (string method in Methods)
            {
                context.Results.Add(new ApiDescription
                {
                    HttpMethod = method,
                    RelativePath = endpoint.RoutePattern.RawText!.TrimStart('/'),
                    ActionDescriptor = new ActionDescriptor { EndpointMetadata = [.. endpoint.Metadata] },
                });
            }
        }
    }

    /// <inheritdoc/>
    public void OnProvidersExecuted(ApiDescriptionProviderContext context)
    {
        // The descriptions above are complete.
    }
}
