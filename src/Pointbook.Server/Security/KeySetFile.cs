using Microsoft.IdentityModel.Tokens;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>Reads the file in <see cref="JwtOptions.KeySetFile"/>.</summary>
internal static class KeySetFile
{
    /// <summary>Reads the public keys of the file.</summary>
    /// <exception cref="StartRefusedException">The file is unreadable, has no usable key, or has private or weak keys.</exception>
    public static IReadOnlyList<SecurityKey> Read(string file)
    {
        JsonWebKeySet set = Parse(file);
        if (set.Keys.Any(key => key.D is not null))
        {
            throw new StartRefusedException($"Jwt:KeySetFile {file} contains a private key, which could sign tokens. Set it to a file with public keys only.");
        }

        List<SecurityKey> keys = [.. set.GetSigningKeys().OfType<AsymmetricSecurityKey>()];
        if (keys.Find(key => !SigningKeys.IsStrong(key)) is { } weak)
        {
            throw new StartRefusedException(
                $"Jwt:KeySetFile {file} contains an RSA key of {weak.KeySize} bits. Replace it by a key of at least {SigningKeys.RsaSizeLeast} bits from the issuer.");
        }

        return keys.Count > 0 ? keys : throw new StartRefusedException($"Jwt:KeySetFile {file} contains no public RSA or EC key. Set it to a JSON Web Key Set of the issuer.");
    }

    private static JsonWebKeySet Parse(string file)
    {
        try
        {
            return new JsonWebKeySet(File.ReadAllText(file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The server can't read Jwt:KeySetFile {file}: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
        catch (ArgumentException failure)
        {
            throw new StartRefusedException($"Jwt:KeySetFile {file} is not a JSON Web Key Set. Ask the issuer for one.", failure);
        }
    }
}
