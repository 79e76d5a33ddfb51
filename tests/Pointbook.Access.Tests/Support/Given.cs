using System.Globalization;
using CsCheck;
using Pointbook.Ledger.Values;

namespace Pointbook.Access.Tests.Support;

/// <summary>Values that several tests use.</summary>
internal static class Given
{
    /// <summary>An instant on the last day of a month with 31 days.</summary>
    public static readonly Instant Now = At("2027-01-31T12:00:00Z");

    /// <summary>A secret that is the same in each run.</summary>
    public static readonly KeySecret Secret = KeySecret.Create([.. Enumerable.Range(0, KeySecret.RandomLength).Select(number => (byte)(number * 6))]);

    /// <summary>Secrets.</summary>
    public static readonly Gen<KeySecret> Secrets = Gen.Byte.Array[KeySecret.RandomLength].Select(random => KeySecret.Create(random));

    /// <summary>Texts of few characters, so that they have much in common. About one character in ten is none of these.</summary>
    public static Gen<string> Texts(string characters, int lengthMax) =>
        Gen.String[Gen.Frequency((9, Gen.Char[characters]), (1, Gen.Char[" *\0\n\u00E9\u0660\uFF11\u212A"])), 0, lengthMax];

    public static Instant At(string text) => Instant.FromDateTimeOffset(DateTimeOffset.Parse(text, CultureInfo.InvariantCulture));

    public static KeyName Name(string text = "billing") => KeyName.FromTrusted(text);

    public static AccountId Account(string text) => AccountId.FromTrusted(text);

    public static AccountLimit Limit(string text)
    {
        Assert.True(AccountLimit.TryCreate(text, out AccountLimit? limit, out string? error), error);
        return limit;
    }

    public static AccountLimits Limits(params string[] texts)
    {
        Assert.True(AccountLimits.TryCreate(texts, out AccountLimits? limits, out string? error), error);
        return limits;
    }
}
