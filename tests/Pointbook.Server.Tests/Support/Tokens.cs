using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Pointbook.Server.Tests.Support;

/// <summary>An issuer of tokens with its own RSA key and its own EC key.</summary>
internal sealed class Tokens : IDisposable
{
    public const string Issuer = "https://issuer.example";
    public const string Audience = "pointbook-tests";
    private const int RsaBits = 2_048;
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly RSA _rsa = RSA.Create(RsaBits);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-tokens-");
    private readonly string _name;

    /// <param name="name">The prefix of the key ids.</param>
    public Tokens(string name = "test")
    {
        _name = name;
        KeySetFile = WriteFile("keys.json", KeySet.ToJsonString());
    }

    /// <summary>The time in seconds, as in tokens.</summary>
    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The public keys.</summary>
    public JsonObject KeySet => new() { ["keys"] = new JsonArray(PublicKey(Rsa), PublicKey(Ec)) };

    /// <summary>A file with <see cref="KeySet"/>.</summary>
    public string KeySetFile { get; }

    /// <summary>Arguments for a server that trusts these keys.</summary>
    public string[] Arguments => ["--Jwt:KeySetFile", KeySetFile, "--Jwt:Issuer", Issuer, "--Jwt:Audience", Audience];

    public RsaSecurityKey Rsa => new(_rsa) { KeyId = _name + "-rsa" };

    public ECDsaSecurityKey Ec => new(_ec) { KeyId = _name + "-ec" };

    /// <summary>The bytes of the public RSA key. An attacker could use them as a shared secret.</summary>
    public byte[] RsaPublicText => Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem());

    /// <summary>The claims of a valid token.</summary>
    public static JsonObject Claims(string scope = "read add spend flush admin", string subject = "anna") => new()
    {
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["sub"] = subject,
        ["exp"] = Now + 600,
        ["scope"] = scope,
    };

    /// <summary>A valid token.</summary>
    public string Good(string scope = "read add spend flush admin", string subject = "anna") => Sign(Claims(scope, subject));

    /// <summary>Signs any claims with the RSA key.</summary>
    public string Sign(JsonObject claims) => Sign(claims, Rsa, SecurityAlgorithms.RsaSha256);

    public static string Sign(JsonObject claims, SecurityKey key, string algorithm, Dictionary<string, object>? header = null) =>
        Handler.CreateToken(claims.ToJsonString(), new SigningCredentials(key, algorithm), header ?? []);

    /// <summary>Builds a token from texts that no library would combine.</summary>
    /// <param name="header">The header of the token.</param>
    /// <param name="claims">The claims of the token, which need not be JSON.</param>
    /// <param name="sign">Creates the signature; null for none.</param>
    public static string Forge(string header, string claims, Func<byte[], byte[]>? sign = null)
    {
        string content = $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(claims)}";
        return $"{content}.{Base64UrlEncoder.Encode(sign?.Invoke(Encoding.ASCII.GetBytes(content)) ?? [])}";
    }

    /// <summary>Signs a text as RS256 does.</summary>
    public byte[] SignBytes(byte[] content) => _rsa.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public string WriteFile(string name, string text)
    {
        string path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
        _directory.Delete(recursive: true);
    }

    private static JsonObject PublicKey(AsymmetricSecurityKey key)
    {
        JsonWebKey whole = JsonWebKeyConverter.ConvertFromSecurityKey(key);
        return whole.Kty == JsonWebAlgorithmsKeyTypes.RSA
            ? new JsonObject { ["kty"] = whole.Kty, ["use"] = "sig", ["kid"] = key.KeyId, ["n"] = whole.N, ["e"] = whole.E }
            : new JsonObject { ["kty"] = whole.Kty, ["use"] = "sig", ["kid"] = key.KeyId, ["crv"] = whole.Crv, ["x"] = whole.X, ["y"] = whole.Y };
    }
}
