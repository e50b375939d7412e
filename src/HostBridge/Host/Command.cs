namespace MeshMcp.HostBridge.Host;

/// <summary>A program run as a value: what to run, what it reads, how long it may take, which exit codes are success.</summary>
/// <param name="Program">Name looked up on PATH, or an absolute path; never a shell.</param>
/// <param name="Arguments">One element per argument, passed as they are.</param>
public sealed record Command(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Written to standard input, which is closed afterwards.</summary>
    public string? Input { get; init; }

    /// <summary>The program and its children are killed after this; streams have no limit.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Besides PATH, HOME and LC_ALL.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Characters of output, and of error output, to keep; what comes after is dropped. Null: more than any program here prints is an error.</summary>
    public int? Keep { get; init; }

    public IReadOnlyList<int> SuccessCodes { get; init; } = [0];

    public static Command Of(string program, params IReadOnlyList<string> arguments) => new(program, arguments);

    /// <summary>The command line as a person would read it in an error.</summary>
    public override string ToString() => string.Join(' ', [Program, .. Arguments]);
}

/// <summary>What a program left when it ended with a success code.</summary>
/// <param name="Cut">It printed more than was kept.</param>
public sealed record CommandResult(int ExitCode, string Output, string ErrorOutput, bool Cut = false);
