using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Pointbook.Bench.Http;

/// <summary>Signs tokens, and writes a file by which a server verifies them.</summary>
internal sealed class TokenIssuer : IDisposable
{
    private const string Issuer = "https://issuer.example";
    private const string Audience = "pointbook-bench";
    private static readonly TimeSpan ValidFor = TimeSpan.FromHours(12);
    private readonly RSA _rsa = RSA.Create(keySizeInBits: 2_048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <param name="keySetFile">The file that gets the public keys.</param>
    public TokenIssuer(string keySetFile)
    {
        RSAParameters rsa = _rsa.ExportParameters(includePrivateParameters: false);
        ECParameters ec = _ec.ExportParameters(includePrivateParameters: false);
        JsonObject rsaKey = new() { ["kty"] = "RSA", ["kid"] = "rsa", ["use"] = "sig", ["n"] = Text(rsa.Modulus), ["e"] = Text(rsa.Exponent) };
        JsonObject ecKey = new() { ["kty"] = "EC", ["kid"] = "ec", ["use"] = "sig", ["crv"] = "P-256", ["x"] = Text(ec.Q.X), ["y"] = Text(ec.Q.Y) };
        File.WriteAllText(keySetFile, new JsonObject { ["keys"] = new JsonArray(rsaKey, ecKey) }.ToJsonString());
        ServerArguments = ["--Jwt:KeySetFile", keySetFile, "--Jwt:Issuer", Issuer, "--Jwt:Audience", Audience];
    }

    /// <summary>The arguments with which a server accepts the tokens.</summary>
    public string[] ServerArguments { get; }

    /// <summary>A token signed with RSA of 2,048 bits.</summary>
    public string SignRsa() => Sign("RS256", "rsa", content => _rsa.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    /// <summary>A token signed with ECDSA on P-256.</summary>
    public string SignEc() => Sign("ES256", "ec", content => _ec.SignData(content, HashAlgorithmName.SHA256));

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
    }

    private static string Sign(string algorithm, string keyId, Func<byte[], byte[]> sign)
    {
        JsonObject header = new() { ["alg"] = algorithm, ["kid"] = keyId, ["typ"] = "JWT" };
        JsonObject claims = new()
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = "bench",
            ["exp"] = (TimeProvider.System.GetUtcNow() + ValidFor).ToUnixTimeSeconds(),
            ["scope"] = "read add",
        };
        string content = $"{Text(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Text(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{content}.{Text(sign(Encoding.ASCII.GetBytes(content)))}";
    }

    private static string Text(byte[]? bytes) => Base64Url.EncodeToString(bytes);
}
