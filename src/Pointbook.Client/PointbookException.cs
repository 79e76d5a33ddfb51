using System.Net;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>The server did not carry out a request. <see cref="Problem"/> states the reason, and whether a repeat helps.</summary>
public sealed class PointbookException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="problem">The server's problem details, or null if the reply came from something else, such as a proxy.</param>
    public PointbookException(HttpStatusCode status, Problem? problem)
        : base(problem?.Detail ?? $"The reply has status {(int)status} but no problem details. A proxy may have sent it instead of the server.")
    {
        Status = status;
        Problem = problem;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>The server's problem details, or null if the reply came from something else, such as a proxy.</summary>
    public Problem? Problem { get; }

    /// <summary>The problem's stable code, which programs can act on, or null if there is no problem.</summary>
    public string? Code => Problem?.Code;
}
