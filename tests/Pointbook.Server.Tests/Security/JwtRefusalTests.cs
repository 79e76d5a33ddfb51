using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Tokens that the server does not accept.</summary>
public sealed class JwtRefusalTests(TokenServer fixture) : IClassFixture<TokenServer>
{
    private readonly RunningServer _server = fixture.Server;
    private readonly Tokens _tokens = fixture.Tokens;

    private static string Claims => Tokens.Claims().ToJsonString();

    [Theory]
    [InlineData("aud", "\"other\"", "is for another service")]
    [InlineData("aud", "[\"other\"]", "is for another service")]
    [InlineData("aud", "[]", "is for another service")]
    [InlineData("aud", null, "is for another service")]
    [InlineData("aud", "\"POINTBOOK-TESTS\"", "is for another service")]
    [InlineData("iss", "\"https://other.example\"", "comes from another issuer")]
    [InlineData("iss", "\"https://issuer.example.evil\"", "comes from another issuer")]
    [InlineData("iss", null, "comes from another issuer")]
    [InlineData("exp", null, "has no `exp`")]
    [InlineData("exp", "1", "has expired")]
    [InlineData("exp", "-1", null)]
    [InlineData("exp", "\"soon\"", null)]
    [InlineData("exp", "{}", null)]
    [InlineData("nbf", "99999999999", "expires before it becomes valid")]
    [InlineData("sub", null, "has no valid `sub`")]
    [InlineData("sub", "\"\"", "has no valid `sub`")]
    [InlineData("sub", "\"a\\nb\"", "has no valid `sub`")]
    [InlineData("sub", "\"a\\u0000b\"", "has no valid `sub`")]
    [InlineData("sub", "\"\\u001b[31mred\"", "has no valid `sub`")]
    [InlineData("sub", "\"a\\u0085b\"", "has no valid `sub`")]
    [InlineData("sub", "\"a\\u2028b\"", "has no valid `sub`")]
    [InlineData("sub", "\"a\\u202eb\"", "has no valid `sub`")]
    [InlineData("sub", "null", "has no valid `sub`")]
    [InlineData("sub", "[\"anna\"]", null)]
    [InlineData("sub", "{\"a\":1}", null)]
    public async Task An_invalid_claim_is_named(string name, string? value, string? error)
    {
        JsonObject claims = Tokens.Claims();
        Assert.True(claims.Remove(name) || name == "nbf");
        if (value is not null)
        {
            claims[name] = JsonNode.Parse(value);
        }

        Reply reply = await fixture.AssertRefusedAsync(_tokens.Sign(claims));
        Assert.StartsWith("The token " + error, reply.Problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, 200)]
    [InlineData(201, 401)]
    public async Task A_subject_must_fit_into_an_actor_name(int length, int status) =>
        (await fixture.GetAsync(Tokens.Claims(subject: new string('s', length)))).AssertIs(status);

