using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>
/// The container's init: starts every service that has a command, starts it again when it ends (after 1 s, then ever later up to 30 s; at once after SIGHUP), ends all when told
/// to stop, reaps what is left behind, and keeps each service's log below a bound. A script for any POSIX shell, because there is no compiler where
/// it is made and no .NET where it runs. Arguments are quoted, so none of them is ever read by the shell.
/// </summary>
public static class InitScript
{
    public const string Path = "/etc/meshmcp/init";
    const int LogBytes = 1024 * 1024;

    public static string LogOf(string service) => $"/var/log/{service}.log";

    public static string Of(IReadOnlyList<ContainerService> services)
    {
        ContainerService[] run = [.. services.Where(s => s.Command.Count > 0)];
        return $$"""
            #!/bin/sh
            # Written by MeshMcp before each start.
            unset MESHMCP_CONTAINER
            export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
            cd /
            mkdir -p /var/log /run /tmp

            service() {
              log=/var/log/$1.log name=$1 pause=1
              shift
              while :; do
                read -r began rest </proc/uptime
                "$@" </dev/null >>"$log" 2>&1 &
                wait $!
                code=$?
                # By SIGHUP: it is to read its configuration again, so nobody should wait for it.
                [ $code -ne 129 ] || { pause=1; continue; }
                read -r now rest </proc/uptime
                [ $((${now%%.*} - ${began%%.*})) -lt 30 ] || pause=1
                echo "meshmcp: $name ended with code $code and is started again in $pause s" >>"$log"
                sleep $pause
                pause=$((pause * 2))
                [ $pause -le 30 ] || pause=30
              done
            }

            bound() {
              for log in {{string.Join(' ', run.Select(s => LogOf(s.Name)))}}; do
                [ -f "$log" ] && [ "$(wc -c <"$log")" -gt {{LogBytes}} ] && cp "$log" "$log.1" && : >"$log"
              done
            }

            trap 'trap "" TERM PWR INT; kill -s TERM -- -1; wait; exit 0' TERM PWR INT
            {{string.Join('\n', run.Select(s => $"service {string.Join(' ', [s.Name, .. s.Command.Select(Quoted)])} &"))}}
            while :; do
              sleep 5 &
              wait $!
              bound
            done

            """;
    }

    /// <summary>Within single quotes a shell reads nothing but their end.</summary>
    static string Quoted(string argument) => $"'{argument.Replace("'", @"'\''")}'";
}
