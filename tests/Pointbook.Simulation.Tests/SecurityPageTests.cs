using Pointbook.Simulation.Tests.Documents;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

/// <summary>docs/security.md is correct: the test runs its commands in order in a new directory, and they print the output below them.</summary>
public sealed class SecurityPageTests : IDisposable
{
    private const string AddressOfPage = "http://127.0.0.1:5080";
    private const string StartOfServer = "pointbook --urls";
    private static readonly string Program = $"pointbook() {{ dotnet exec '{Repository.ServerAssembly}' \"$@\"; }}";
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task The_commands_of_the_page_print_the_documented_output()
    {
        ServerProcess? server = null;
        try
        {
            foreach (Example example in MarkdownFile.Security.Examples)
            {
                List<string> printed = [];
                foreach (string command in example.Commands)
                {
                    if (command.StartsWith(StartOfServer, StringComparison.Ordinal))
                    {
                        server = await ServerProcess.StartAsync(_directory.File("pointbook-data"));
                        continue;
                    }

                    string address = server?.Address.ToString().TrimEnd('/') ?? AddressOfPage;
                    printed.Add(await Shell.RunAsync($"{Program}; {command.Replace(AddressOfPage, address, StringComparison.Ordinal)}", _directory.FullName));
                }

                Assert.Equal(example.Output ?? "", string.Join('\n', printed).Trim());
            }

            Assert.NotNull(server);
        }
        finally
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
        }
    }

    public void Dispose() => _directory.Dispose();
}
