using Pointbook.Conventions.Tests.Rules;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests;

public sealed class SourceTests
{
    private static readonly string[] AllButReadModel =
    [
        "src/Pointbook.Engine/AccountStore/A.cs", "src/Pointbook.Engine/Analytics/A.cs", "src/Pointbook.Engine/Diagnostics/A.cs",
        "src/Pointbook.Engine/Hosting/A.cs", "src/Pointbook.Engine/Journal/A.cs", "src/Pointbook.Engine/Partition/A.cs", "src/Pointbook.Engine/Queries/A.cs",
    ];

    [Fact]
    public void Sources_are_short_or_give_a_reason() => Verdict.Holds(FileLengthRule.Violations(Repository.Sources));

    [Fact]
    public void A_long_source_without_a_reason_is_reported()
    {
        string lines = string.Join('\n', Enumerable.Repeat("// line", FileLengthRule.LinesMax));
        Verdict.Holds(FileLengthRule.Violations([RepositoryFile.Sample("a.cs", lines + "\n")]));
        Verdict.Holds(FileLengthRule.Violations([RepositoryFile.Sample("a.cs", "// Long because: it is a table.\n" + lines)]));
        Verdict.Names(FileLengthRule.Violations([RepositoryFile.Sample("a.cs", "// Long because: \n" + lines)]), "a.cs has 401 lines");
    }

    [Fact]
    public void Sources_contain_no_unfinished_work() => Verdict.Holds(FinishedWorkRule.Violations(Repository.Sources));

    [Theory]
    [InlineData("// TO", "DO: later")]
    [InlineData("// FIX", "ME")]
    [InlineData("// a HA", "CK")]
    [InlineData("throw new NotImplemented", "Exception();")]
    [InlineData("    [Fact", "(Skip = \"slow\")]")]
    [InlineData("    Assert.", "Skip(\"slow\");")]
    public void Unfinished_work_is_reported(string begin, string end) =>
        Verdict.Names(FinishedWorkRule.Violations([RepositoryFile.Sample("a.cs", "// fine\n" + begin + end)]), "a.cs(2)");

    [Fact]
    public void Files_are_named_after_their_main_type() => Verdict.Holds(TypeNameRule.Violations(Repository.Sources));

    [Fact]
    public void A_misnamed_file_is_reported()
    {
        Verdict.Holds(TypeNameRule.Violations(
        [
            RepositoryFile.Sample("src/Ledger.cs", "public readonly record struct Ledger(int A);\n"),
            RepositoryFile.Sample("src/Ledger.Parts.cs", "internal sealed partial class Ledger<T>\n"),
            RepositoryFile.Sample("samples/Spend.cs", "Console.WriteLine();\n"),
            RepositoryFile.Sample("tests/Answers.cs", "public sealed record Yes;\npublic sealed record No;\n"),
        ]));
        Verdict.Names(TypeNameRule.Violations([RepositoryFile.Sample("src/Book.cs", "public static class Ledger\npublic static class Shelf\n")]), "declares Ledger, Shelf and not Book");
    }

    [Fact]
    public void Test_names_are_sentences() =>
        Verdict.Holds(TestNameRule.Violations(Repository.Sources.Where(source => source.IsBelow("tests"))));

    [Theory]
    [InlineData("    [Fact]\n    public void SpendWorks()", "SpendWorks")]
    [InlineData("    [Theory]\n    [InlineData(1)]\n    public async Task spend_works(int a)", "spend_works")]
    public void A_test_name_that_is_not_a_sentence_is_reported(string source, string name) =>
        Verdict.Names(TestNameRule.Violations([RepositoryFile.Sample("tests/A.cs", source)]), name);

    [Fact]
    public void No_file_contains_a_path_of_one_machine() =>
        Verdict.Holds(MachinePathRule.Violations(Repository.Files.Where(file => Path.GetExtension(file.Path) is not (".png" or ".ico" or ".gz" or ".db"))));

    [Fact]
    public void A_path_of_one_machine_is_reported()
    {
        Verdict.Holds(MachinePathRule.Violations([RepositoryFile.Sample("a.md", "https://example.org/home/page /var/lib/pointbook")]));
        Verdict.Names(MachinePathRule.Violations([RepositoryFile.Sample("a.md", "see /ho" + "me/somebody/pointbook")]), "a.md(1)");
    }

