using System.Diagnostics.CodeAnalysis;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>Either what a request says or why it says nothing. Immutable.</summary>
/// <typeparam name="T">What it says.</typeparam>
internal readonly record struct Parsed<T>
    where T : class
{
    private Parsed(T? value, ProblemReply? problem)
    {
        Value = value;
        Problem = problem;
    }

    /// <summary>What the request says; null if it is refused.</summary>
    public T? Value { get; }

    /// <summary>The reply to a request that is refused; otherwise null.</summary>
    public ProblemReply? Problem { get; }

    /// <summary>Whether the request is refused.</summary>
    [MemberNotNullWhen(true, nameof(Problem))]
    [MemberNotNullWhen(false, nameof(Value))]
    public bool IsRefused => Problem is not null;

    public static implicit operator Parsed<T>(T value) => new(value, null);

    public static implicit operator Parsed<T>(ProblemReply problem) => new(null, problem);
}
