using System.Net;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>The server did not carry a request out. <see cref="Problem"/> says why and whether sending it again helps.</summary>
public sealed class PointbookException : Exception
{
    /// <summary>A refusal.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="problem">What the server said, or null if something else answered in its place.</param>
    public PointbookException(HttpStatusCode status, Problem? problem)
        : base(problem?.Detail ?? $"The server answered with status {(int)status} and without a problem; something in between may have answered in its place.")
    {
        Status = status;
        Problem = problem;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>What the server said, or null if something else answered in its place.</summary>
    public Problem? Problem { get; }

    /// <summary>The stable code that programs decide by, or null if there is no problem.</summary>
    public string? Code => Problem?.Code;
}