    [Fact]
    public async Task A_token_that_has_just_expired_or_is_not_valid_yet_is_refused()
    {
        JsonObject expired = Tokens.Claims();
        expired["exp"] = Tokens.Now - 40;
        Assert.StartsWith("The token has expired", (await fixture.AssertRefusedAsync(_tokens.Sign(expired))).Problem.Detail, StringComparison.Ordinal);

        JsonObject early = Tokens.Claims();
        early["nbf"] = Tokens.Now + 60;
        Assert.StartsWith("The token is not valid yet", (await fixture.AssertRefusedAsync(_tokens.Sign(early))).Problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_with_the_algorithm_none_is_refused()
    {
        foreach (string algorithm in (string[])["none", "None", "NONE", "nOnE", ""])
        {
            await fixture.AssertRefusedAsync(Tokens.Forge($$"""{"alg":"{{algorithm}}","typ":"JWT"}""", Claims));
            await fixture.AssertRefusedAsync(Tokens.Forge($$"""{"alg":"{{algorithm}}","kid":"test-rsa"}""", Claims, _tokens.SignBytes));
        }

        await fixture.AssertRefusedAsync(Tokens.Forge("""{"typ":"JWT"}""", Claims, _tokens.SignBytes));
    }

    [Fact]
    public async Task The_public_key_is_not_accepted_as_a_shared_secret()
    {
        foreach (byte[] secret in (byte[][])[_tokens.RsaPublicText, Base64UrlEncoder.DecodeBytes(_tokens.KeySet["keys"]![0]!["n"]!.GetValue<string>())])
        {
            foreach (string kid in (string[])["\"kid\":\"test-rsa\",", ""])
            {
                await fixture.AssertRefusedAsync(Tokens.Forge($$"""{{{kid}}"alg":"HS256","typ":"JWT"}""", Claims, content => HMACSHA256.HashData(secret, content)));
            }
        }
    }

    [Theory]
    [InlineData("ES256", "test-rsa")]
    [InlineData("ES256", "test-ec")]
    [InlineData("PS256", "test-rsa")]
    [InlineData("RS384", "test-rsa")]
    [InlineData("RS256", "test-ec")]
    [InlineData("EdDSA", "test-ec")]
    [InlineData("HS256", "test-rsa")]
    public async Task A_header_of_another_signature_is_refused(string algorithm, string kid) =>
        await fixture.AssertRefusedAsync(Tokens.Forge($$"""{"alg":"{{algorithm}}","kid":"{{kid}}","typ":"JWT"}""", Claims, _tokens.SignBytes));

    [Fact]
    public async Task A_token_signed_with_another_key_is_refused()
    {
        // The other issuer's keys have the same ids. The token's own header also contains them.
        using Tokens others = new();
        Reply reply = await fixture.AssertRefusedAsync(others.Good());
        Assert.StartsWith("The token is not signed by a key of the issuer", reply.Problem.Detail, StringComparison.Ordinal);

        JsonNode key = others.KeySet["keys"]![0]!.DeepClone();
        await fixture.AssertRefusedAsync(Tokens.Forge("""{"alg":"RS256","kid":"unknown"}""", Claims, others.SignBytes));
        await fixture.AssertRefusedAsync(Tokens.Forge($$"""{"alg":"RS256","jwk":{{key.ToJsonString()}}}""", Claims, others.SignBytes));
        await fixture.AssertRefusedAsync(Tokens.Forge($$"""{"alg":"RS256","jku":"https://evil.example/keys","kid":"x"}""", Claims, others.SignBytes));
    }

    [Fact]
    public async Task A_critical_header_is_not_ignored() =>
        await fixture.AssertRefusedAsync(Tokens.Forge("""{"alg":"RS256","kid":"test-rsa","crit":["bound"],"bound":true}""", Claims, _tokens.SignBytes));

    [Fact]
    public async Task An_altered_token_is_refused()
    {
        string[] parts = _tokens.Good("read").Split('.');
        string[] changed =
        [
            $"{parts[0]}.{Base64UrlEncoder.Encode(Claims)}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{parts[2][..^4]}AAAA",
            $"{parts[0]}.{parts[1]}.",
            $"{parts[0]}.{parts[1]}",
            $"{parts[0]}.{parts[1]}.{parts[2][..^10]}",
            $"{parts[0]}..{parts[2]}",
            $".{parts[1]}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{parts[2]}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{parts[2]}.{parts[2]}.{parts[2]}",
            $"{parts[0]} {parts[1]} {parts[2]}",
            $"{parts[0]}.{parts[1]}.{parts[2]},{parts[0]}.{parts[1]}.{parts[2]}",
            _tokens.Good("read").Replace('.', ':'),
        ];
        foreach (string token in changed)
        {
            await fixture.AssertRefusedAsync(token);
        }
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("...")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.e30")]
    [InlineData("bnVsbA.bnVsbA.bnVsbA")]
    [InlineData("****************.****************.****************")]
    public async Task Other_texts_are_not_tokens(string text) => await fixture.AssertRefusedAsync(text);

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("1")]
    [InlineData("{")]
    [InlineData("{\"sub\":\"\\ud800\",\"iss\":\"https://issuer.example\",\"aud\":\"pointbook-tests\",\"exp\":9999999999,\"scope\":\"read\"}")]
    [InlineData("{\"sub\":\"a\",\"iss\":\"https://issuer.example\",\"aud\":\"pointbook-tests\",\"exp\":9999999999,\"scope\":\"read \\udc00\"}")]
    [InlineData("{\"sub\":\"a\",\"iss\":\"https://issuer.example\",\"aud\":\"pointbook-tests\",\"exp\":1e400,\"scope\":\"read\"}")]
    public async Task Unreadable_claims_are_refused_even_if_they_are_signed(string claims) =>
        await fixture.AssertRefusedAsync(Tokens.Forge("""{"alg":"RS256","kid":"test-rsa"}""", claims, _tokens.SignBytes));

    [Fact]
    public async Task An_encrypted_token_is_refused()
    {
        EncryptingCredentials credentials = new(_tokens.Rsa, SecurityAlgorithms.RsaOAEP, SecurityAlgorithms.Aes256CbcHmacSha512);
        await fixture.AssertRefusedAsync(new JsonWebTokenHandler().EncryptToken(_tokens.Good(), credentials));
    }

    [Fact]
    public async Task A_huge_token_is_refused()
    {
        JsonObject claims = Tokens.Claims();
        claims["more"] = new string('x', 15_000);
        (await fixture.GetAsync(claims)).AssertIs(200);
        claims["more"] = new string('x', 40_000);
        Assert.Equal((int)HttpStatusCode.RequestHeaderFieldsTooLarge, (await fixture.GetAsync(claims)).Status);
    }

    [Fact]
    public async Task Deeply_nested_claims_are_refused() => await fixture.AssertRefusedAsync(Tokens.Forge(
        """{"alg":"RS256","kid":"test-rsa"}""", $$"""{"a":{{new string('[', 5_000)}}{{new string(']', 5_000)}}}""", _tokens.SignBytes));

    [Theory]
    [InlineData("Basic YW5uYTpzZWNyZXQ=", "`Authorization` does not begin with `Bearer`. ")]
    [InlineData("Bearer", "`Authorization` has nothing after `Bearer`. ")]
    [InlineData("bearer  ", "`Authorization` has nothing after `Bearer`. ")]
    [InlineData("DPoP token", "`Authorization` does not begin with `Bearer`. ")]
    [InlineData("token", "`Authorization` does not begin with `Bearer`. ")]
    public async Task Other_credentials_are_refused(string header, string sentence)
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/balance");
        Assert.True(request.Headers.TryAddWithoutValidation("Authorization", header));
        Reply reply = (await _server.SendAsync(request)).AssertIs(401, "invalid_key");
        Assert.StartsWith(sentence, reply.Problem.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_headers_are_refused_even_if_both_are_valid()
    {
        string line = $"Authorization: Bearer {_tokens.Good()}\r\n";
        (int status, string text) = await RawHttp.SendAsync(_server.Address, $"GET /balance HTTP/1.1\r\nHost: localhost\r\n{line}{line}Connection: close\r\n\r\n");
        Assert.Equal(401, status);
        Assert.Contains("`Authorization` is present 2 times. Send it once.", text, StringComparison.Ordinal);
    }
}
