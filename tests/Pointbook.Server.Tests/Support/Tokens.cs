using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Pointbook.Server.Tests.Support;

/// <summary>An issuer of tokens with an RSA and an EC key of its own.</summary>
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

    /// <param name="name">What the ids of its keys begin with.</param>
    public Tokens(string name = "test")
    {
        _name = name;
        KeySetFile = WriteFile("keys.json", KeySet.ToJsonString());
    }

    /// <summary>The time in seconds, as tokens have it.</summary>
    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The public keys.</summary>
    public JsonObject KeySet => new() { ["keys"] = new JsonArray(PublicKey(Rsa), PublicKey(Ec)) };

    /// <summary>A file with <see cref="KeySet"/>.</summary>
    public string KeySetFile { get; }

    /// <summary>What a server is started with that trusts these keys.</summary>
    public string[] Arguments => ["--Jwt:KeySetFile", KeySetFile, "--Jwt:Issuer", Issuer, "--Jwt:Audience", Audience];

    public RsaSecurityKey Rsa => new(_rsa) { KeyId = _name + "-rsa" };

    public ECDsaSecurityKey Ec => new(_ec) { KeyId = _name + "-ec" };

    /// <summary>The bytes of the public RSA key, as somebody would use them who passes it off as a shared secret.</summary>
    public byte[] RsaPublicText => Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem());

    /// <summary>What a good token says.</summary>
    public static JsonObject Claims(string scope = "read add spend flush admin", string subject = "anna") => new()
    {
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["sub"] = subject,
        ["exp"] = Now + 600,
        ["scope"] = scope,
    };

    /// <summary>A good token.</summary>
    public string Good(string scope = "read add spend flush admin", string subject = "anna") => Sign(Claims(scope, subject));

    /// <summary>Signs claims, whatever they are, with the RSA key.</summary>
    public string Sign(JsonObject claims) => Sign(claims, Rsa, SecurityAlgorithms.RsaSha256);

    public static string Sign(JsonObject claims, SecurityKey key, string algorithm, Dictionary<string, object>? header = null) =>
        Handler.CreateToken(claims.ToJsonString(), new SigningCredentials(key, algorithm), header ?? []);

    /// <summary>A token out of texts that no library would put together.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="claims">Its claims, which need not be JSON.</param>
    /// <param name="sign">Makes the signature; null for none.</param>
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
