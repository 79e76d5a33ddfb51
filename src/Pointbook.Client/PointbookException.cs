using System.Net;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>The server did not carry out a request. <see cref="Problem"/> has the reason, and whether a repeat may help.</summary>
public sealed class PointbookException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="problem">The problem from the reply. Null if the reply has none. Then a proxy may have sent it.</param>
    public PointbookException(HttpStatusCode status, Problem? problem)
        : base(problem?.Detail ?? $"The reply has status {(int)status} but no problem details. A proxy may have sent it instead of the server.")
    {
        Status = status;
        Problem = problem;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>The problem from the reply. Null if the reply has none. Then a proxy may have sent it.</summary>
    public Problem? Problem { get; }

    /// <summary>The stable code of the problem, by which programs can decide. Null if the reply has no problem.</summary>
    public string? Code => Problem?.Code;
}
