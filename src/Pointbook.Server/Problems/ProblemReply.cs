using System.Globalization;
using Pointbook.Contracts;
using Pointbook.Server.Json;
using Pointbook.Server.Security;

namespace Pointbook.Server.Problems;

/// <summary>A reply that says why a request was not carried out. Immutable.</summary>
/// <param name="kind">What is the same in every problem of its code.</param>
/// <param name="detail">What is wrong with this request and what to do about it.</param>
/// <param name="member">The member, header or path parameter at fault, or null.</param>
internal sealed class ProblemReply(ProblemKind kind, string detail, string? member = null) : IResult
{
    private const string ContentType = "application/problem+json";

    /// <summary>What is the same in every problem of its code.</summary>
    public ProblemKind Kind { get; } = kind;

    /// <summary>What is wrong with this request and what to do about it.</summary>
    public string Detail { get; } = detail;

    /// <summary>The member, header or path parameter at fault, or null.</summary>
    public string? Member { get; } = member;

    /// <summary>How many points there are, or null.</summary>
    public long? Available { get; init; }

    /// <summary>How many points were asked for, or null.</summary>
    public ulong? Requested { get; init; }

    /// <summary>The payer it is about, or null.</summary>
    public string? Payer { get; init; }

    /// <summary>The scope that is missing, or null.</summary>
    public string? Scope { get; init; }

    /// <summary>After how many seconds to send the request again; null for what its <see cref="Kind"/> says.</summary>
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

    /// <summary>The problem as it is written.</summary>
    public Problem ToContract() => new(Kind.Type, Kind.Title, Kind.Status, Detail, Kind.Code, Kind.Retry)
    {
        Member = Member,
        Available = Available,
        Requested = Requested,
        Payer = Payer,
        Scope = Scope,
    };
}
