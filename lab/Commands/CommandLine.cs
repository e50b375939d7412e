using System.Globalization;
using System.Runtime.InteropServices;
using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Internet;

namespace MeshMcp.Lab.Commands;

/// <summary>What was typed: options, the command's name, and its words, which are passed on as they are.</summary>
sealed record CommandLine(string Name, IReadOnlyList<string> Words, string Prefix, int? Port, int? Owner, bool Bare)
{
    const string Usage = """
        usage: meshmcp-lab [--prefix NAME] COMMAND

          up [--port N]        bring the lab up; N: its port on 127.0.0.1 (9573, or a free one; 0: a free one)
          up --bare            only nodes with Open vSwitch and host bridge
          status               what runs
          exec PLACE CMD…      run a program in a node (vps, oo1424oo) or an edge (internet, cloudflare, home, user)
          add-node NAME        one more node, which joins the mesh by an invitation (edge1 …)
          remove-node NAME     take it away again
          logs [NAME]          what a daemon said (vps/hostbridge …); all of them without a name
          env                  the server's URL and token, as settings for a shell
          down                 take the lab down; nothing of it is left
          serve                hold the lab up in the foreground (what 'up' starts)

        --prefix, or MESHMCP_LAB_PREFIX, names one of several labs side by side (mm).

        """;

    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var prefix = Environment.GetEnvironmentVariable("MESHMCP_LAB_PREFIX") is { Length: > 0 } set ? set : MeshLab.UsualPrefix;
        int? port = null, owner = null;
        var bare = false;
        string? name = null;
        var i = 0;
        for (; i < args.Count && !(name == "exec" && !args[i].StartsWith("--", StringComparison.Ordinal)); i++)
            switch (args[i])
            {
                case "--prefix": prefix = Value(); break;
                case "--port": port = Number(0, ushort.MaxValue); break;
                case "--owner": owner = Number(1, int.MaxValue); break;
                case "--bare": bare = true; break;
                case "--help" or "-h": name = "help"; break;
                case var option when option.StartsWith('-'): throw Wrong($"Unknown option {option}.");
                case var word when name is null: name = word; break;
                default: return new(name, [.. args.Skip(i)], prefix, port, owner, bare);
            }
        return new(name ?? "help", [.. args.Skip(i)], prefix, port, owner, bare);

        string Value() => ++i < args.Count ? args[i] : throw Wrong($"{args[i - 1]} needs a value.");

        int Number(int least, int most) => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= least && n <= most
            ? n
            : throw Wrong($"{args[i - 1]} must be a number from {least} to {most}.");
    }

    public Task<int> RunAsync()
    {
        var lab = new MeshLab(Prefix, Bare);
        return Name switch
        {
            "up" => UpCommand.RunAsync(lab, Port),
            "serve" => ServeCommand.RunAsync(lab, Port, Owner),
            "status" => StatusCommand.RunAsync(lab),
            "exec" when Words.Count >= 2 => ExecCommand.RunAsync(lab, Words[0], [.. Words.Skip(1)]),
            "add-node" when Words.Count == 1 => AddCommand.RunAsync(lab, Words[0]),
            "remove-node" when Words.Count == 1 => AddCommand.UndoAsync(lab, Words[0]),
            "logs" when Words.Count <= 1 => LogsCommand.RunAsync(lab, Words.Count == 1 ? Words[0] : null),
            "internet" => Internet(),
            "env" => EnvCommand.RunAsync(lab),
            "down" => DownAsync(lab),
            "help" => Help(),
            _ => throw Wrong($"'{Name}' with these words is not understood."),
        };
    }

    static async Task<int> DownAsync(MeshLab lab)
    {
        await lab.DownAsync();
        Console.WriteLine($"The lab '{lab.Site.Prefix}' is down; nothing of it is left.");
        return 0;
    }

    /// <summary>What the place <c>internet</c> serves.</summary>
    static async Task<int> Internet()
    {
        using var stop = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        await await Task.WhenAny(Web.ServeAsync(stop.Token), Names.ServeAsync(stop.Token));
        return 0;
    }

    static Task<int> Help()
    {
        Console.Write(Usage);
        return Task.FromResult(0);
    }

    static MeshException Wrong(string what) => new(ErrorKind.InvalidArgument, what, hint: "Try meshmcp-lab --help.");
}
