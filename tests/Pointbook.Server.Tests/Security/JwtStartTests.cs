using System.Diagnostics;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Invalid configuration of tokens.</summary>
public sealed class JwtStartTests : IDisposable
{
    private const string File = "--Jwt:KeySetFile";
    private readonly Tokens _tokens = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-start-");

    public void Dispose()
    {
        _tokens.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--Jwt:Authority https://a.example --Jwt:KeySetFile keys.json", "Jwt:Authority and Jwt:KeySetFile are both set. Set only one of them.")]
    [InlineData("--Jwt:Issuer i", "The section Jwt is incomplete. Set Jwt:Authority or Jwt:KeySetFile as well, or remove the section.")]
    [InlineData("--Jwt:Audience a", "The section Jwt is incomplete.")]
    [InlineData("--Jwt:AccountsClaim c", "The section Jwt is incomplete.")]
    [InlineData("--Jwt:Authority http://a.example --Jwt:Audience a", "Jwt:Authority must be an https address (http only on this machine), but is 'http://a.example'.")]
    [InlineData("--Jwt:Authority a.example --Jwt:Audience a", "Jwt:Authority must be an https address (http only on this machine), but is 'a.example'.")]
    [InlineData("--Jwt:Authority= --Jwt:Audience=a", "Jwt:Authority must be an https address (http only on this machine), but is ''.")]
    [InlineData("--Jwt:Authority ftp://127.0.0.1 --Jwt:Audience a", "Jwt:Authority must be an https address (http only on this machine), but is 'ftp://127.0.0.1'.")]
    [InlineData("--Jwt:Authority http://localhost.a.example --Jwt:Audience a", "Jwt:Authority must be an https address (http only on this machine), but is 'http://localhost.a.example'.")]
    [InlineData("--Jwt:Authority https://a.example/?tenant=1 --Jwt:Audience a", "Jwt:Authority must be an https address (http only on this machine), but is 'https://a.example/?tenant=1'.")]
    [InlineData("--Jwt:Authority https://user:secret@a.example --Jwt:Audience a", "Jwt:Authority contains")]
    [InlineData("--Jwt:Authority https://a.example", "Jwt:Audience is missing. Set it to the aud claim of tokens for this server")]
    [InlineData("--Jwt:Authority=https://a.example --Jwt:Audience=", "Jwt:Audience is missing.")]
    [InlineData("--Jwt:KeySetFile keys.json --Jwt:Issuer i", "Jwt:Audience is missing.")]
    [InlineData("--Jwt:KeySetFile keys.json --Jwt:Audience a", "Jwt:Issuer is missing. Set it to the iss claim of the tokens.")]
    [InlineData("--Jwt:KeySetFile=keys.json --Jwt:Audience=a --Jwt:Issuer=", "Jwt:Issuer is missing.")]
    [InlineData("--Jwt:KeySetFile=keys.json --Jwt:Audience=a --Jwt:Issuer=i --Jwt:AccountsClaim=", "Jwt:AccountsClaim is empty. Set it to the name of a claim, or remove it.")]
    [InlineData("--Jwt:Authority https://a.example --Jwt:Audience a --Jwt:ClockSkew 00:06:00", "Jwt:ClockSkew must be between 00:00:00 and 00:05:00, but is 00:06:00.")]
    [InlineData("--Jwt:Authority https://a.example --Jwt:Audience a --Jwt:RefreshInterval 0", "Jwt:RefreshInterval must be between 00:00:01 and 1.00:00:00, but is 00:00:00.")]
    [InlineData("--Jwt:Authority https://a.example --Jwt:Audience a --Jwt:AuthorityAgeMax 00:04:00", "Jwt:AuthorityAgeMax must be between 00:10:00 (twice Jwt:RefreshInterval) and 30.00:00:00, but is 00:04:00.")]
    [InlineData("--Jwt:KeySetFile= --Jwt:Audience=a --Jwt:Issuer=i", "Jwt:KeySetFile is empty.")]
    public async Task Wrong_configuration_is_refused_with_one_sentence(string arguments, string sentence)
    {
        string error = await RefusedStart.RunAsync(arguments.Split(' '));
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is not a JSON Web Key Set. Ask the issuer for one.")]
    [InlineData("nonsense", "is not a JSON Web Key Set.")]
    [InlineData("[]", "is not a JSON Web Key Set.")]
    [InlineData("null", "is not a JSON Web Key Set.")]
    [InlineData("{\"keys\":1}", "is not a JSON Web Key Set.")]
    [InlineData("{}", "contains no public RSA or EC key. Set it to a JSON Web Key Set of the issuer.")]
    [InlineData("{\"keys\":[]}", "contains no public RSA or EC key.")]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\"}]}", "contains no public RSA or EC key.")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}", "contains no public RSA or EC key.")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"!!\",\"e\":\"AQAB\"}]}", "contains no public RSA or EC key.")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", "contains an RSA key of 24 bits. Replace it by a key of at least 2048")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}", "contains no public RSA or EC key.")]
    public async Task An_unusable_key_file_is_refused(string text, string sentence)
    {
        string file = _tokens.WriteFile("bad.json", text);
        string error = await RefusedStart.RunAsync([File, file, "--Jwt:Issuer", "i", "--Jwt:Audience", "a"]);
        Assert.StartsWith($"Jwt:KeySetFile {file} {sentence}", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("c2VjcmV0", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_file_with_private_keys_is_refused()
    {
        string file = _tokens.WriteFile("private.json", """{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"c2VjcmV0"}]}""");
        string error = await RefusedStart.RunAsync([File, file, "--Jwt:Issuer", "i", "--Jwt:Audience", "a"]);
        Assert.StartsWith($"Jwt:KeySetFile {file} contains a private key, ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_key_file_is_refused()
    {
        string missing = Path.Combine(_directory.FullName, "missing.json");
        Assert.StartsWith(
            $"The server can't read Jwt:KeySetFile {missing}: ",
            await RefusedStart.RunAsync([File, missing, "--Jwt:Issuer", "i", "--Jwt:Audience", "a"]),
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"The server can't read Jwt:KeySetFile {_directory.FullName}: ",
            await RefusedStart.RunAsync([File, _directory.FullName, "--Jwt:Issuer", "i", "--Jwt:Audience", "a"]),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Jwt:Authority http://a.example --Jwt:Audience a", "Jwt:Authority must be an https address (http only on this machine), but is 'http://a.example'.")]
    [InlineData("--Jwt:KeySetFile missing.json --Jwt:Audience a --Jwt:Issuer i", "The server can't read Jwt:KeySetFile missing.json: ")]
    public async Task The_program_ends_with_that_sentence(string arguments, string sentence)
    {
        ProcessStartInfo start = new(
            Path.Combine(AppContext.BaseDirectory, "pointbook"), ["--urls", "http://127.0.0.1:0", "--Storage:Directory", _directory.FullName, .. arguments.Split(' ')])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            // If the server starts after all, its first line of output ends the wait.
            Assert.Null(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(1, process.ExitCode);
            Assert.StartsWith(sentence, Assert.Single((await error).TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }
}
