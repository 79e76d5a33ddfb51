using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Pointbook.Server.Problems;

namespace Pointbook.Server.OpenApi;

/// <summary>Adds the API description to a route.</summary>
internal static class DescriptionExtensions
{
    /// <summary>Adds the texts of the operation.</summary>
    /// <param name="endpoint">The route.</param>
    /// <param name="summary">The name of the operation in a list, without a full stop.</param>
    /// <param name="description">The description, in whole sentences.</param>
    public static TBuilder Describes<TBuilder>(this TBuilder endpoint, string summary, string description)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new OperationText(summary, description), new ApiRefusals(ProblemSets.Always));

    /// <summary>Adds the JSON body of the request, with the problems of any such body.</summary>
    public static TBuilder Takes<TBuilder, TBody>(this TBuilder endpoint, JsonTypeInfo<TBody> typeInfo, TBody example, bool isRequired = true)
        where TBuilder : IEndpointConventionBuilder => endpoint
        .WithMetadata(new ApiBody(MediaTypeNames.Application.Json, typeof(TBody), Node(typeInfo, example), isRequired))
        .Refuses(isRequired ? ProblemSets.JsonBody : [.. ProblemSets.JsonBody.Except([ProblemTable.EmptyBody])]);

    /// <summary>Adds an alternative body of lines or events, each of which contains JSON.</summary>
    public static TBuilder TakesLines<TBuilder>(this TBuilder endpoint, string mediaType, string example, params Type[] lines)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ApiBody(mediaType, Type: null, JsonValue.Create(example), IsRequired: true) { Lines = lines });

    /// <summary>Adds parameters.</summary>
    public static TBuilder Takes<TBuilder>(this TBuilder endpoint, params ApiParameter[] parameters)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata([.. parameters]);

    /// <summary>Adds the account in the path.</summary>
    public static TBuilder TakesAccount<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.Takes(ApiParameters.Account).Refuses(ProblemTable.InvalidAccount);

    /// <summary>Adds the <c>Idempotency-Key</c> of the request, and the header of a repeated reply.</summary>
    public static TBuilder TakesKey<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Takes(ApiParameters.Key).WithMetadata(ApiHeaders.Replayed).Refuses(ProblemSets.Key);

    /// <summary>Adds a JSON reply.</summary>
    public static TBuilder Gives<TBuilder, TReply>(
        this TBuilder endpoint, int status, string description, JsonTypeInfo<TReply> typeInfo, TReply example)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ApiReply(status, description, MediaTypeNames.Application.Json, typeof(TReply), Node(typeInfo, example)));

    /// <summary>Adds the alternative content of the JSON reply, if the client requests it.</summary>
    public static TBuilder GivesInstead<TBuilder, TReply>(this TBuilder endpoint, JsonTypeInfo<TReply> typeInfo, TReply example)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ApiAlternative(typeof(TReply), Node(typeInfo, example)));

    /// <summary>Adds a reply of plain text, or of another media type without a schema.</summary>
    public static TBuilder GivesText<TBuilder>(
        this TBuilder endpoint, int status, string description, string example, string mediaType = MediaTypeNames.Text.Plain)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ApiReply(status, description, mediaType, Type: null, JsonValue.Create(example)));

    /// <summary>Adds a reply of lines or events, each of which contains JSON.</summary>
    public static TBuilder GivesLines<TBuilder>(
        this TBuilder endpoint, int status, string description, string example, string mediaType, params Type[] lines)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ApiReply(status, description, mediaType, Type: null, JsonValue.Create(example)) { Lines = lines });

    /// <summary>Adds a header of the replies.</summary>
    public static TBuilder Gives<TBuilder>(this TBuilder endpoint, ApiHeader header)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(header);

    /// <summary>Adds problems with which the operation may reply.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoint, params IReadOnlyList<ProblemKind> kinds)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ApiRefusals(kinds));

    /// <summary>Adds problems within the reply, each about one item of the request.</summary>
    public static TBuilder RefusesItems<TBuilder>(this TBuilder endpoint, IReadOnlyList<ProblemKind> kinds)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ApiItemRefusals(kinds));

    private static JsonNode Node<T>(JsonTypeInfo<T> typeInfo, T example) => JsonSerializer.SerializeToNode(example, typeInfo)!;
}
