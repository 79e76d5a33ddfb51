using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Commands;

namespace Pointbook.Engine;

/// <summary>Either the requested value or a refusal. Immutable.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public readonly record struct Outcome<T>
    where T : class
{
    private Outcome(T? value, Refusal? refusal)
    {
        Value = value;
        Refusal = refusal;
    }

    /// <summary>The value; null if the request was refused.</summary>
    public T? Value { get; }

    /// <summary>The refusal; null if the request was not refused.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Whether the request was refused.</summary>
    [MemberNotNullWhen(true, nameof(Refusal))]
    [MemberNotNullWhen(false, nameof(Value))]
    public bool IsRefused => Refusal is not null;

    /// <summary>Makes an outcome from a value.</summary>
    public static implicit operator Outcome<T>(T value) => FromValue(value);

    /// <summary>Makes an outcome from a refusal.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => FromRefusal(refusal);

    /// <summary>Makes an outcome from a value.</summary>
    [SuppressMessage("Design", "CA1000", Justification = "The named alternative of the implicit conversion.")]
    public static Outcome<T> FromValue(T value) => new(value, null);

    /// <summary>Makes an outcome from a refusal.</summary>
    [SuppressMessage("Design", "CA1000", Justification = "The named alternative of the implicit conversion.")]
    public static Outcome<T> FromRefusal(Refusal refusal) => new(null, refusal);
}
