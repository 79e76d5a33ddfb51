using System.Diagnostics.CodeAnalysis;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>Either the content of a request or the reply that refuses it. Immutable.</summary>
/// <typeparam name="T">The type of the content.</typeparam>
internal readonly record struct Parsed<T>
    where T : class
{
    private Parsed(T? value, ProblemReply? problem)
    {
        Value = value;
        Problem = problem;
    }

    /// <summary>The content of the request; null if the request is refused.</summary>
    public T? Value { get; }

    /// <summary>The reply to a refused request; otherwise null.</summary>
    public ProblemReply? Problem { get; }

    /// <summary>Whether the request is refused.</summary>
    [MemberNotNullWhen(true, nameof(Problem))]
    [MemberNotNullWhen(false, nameof(Value))]
    public bool IsRefused => Problem is not null;

    public static implicit operator Parsed<T>(T value) => new(value, null);

    public static implicit operator Parsed<T>(ProblemReply problem) => new(null, problem);
}