    [Fact]
    public void Stores_and_engine_name_no_options() => Verdict.Holds(OptionNameRule.Violations(Repository.Sources));

    [Fact]
    public void A_store_that_names_an_option_is_reported()
    {
        Verdict.Holds(OptionNameRule.Violations(
        [
            RepositoryFile.Sample("src/Pointbook.Storage.Sqlite/A.cs", "// set Storage:Directory\nthrow new StoreException($\"{path}: name another directory -- or wait.\");"),
            RepositoryFile.Sample("src/Pointbook.Server/A.cs", "return \"Storage:Directory is empty.\";"),
        ]));
        Verdict.Names(
            OptionNameRule.Violations(
            [
                RepositoryFile.Sample("src/Pointbook.Storage.Sqlite/A.cs", "int a;\nreturn \"Storage:Directory is empty.\";"),
                RepositoryFile.Sample("src/Pointbook.Storage.Postgres/B.cs", "throw new StoreException(\"Choose another with --store.\");"),
                RepositoryFile.Sample("src/Pointbook.Engine/C.cs", "return $\"{a} is {b}; set Partition:{c} or Partition:SizeMax.\";"),
            ]),
            "A.cs(2)",
            "B.cs(1)",
            "C.cs(1)");
    }

    [Fact]
    public void Texts_name_the_actor() => Verdict.Holds(PhraseRule.Violations(Repository.Files));

    [Fact]
    public void A_phrase_without_an_actor_is_reported()
    {
        Verdict.Holds(PhraseRule.Violations(
        [
            RepositoryFile.Sample("src/A.cs", "// what has to be there\nreturn \"The server must restart.\";"),
            RepositoryFile.Sample("tests/B.cs", "return \"It has to be there.\";"),
        ]));
        Verdict.Names(
            PhraseRule.Violations(
            [
                RepositoryFile.Sample("docs/a.md", "The server restarts.\nThe file is written anew."),
                RepositoryFile.Sample("src/B.cs", "throw new StoreException($\"{name} is no option of the server.\");"),
                RepositoryFile.Sample("src/C.cs", "[LoggerMessage(1, \"The disk has to be checked\")]"),
            ]),
            "docs/a.md(2)",
            "B.cs(1)",
            "C.cs(1)");
    }

    [Fact]
    public void No_code_asks_which_store_it_uses() => Verdict.Holds(StoreCastRule.Violations(Repository.Sources));

    [Theory]
    [InlineData("(_store as SqliteStore)?.MarkSecured();")]
    [InlineData("if (store is PostgresStore databases)")]
    [InlineData("    SqliteStore directory => directory.WasSecured,")]
    [InlineData("await ((PostgresAccountStore)target.AccountStore).ResetAsync();")]
    public void A_cast_to_a_store_is_reported(string line)
    {
        Verdict.Names(StoreCastRule.Violations([RepositoryFile.Sample("src/A.cs", line)]), "src/A.cs(1)");
        Verdict.Holds(StoreCastRule.Violations([RepositoryFile.Sample("tests/A.cs", line)]));
    }

    [Fact]
    public void The_engine_has_the_folders_of_the_design() => Verdict.Holds(EngineFolderRule.Violations(Repository.Files.Select(file => file.Path)));

    [Fact]
    public void An_unexpected_folder_of_the_engine_is_reported()
    {
        Verdict.Names(
            EngineFolderRule.Violations([.. AllButReadModel, "src/Pointbook.Engine/Helpers/A.cs", "src/Pointbook.Engine/B.cs", "src/Pointbook.Engine/ILedger.cs"]),
            "ReadModel is missing",
            "Helpers/A.cs",
            "B.cs");
    }

    [Fact]
    public void Tests_do_not_sleep() => Verdict.Holds(SleepRule.Violations(Repository.Sources));

    [Fact]
    public void A_test_that_sleeps_is_reported()
    {
        string sleep = "await Task." + "Delay(500);\nThread." + "Sleep(1);\nawait Task." + "Delay(Timeout.Infinite, aborted);";
        Verdict.Holds(SleepRule.Violations([RepositoryFile.Sample("src/A.cs", sleep), RepositoryFile.Sample("tests/Shared/Eventually.cs", sleep)]));
        Verdict.Names(SleepRule.Violations([RepositoryFile.Sample("tests/A.cs", sleep)]), "tests/A.cs(1)", "tests/A.cs(2)");
    }
}
