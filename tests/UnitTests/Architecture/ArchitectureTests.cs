using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace MeshMcp.UnitTests.Architecture;

/// <summary>The laws of ARCHITECTURE.md and CONTRIBUTING.md that a compiler does not hold.</summary>
public sealed partial class ArchitectureTests
{
    static readonly string[] Folders = ["src", "lab", "bench", "tests"];

    /// <summary>The format of the state calls it so.</summary>
    static readonly string[] NamesOfTheFormat = ["ContainerService"];

    /// <summary>Writes for a shell, and starts none.</summary>
    const string Completion = "src/Cli/Commands/CompletionCommand.cs";

    [Theory]
    [InlineData("Contracts", "")]
    [InlineData("HostBridge", "CliWrap, Contracts, Tmds.DBus.Protocol")]
    [InlineData("Tools", "Contracts, ModelContextProtocol, QRCoder")]
    [InlineData("Server", "Contracts, ModelContextProtocol.AspNetCore, Tools")]
    [InlineData("Cli", "Contracts, QRCoder, Spectre.Console, System.CommandLine")]
    public void A_project_references_only_what_it_may(string project, string allowed)
    {
        var file = XDocument.Load(Path.Combine(Root(), "src", project, $"{project}.csproj"));
        var references = file.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!))
            .Concat(file.Descendants("PackageReference").Select(r => (string)r.Attribute("Include")!));
        Assert.Equal(allowed, string.Join(", ", references.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void The_host_bridge_has_two_packages_and_they_bring_no_others()
    {
        var deps = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "../../HostBridge", new DirectoryInfo(AppContext.BaseDirectory).Name, "meshmcp-hostbridge.deps.json")));
        var packages = deps.RootElement.GetProperty("libraries").EnumerateObject().Where(l => l.Value.GetProperty("type").GetString() == "package").Select(l => l.Name.Split('/')[0]);
        Assert.Equal(["CliWrap", "Tmds.DBus.Protocol"], packages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Only_the_folder_Host_of_the_host_bridge_starts_programs_opens_sockets_and_writes_files() =>
        Assert.Empty(Sources("src/HostBridge").Where(s => !s.Path.StartsWith("src/HostBridge/Host/", StringComparison.Ordinal))
            .SelectMany(s => Touches().Matches(s.Text).Select(m => $"{s.Path}: {m.Value}")));

    [Fact]
    public void One_system_never_references_another()
    {
        var systems = Directory.GetFiles(Path.Combine(Root(), "src/HostBridge/Systems"), "*System.cs", SearchOption.AllDirectories).Select(f => Path.GetFileName(Path.GetDirectoryName(f)!)).ToList();
        Assert.Empty(
            from system in systems
            from source in Sources($"src/HostBridge/Systems/{system}")
            from other in systems
            where other != system && source.Text.Contains($"Systems.{other}", StringComparison.Ordinal)
            select $"{source.Path}: Systems.{other}");
    }

    [Fact]
    public void No_source_file_is_longer_than_400_lines() =>
        Assert.Empty(Folders.SelectMany(Sources).Where(s => s.Text.Count(c => c == '\n') > 400).Select(s => s.Path));

    [Fact]
    public void No_type_has_a_name_that_says_nothing() =>
        Assert.Empty(Folders.SelectMany(Sources).SelectMany(s => Hollow().Matches(s.Text).Select(m => m.Groups["name"].Value)).Except(NamesOfTheFormat));

    [Fact]
    public void The_product_starts_no_shell() =>
        Assert.Empty(Sources("src").Where(s => s.Path != Completion).SelectMany(s => Shell().Matches(s.Text).Select(m => $"{s.Path}: {m.Value}")));

    internal static IEnumerable<(string Path, string Text)> Sources(string folder) =>
        from file in Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
        select (Path.GetRelativePath(Root(), file), File.ReadAllText(file));

    static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    [GeneratedRegex(@"Process\.Start\(|new Process\b|new Socket\(|new FileStream\(|(?<!Atomic|Socket|Line)File\.(Write|Append|Create|Open)\w*\(")]
    private static partial Regex Touches();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum) (?<name>\w*(Manager|Helper|Util|Utils|Service|Handler|Processor|Wrapper|Base|Impl|Data|Info|Common))\b")]
    private static partial Regex Hollow();

    [GeneratedRegex(@"""(/bin/)?(ba|da)?sh""")]
    private static partial Regex Shell();
}
