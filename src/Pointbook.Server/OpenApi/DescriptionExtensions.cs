using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Pointbook.Server.Problems;

namespace Pointbook.Server.OpenApi;

/// <summary>Says beside a route what the description of the API says about it.</summary>
internal static class DescriptionExtensions
{
    /// <summary>What the operation does.</summary>
    /// <param name="endpoint">The route.</param>
    /// <param name="summary">Its name in a list, without a full stop.</param>
    /// <param name="description">Whole sentences.</param>
    public static TBuilder Describes<TBuilder>(this TBuilder endpoint, string summary, string description)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new OperationText(summary, description), new ApiRefusals(ProblemSets.Always));

    /// <summary>The JSON body that it takes, with what may be wrong with any such body.</summary>
    public static TBuilder Takes<TBuilder, TBody>(this TBuilder endpoint, JsonTypeInfo<TBody> typeInfo, TBody example, bool isRequired = true)
        where TBuilder : IEndpointConventionBuilder => endpoint
        .WithMetadata(new ApiBody(MediaTypeNames.Application.Json, typeof(TBody), Node(typeInfo, example), isRequired))
        .Refuses(isRequired ? ProblemSets.JsonBody : [.. ProblemSets.JsonBody.Except([ProblemTable.EmptyBody])]);

    /// <summary>A body of lines or events, each of which holds JSON, that it takes instead.</summary>
    public static TBuilder TakesLines<TBuilder>(this TBuilder endpoint, string mediaType, string example, params Type[] lines)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ApiBody(mediaType, Type: null, JsonValue.Create(example), IsRequired: true) { Lines = lines });

    /// <summary>A parameter that it takes.</summary>
    public static TBuilder Takes<TBuilder>(this TBuilder endpoint, params ApiParameter[] parameters)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata([.. parameters]);

    /// <summary>The account in the path.</summary>
    public static TBuilder TakesAccount<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.Takes(ApiParameters.Account).Refuses(ProblemTable.InvalidAccount);

    /// <summary>The <c>Idempotency-Key</c> that it takes, and what it says when it answers with one again.</summary>
    public static TBuilder TakesKey<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Takes(ApiParameters.Key).WithMetadata(ApiHeaders.Replayed).Refuses(ProblemSets.Key);

    /// <summary>A JSON reply.</summary>
    public static TBuilder Gives<TBuilder, TReply>(
        this TBuilder endpoint, int status, string description, JsonTypeInfo<TReply> typeInfo, TReply example)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ApiReply(status, description, MediaTypeNames.Application.Json, typeof(TReply), Node(typeInfo, example)));

    /// <summary>What the reply before holds instead, if the request asks for it.</summary>
    public static TBuilder GivesInstead<TBuilder, TReply>(this TBuilder endpoint, JsonTypeInfo<TReply> typeInfo, TReply example)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ApiAlternative(typeof(TReply), Node(typeInfo, example)));

    /// <summary>A reply of plain text, or of another media type that no schema describes.</summary>
    public static TBuilder GivesText<TBuilder>(
        this TBuilder endpoint, int status, string description, string example, string mediaType = MediaTypeNames.Text.Plain)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ApiReply(status, description, mediaType, Type: null, JsonValue.Create(example)));

    /// <summary>A reply of lines or events, each of which holds JSON.</summary>
    public static TBuilder GivesLines<TBuilder>(
        this TBuilder endpoint, int status, string description, string example, string mediaType, params Type[] lines)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ApiReply(status, description, mediaType, Type: null, JsonValue.Create(example)) { Lines = lines });

    /// <summary>A header of its replies.</summary>
    public static TBuilder Gives<TBuilder>(this TBuilder endpoint, ApiHeader header)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(header);

    /// <summary>Problems that it may be answered with.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoint, params IReadOnlyList<ProblemKind> kinds)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ApiRefusals(kinds));

    /// <summary>Problems that stand inside of its reply, each about one item of the request.</summary>
    public static TBuilder RefusesItems<TBuilder>(this TBuilder endpoint, IReadOnlyList<ProblemKind> kinds)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ApiItemRefusals(kinds));

    private static JsonNode Node<T>(JsonTypeInfo<T> typeInfo, T example) => JsonSerializer.SerializeToNode(example, typeInfo)!;
}
