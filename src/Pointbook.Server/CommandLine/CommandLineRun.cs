using System.CommandLine;
using Pointbook.Access;
using Pointbook.Engine;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Server.Storage;

namespace Pointbook.Server.CommandLine;

/// <summary>The executable: it runs the server unless its first argument names a subcommand or asks for help.</summary>
internal static class CommandLineRun
{
    private const int NotUnderstood = 2;
    private const int Failed = 1;

    private const string Description =
        """
        Pointbook, a durable ledger for loyalty points.

        Without a command, Pointbook serves HTTP until it is stopped. Write server options as --Name value,
        such as --Storage:Directory ./data or --urls http://127.0.0.1:5080. docs/configuration.md lists them.
        """;

    /// <summary>Runs the command line.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="serve">Runs the server.</param>
    /// <returns>The exit code: 0 for success, 1 for a failure or refusal, 2 for an invalid command line.</returns>
    public static async Task<int> RunAsync(string[] args, Func<Task<int>> serve)
    {
        RootCommand root = new(Description);
        root.Subcommands.Add(KeysCommand.Create());
        root.Subcommands.Add(MigrateCommand.Create());
        root.Subcommands.Add(VerifyCommand.Create());
        if (!IsForRoot(args, root))
        {
            return ServerArguments.Fault(args, root.Subcommands.Select(command => command.Name)) is { } fault ? await RefuseAsync(fault) : await serve();
        }

        // Without response files: a value that begins with @ has no special meaning.
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            string faults = string.Join(' ', parsed.Errors.Select(error => error.Message));
            return await RefuseAsync($"{faults}{StoreHint(args)} See 'pointbook {string.Join(' ', args.Take(1).Append("--help"))}'.");
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>Runs a subcommand. Reports an expected failure as a sentence with the reason.</summary>
    /// <param name="run">The subcommand; it returns the exit code.</param>
    /// <param name="advice">What the operator should do after a temporary failure, or an empty text.</param>
    /// <param name="names">The options of the subcommand that name a store.</param>
    public static async Task<int> GuardAsync(Func<Task<int>> run, string advice, SettingNames names)
    {
        try
        {
            return await run();
        }
        catch (ArgumentFaultException fault)
        {
            return await RefuseAsync(fault.Message);
        }
        catch (StoreException refused)
        {
            await Console.Error.WriteLineAsync(names.Explain(refused));
        }
        catch (KeyStoreException failed)
        {
            await Console.Error.WriteLineAsync($"{failed.Message.TrimEnd('.')}. {advice}".TrimEnd());
        }
        catch (JournalException altered) when (!StoreFailure.IsOfStore(altered))
        {
            await Console.Error.WriteLineAsync(altered.Message);
        }
        catch (Exception failure) when (failure is StorageFailureException || StoreFailure.IsOfStore(failure))
        {
            await Console.Error.WriteLineAsync($"{failure.Message.TrimEnd('.')}. {advice}".TrimEnd());
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"The command was stopped before it completed. {advice}".TrimEnd());
        }

        return Failed;
    }

    /// <summary>Advice for an operator who names the store with server options; empty if the arguments contain none.</summary>
    private static string StoreHint(string[] args) =>
        !args.Any(argument => argument.StartsWith("--Storage", StringComparison.OrdinalIgnoreCase)) ? ""
        : args[0] == "migrate" ? $" This command does not accept server options. Name the stores with --from {StoreAddress.SqliteForm} and --to {StoreAddress.PostgresForm}."
        : $" This command does not accept server options. Name the store with --store {StoreAddress.SqliteForm} or --store {StoreAddress.PostgresForm}.";

    private static bool IsForRoot(string[] args, RootCommand root) =>
        args is [{ } first, ..]
        && (root.Subcommands.Any(command => command.Name == first) || root.Options.Any(option => option.Name == first || option.Aliases.Contains(first)));

    private static async Task<int> RefuseAsync(string sentence)
    {
        await Console.Error.WriteLineAsync(sentence);
        return NotUnderstood;
    }
}
