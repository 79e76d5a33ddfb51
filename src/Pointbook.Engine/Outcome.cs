using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Commands;

namespace Pointbook.Engine;

/// <summary>Either what was asked for or the refusal. Immutable.</summary>
/// <typeparam name="T">What is asked for.</typeparam>
public readonly record struct Outcome<T>
    where T : class
{
    private Outcome(T? value, Refusal? refusal)
    {
        Value = value;
        Refusal = refusal;
    }

    /// <summary>What was asked for; null if it was refused.</summary>
    public T? Value { get; }

    /// <summary>Why it was refused; null if it was not.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Whether it was refused.</summary>
    [MemberNotNullWhen(true, nameof(Refusal))]
    [MemberNotNullWhen(false, nameof(Value))]
    public bool IsRefused => Refusal is not null;

    /// <summary>An outcome that is what was asked for.</summary>
    public static implicit operator Outcome<T>(T value) => FromValue(value);

    /// <summary>An outcome that is a refusal.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => FromRefusal(refusal);

    /// <summary>An outcome that is what was asked for.</summary>
    [SuppressMessage("Design", "CA1000", Justification = "The named alternative of the implicit conversion.")]
    public static Outcome<T> FromValue(T value) => new(value, null);

    /// <summary>An outcome that is a refusal.</summary>
    [SuppressMessage("Design", "CA1000", Justification = "The named alternative of the implicit conversion.")]
    public static Outcome<T> FromRefusal(Refusal refusal) => new(null, refusal);
}
