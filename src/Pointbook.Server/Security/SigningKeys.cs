using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Pointbook.Server.Security;

/// <summary>Tells which public keys are good for telling who signed a token.</summary>
internal static class SigningKeys
{
    /// <summary>How long an RSA key has to be (RFC 7518, sections 3.3 and 3.5), in bits.</summary>
    public const int RsaSizeLeast = 2_048;

    /// <summary>Whether nobody can find the private key to it: it is on a curve, all of which that are taken are long enough, or RSA of <see cref="RsaSizeLeast"/>.</summary>
    public static bool IsStrong(SecurityKey key) =>
        key is ECDsaSecurityKey or X509SecurityKey { PublicKey: ECDsa } || (key is AsymmetricSecurityKey && key.KeySize >= RsaSizeLeast);
}
