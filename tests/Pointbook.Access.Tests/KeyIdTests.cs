using System.Text.RegularExpressions;
using CsCheck;
using Pointbook.Access.Tests.Support;

namespace Pointbook.Access.Tests;

/// <summary>Which texts are valid key ids.</summary>
public static partial class KeyIdTests
{
    [Theory]
    [InlineData("0123456789abcdef")]
    [InlineData("0000000000000000")]
    [InlineData("ffffffffffffffff")]
    public static void Sixteen_hexadecimal_digits_are_a_valid_id(string text)
    {
        Assert.True(KeyId.TryCreate(text, out KeyId? id));
        Assert.Equal((text, text), (id.Value, id.ToString()));
        Assert.Equal(KeyId.FromTrusted(text), id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcde")]
    [InlineData("0123456789abcdef0")]
    [InlineData("0123456789ABCDEF")]
    [InlineData("0123456789abcdeg")]
    [InlineData("0123456789abcde ")]
    [InlineData(" 123456789abcdef")]
    [InlineData("0123456789abcde\n")]
    [InlineData("0123456789abcde\0")]
    [InlineData("0123456789abcd\u00E9f")]
    [InlineData("\uFF10123456789abcdef")]
    [InlineData("-123456789abcdef")]
    [InlineData("0x23456789abcdef")]
    public static void Other_texts_are_invalid_ids(string text)
    {
        Assert.False(KeyId.TryCreate(text, out KeyId? id));
        Assert.Null(id);
        Assert.Throws<ArgumentException>(() => KeyId.FromTrusted(text));
    }

    [Fact]
    public static void A_null_id_is_rejected() => Assert.Throws<ArgumentNullException>(() => KeyId.TryCreate(null!, out _));

    [Fact]
    public static void Valid_ids_are_those_that_the_documentation_describes() => Gen.Frequency(
            (3, Gen.String[Gen.Char["0123456789abcdef"], 15, 17]), (1, Given.Texts("0123456789abcdefABCDEF", 17)))
        .Sample(text => Assert.Equal(DocumentedForm().IsMatch(text), KeyId.TryCreate(text, out _)));

    [GeneratedRegex(@"\A[0-9a-f]{16}\z")]
    private static partial Regex DocumentedForm();
}
