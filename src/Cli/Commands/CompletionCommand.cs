using System.CommandLine;
using System.CommandLine.Completions;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl completion</c>: what a shell needs to complete command lines, generated from the commands themselves.</summary>
static class CompletionCommand
{
    static readonly string[] FileNames = ["FILE", "DIR"];

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "Only bash so far.", HelpName = "bash" };
        shell.AcceptOnlyFromAmong("bash");
        return new Verb("completion", "Print a script that lets the shell complete commands, options and their values.",
            ["meshctl completion bash > /usr/share/bash-completion/completions/meshctl", "source <(meshctl completion bash)"],
            (parse, _) => parse.InvocationConfiguration.Output.WriteLine(Bash(Meshctl.Root())))
        { shell };
    }

    /// <summary>Pure.</summary>
    static string Bash(Command root)
    {
        var lines = new List<string>();
        foreach (var (path, command) in All(root, ""))
        {
            Option[] options = [.. command.Options.Concat(Recursive(root, path))];
            lines.Add($"    '{path}') words='{string.Join(' ', [.. command.Subcommands.Select(c => c.Name), .. options.SelectMany(NamesOf).Where(n => n.StartsWith("--", StringComparison.Ordinal))])}'; more='{string.Join(' ', command.Subcommands.Select(c => c.Name))}' ;;");
            foreach (var option in options.Where(o => o.ValueType != typeof(bool) && o is not System.CommandLine.Help.HelpOption && o is not VersionOption))
                lines.Add($"    {string.Join('|', NamesOf(option).Select(n => $"'{path} {n}'"))}) {ValueOf(option.HelpName, option.GetCompletions(CompletionContext.Empty).Select(c => c.Label))} ;;");
            foreach (var (index, argument) in command.Arguments.Index())
                lines.Add($"    '{path} #{index}') {ValueOf(argument.HelpName ?? argument.Name, argument.GetCompletions(CompletionContext.Empty).Select(c => c.Label))} ;;");
        }
        return $$"""
            # Written by meshctl completion bash.
            _meshctl_say() {
              words='' values='' files='' more=''
              case "$1" in
            {{string.Join('\n', lines)}}
              esac
            }
            _meshctl() {
              local words values files more path='' word current=${COMP_WORDS[COMP_CWORD]} takes='' count=0 i
              for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if [ -n "$takes" ]; then takes=''; continue; fi
                _meshctl_say "$path $word"
                if [ "${word:0:1}" = - ]; then
                  [ -z "$values$files" ] || takes="$path $word"
                  continue
                fi
                _meshctl_say "$path"
                if [[ " $more " == *" $word "* ]]; then path="$path $word"; else count=$((count + 1)); fi
              done
              COMPREPLY=()
              if [ -n "$takes" ]; then
                _meshctl_say "$takes"
              elif [ "${current:0:1}" = - ] || { _meshctl_say "$path"; [ -n "$more" ] && [ $count = 0 ]; }; then
                _meshctl_say "$path"
                values=$words files=''
              else
                _meshctl_say "$path #$count"
              fi
              [ "$values" = '*' ] && return
              if [ -n "$files" ]; then mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames 2>/dev/null; return; fi
              mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current")
            }
            complete -F _meshctl meshctl
            """;
    }

    static IEnumerable<(string Path, Command Command)> All(Command command, string path) =>
        [(path, command), .. command.Subcommands.SelectMany(c => All(c, $"{path} {c.Name}"))];

    /// <summary>Options of the whole command line, which every command below takes too.</summary>
    static IEnumerable<Option> Recursive(Command root, string path) => path.Length == 0 ? [] : root.Options.Where(o => o.Recursive);

    static IEnumerable<string> NamesOf(Option option) => new[] { option.Name }.Concat(option.Aliases).Where(n => n.StartsWith('-')).Distinct();

    /// <summary>A star: something that no shell can know.</summary>
    static string ValueOf(string? name, IEnumerable<string> choices)
    {
        string[] all = [.. choices];
        return all.Length > 0 ? $"values='{string.Join(' ', all)}'" : FileNames.Contains(name) ? "files=1" : "values='*'";
    }
}
