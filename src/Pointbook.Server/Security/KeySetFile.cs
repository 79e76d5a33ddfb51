using Microsoft.IdentityModel.Tokens;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>Reads the file of <see cref="JwtOptions.KeySetFile"/>.</summary>
internal static class KeySetFile
{
    /// <summary>The public keys in it.</summary>
    /// <exception cref="StartRefusedException">It cannot be read, holds no key that could sign tokens, or holds keys that are nobody's business here.</exception>
    public static IReadOnlyList<SecurityKey> Read(string file)
    {
        JsonWebKeySet set = Parse(file);
        if (set.Keys.Any(key => key.D is not null))
        {
            throw new StartRefusedException($"Jwt:KeySetFile {file} holds a private key, with which tokens could be made; set it to a file with the public keys alone.");
        }

        List<SecurityKey> keys = [.. set.GetSigningKeys().OfType<AsymmetricSecurityKey>()];
        if (keys.Find(key => !SigningKeys.IsStrong(key)) is { } weak)
        {
            throw new StartRefusedException(
                $"Jwt:KeySetFile {file} holds an RSA key of {weak.KeySize} bits; ask the issuer for one of at least {SigningKeys.RsaSizeLeast} and leave the short one out.");
        }

        return keys.Count > 0 ? keys : throw new StartRefusedException($"Jwt:KeySetFile {file} holds no public RSA or EC key; set it to a JSON Web Key Set of the issuer.");
    }

    private static JsonWebKeySet Parse(string file)
    {
        try
        {
            return new JsonWebKeySet(File.ReadAllText(file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"Jwt:KeySetFile {file} cannot be read: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
        catch (ArgumentException failure)
        {
            throw new StartRefusedException($"Jwt:KeySetFile {file} is no JSON Web Key Set; ask the issuer for one.", failure);
        }
    }
}
