using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Pointbook.Access.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Access.Tests;

/// <summary>The text of a key, and how the server recognizes it.</summary>
public static partial class KeySecretTests
{
    private const string Text = "pb_0123456789abcdef_00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    /// <summary>Texts that are almost valid keys.</summary>
    public static TheoryData<string> AlmostKeys { get; } = new(
        "", "pb_", Text[..^1], Text + "0", Text[1..], " " + Text, Text + " ", Text + "\n", Text + "\0", "Bearer " + Text, Text.ToUpperInvariant(),
        "PB" + Text[2..], "pb-" + Text[3..], "xx_" + Text[3..], "pb_0123456789ABCDEF" + Text[19..], "pb_0123456789abcdeg" + Text[19..], "pb_012345678 abcdef" + Text[19..],
        Text[..19] + "-" + Text[20..], Text[..19] + "0" + Text[20..], Text[..20] + Text[20..].ToUpperInvariant(), Text[..^1] + "g", Text[..^1] + " ", Text[..^1] + "\0",
        Text[..^1] + "\n", Text[..^1] + "\u00E9", Text[..^1] + "\uFF11", Text[..^1] + "\u0661", "\uFF50" + Text[1..]);

    [Fact]
    public static void A_key_consists_only_of_its_random_bytes()
    {
        byte[] random = [.. Enumerable.Range(0, KeySecret.RandomLength).Select(number => (byte)number)];
        KeySecret secret = KeySecret.Create(random);
        Assert.Equal("0001020304050607", secret.Id.Value);
        Assert.Equal("pb_0001020304050607_08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627", secret.Reveal());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(39)]
    [InlineData(41)]
    public static void Any_other_number_of_random_bytes_is_rejected(int length) =>
        Assert.Throws<ArgumentException>(() => KeySecret.Create(new byte[length]));

    [Fact]
    public static void A_revealed_key_parses_back_to_the_same_key() => Given.Secrets.Sample(secret =>
    {
        string text = secret.Reveal();
        Assert.Matches(DocumentedForm(), text);
        Assert.True(KeySecret.TryParse(text, out KeySecret? parsed));
        Assert.Equal((text, secret.Id, secret.Hash), (parsed.Reveal(), parsed.Id, parsed.Hash));
        Assert.Equal(new Digest(SHA256.HashData(Encoding.UTF8.GetBytes(text))), parsed.Hash);
        Assert.True(parsed.Matches(secret.Hash));
        Assert.True(secret.Matches(parsed.Hash));
    });

    [Fact]
    public static void A_key_with_one_changed_character_never_matches() =>
        Gen.Select(Given.Secrets, Gen.Int[0, Text.Length - 1], Gen.Frequency((3, Gen.Char["0123456789abcdef_pb"]), (1, Gen.Char))).Sample((secret, place, character) =>
        {
            char[] text = secret.Reveal().ToCharArray();
            if (text[place] != character)
            {
                text[place] = character;
                Assert.False(KeySecret.TryParse(new string(text), out KeySecret? other) && other.Matches(secret.Hash));
            }
        });

    [Fact]
    public static void Different_keys_never_match_each_other() => Gen.Select(Given.Secrets, Given.Secrets).Sample((one, other) =>
        Assert.Equal(one.Reveal() == other.Reveal(), one.Matches(other.Hash)));

    [Fact]
    public static void A_key_does_not_match_a_hash_that_differs_in_one_bit() =>
        Gen.Select(Given.Secrets, Gen.Int[0, (Digest.Length * 8) - 1]).Sample((secret, bit) =>
        {
            byte[] hash = secret.Hash.ToArray();
            hash[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(secret.Matches(new Digest(hash)));
        });

    [Fact]
    public static void A_key_does_not_match_the_default_hash() => Assert.False(Given.Secret.Matches(default));

    [Fact]
    public static void A_text_in_the_form_of_a_key_is_accepted() => Assert.True(KeySecret.TryParse(Text, out _));

    [Theory]
    [MemberData(nameof(AlmostKeys))]
    public static void A_text_that_is_almost_a_key_is_rejected(string text)
    {
        Assert.False(KeySecret.TryParse(text, out KeySecret? secret));
        Assert.Null(secret);
    }

    [Fact]
    public static void Every_position_of_a_key_rejects_characters_that_do_not_belong_there()
    {
        for (int place = 0; place < Text.Length; place++)
        {
            Assert.All("ABCDEFGgZz/:@`- .\0\n\u00E9\u0660\uFF10", character =>
                Assert.False(KeySecret.TryParse(string.Concat(Text.AsSpan(0, place), [character], Text.AsSpan(place + 1)), out _), $"{character} at {place}"));
        }
    }

    [Fact]
    public static void A_null_text_is_rejected() => Assert.Throws<ArgumentNullException>(() => KeySecret.TryParse(null!, out _));

    [Fact]
    public static void Only_Reveal_returns_the_secret() => Given.Secrets.Sample(secret =>
    {
        string hidden = secret.Reveal()[20..];
        ApiKey key = new KeyOrder(Given.Name(), Scopes.All, AccountLimits.None, null).ToKey(secret, Given.Now, by: null);
        Assert.Equal($"pb_{secret.Id}_…", secret.ToString());
        Assert.All(
            [$"{secret}", JsonSerializer.Serialize(secret), JsonSerializer.Serialize(key), key.ToString(), Caller.Of(key).ToString()],
            text => Assert.DoesNotContain(hidden, text, StringComparison.OrdinalIgnoreCase));
    });

    [GeneratedRegex(@"\Apb_[0-9a-f]{16}_[0-9a-f]{64}\z")]
    private static partial Regex DocumentedForm();
}
