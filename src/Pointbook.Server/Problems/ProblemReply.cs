using System.Globalization;
using Pointbook.Contracts;
using Pointbook.Server.Json;
using Pointbook.Server.Security;

namespace Pointbook.Server.Problems;

/// <summary>A reply that gives the reason why the server did not carry out a request. Immutable.</summary>
/// <param name="kind">What all problems with the same code share.</param>
/// <param name="detail">The fault of this request, and its fix.</param>
/// <param name="member">The member, header or path parameter with the fault, or null.</param>
internal sealed class ProblemReply(ProblemKind kind, string detail, string? member = null) : IResult
{
    private const string ContentType = "application/problem+json";

    /// <summary>What all problems with the same code share.</summary>
    public ProblemKind Kind { get; } = kind;

    /// <summary>The fault of this request, and its fix.</summary>
    public string Detail { get; } = detail;

    /// <summary>The member, header or path parameter with the fault, or null.</summary>
    public string? Member { get; } = member;

    /// <summary>The number of available points, or null.</summary>
    public long? Available { get; init; }

    /// <summary>The number of requested points, or null.</summary>
    public ulong? Requested { get; init; }

    /// <summary>The payer, or null.</summary>
    public string? Payer { get; init; }

    /// <summary>The missing scope, or null.</summary>
    public string? Scope { get; init; }

    /// <summary>After how many seconds the client should retry; null for the value of <see cref="Kind"/>.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = Kind.Status;
        if ((RetryAfterSeconds ?? Kind.RetryAfterSeconds) is var seconds and > 0)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (Credentials.Challenge(this) is { } challenge)
        {
            response.Headers.WWWAuthenticate = challenge;
        }

        if (AccessLog.IsRefusal(Kind.Status))
        {
            httpContext.Features.Set(this);
        }

        return ReplyWriter.WriteAsync(response, ToContract(), ReplyJson.Default.Problem, ContentType);
    }

    /// <summary>Converts the problem to the contract.</summary>
    public Problem ToContract() => new(Kind.Type, Kind.Title, Kind.Status, Detail, Kind.Code, Kind.Retry)
    {
        Member = Member,
        Available = Available,
        Requested = Requested,
        Payer = Payer,
        Scope = Scope,
    };
}
