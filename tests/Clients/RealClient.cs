using System.Text.Json.Nodes;
using MeshMcp.Clients.Models;
using MeshMcp.Clients.Steps;

namespace MeshMcp.Clients;

/// <summary>Whom a client asks when our server asks its user.</summary>
enum Asks
{
    /// <summary>A user, whose answer is given by what the client has for it.</summary>
    User,
    /// <summary>Nobody, without a terminal: it declines at once.</summary>
    Nobody,
    /// <summary>It cannot be asked.</summary>
    Never,
}

/// <summary>Where a client is to find what, and what is its own.</summary>
/// <param name="Home">Its home folder, and the only one that it writes to.</param>
/// <param name="Authority">The certificate of the mesh's authority; null: it is not given it.</param>
sealed record Surroundings(string Home, Uri Model, string Server, string Token, string? Authority);

/// <summary>A client that somebody else made, as npm has it, driven without a person and without an account.</summary>
abstract class RealClient
{
    /// <summary>How the server is called in its configuration.</summary>
    protected const string Server = "mesh";

    public static IReadOnlyList<RealClient> All { get; } = [new ClaudeCode(), new Codex(), new GeminiCli()];

    public abstract string Name { get; }

    public abstract Dialect Dialect { get; }

    public abstract Asks Asks { get; }

    /// <summary>What the names of our tools begin with; with a namespace, what both together do.</summary>
    public virtual string Ours => "mcp__mesh__";

    public virtual ToolName Tool(string name) => new(Ours + name);

    /// <summary>What the model calls first, to read the definitions of these tools; null: it has them.</summary>
    public virtual StepCall? LookingUp(IReadOnlyList<ToolName> tools) => null;

    /// <summary>It begins a new session by itself when the server no longer knows the one it has.</summary>
    public virtual bool BeginsAnew => true;

    public abstract ToolName ListResources { get; }

    public abstract ToolName ReadResource { get; }

    /// <summary>Beside the URI.</summary>
    public virtual JsonObject ResourceArguments(string uri) => new() { ["server"] = Server, ["uri"] = uri };

    /// <summary>What a user types to have the prompt; null: there is no way.</summary>
    public abstract string? Prompt(string name, string argument);

    /// <summary>The program, where the environment names it and those it needs.</summary>
    public IReadOnlyList<string>? Program => Needs.All(n => File.Exists(Environment.GetEnvironmentVariable(n))) ? [.. Needs.Select(n => Environment.GetEnvironmentVariable(n)!)] : null;

    /// <summary>Variables that name its program, an interpreter first.</summary>
    public abstract IReadOnlyList<string> Needs { get; }

    /// <summary>Writes its configuration.</summary>
    public abstract void Configure(Surroundings around);

    /// <summary>All of its environment but where its home is.</summary>
    public abstract IEnumerable<(string Name, string Value)> Variables(Surroundings around);

    public abstract IReadOnlyList<string> Arguments(Surroundings around, string prompt);

    protected static void Write(Surroundings around, string name, string content)
    {
        var file = Path.Combine(around.Home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    protected static JsonObject Http(Surroundings around, string url) => new() { [url] = around.Server, ["headers"] = new JsonObject { ["Authorization"] = $"Bearer {around.Token}" } };
}
