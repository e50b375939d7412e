using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>
/// The container's init: starts every service that has a command, starts it again when it ends (after 1 s, then ever later up to 30 s; at once after SIGHUP), ends all when told
/// to stop and waits until they have ended (for how long is LXC's to say), reaps what is left behind, and writes each service's log through a pipe, so that it never passes its bound: the log and
/// the one before it are all that is kept, and of what came in one piece at the bound the rest is lost. A script for any POSIX shell, because there is no compiler where
/// it is made and no .NET where it runs. Arguments are quoted, so none of them is ever read by the shell.
/// </summary>
public static class InitScript
{
    public const string Path = "/etc/meshmcp/init";
    /// <summary>Of 512 bytes; some shells count in 1024.</summary>
    const int LogBlocks = 2048;

    public static string LogOf(string service) => $"/var/log/{service}.log";

    public static string Of(IReadOnlyList<ContainerService> services)
    {
        ContainerService[] run = [.. services.Where(s => s.Command.Count > 0)];
        return $$"""
            #!/bin/sh
            # Written by MeshMcp before each start.
            unset MESHMCP_CONTAINER
            export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
            umask 022
            cd /
            mkdir -p /var/log /run /tmp

            service() {
              exec >/dev/null
              name=$1 pause=1
              shift
              while :; do
                read -r began rest </proc/uptime
                "$@" </dev/null >"$pipe" 2>&1
                code=$?
                # By SIGHUP: it is to read its configuration again, so nobody should wait for it.
                [ $code -ne 129 ] || { pause=1; continue; }
                read -r now rest </proc/uptime
                [ $((${now%%.*} - ${began%%.*})) -lt 30 ] || pause=1
                echo "meshmcp: $name ended with code $code and is started again in $pause s" >"$pipe"
                sleep $pause
                pause=$((pause * 2))
                [ $pause -le 30 ] || pause=30
              done
            }

            start() {
              log=/var/log/$1.log pipe=/run/meshmcp-$1
              rm -f "$pipe"
              mkfifo -m 600 "$pipe"
              ring >/dev/null 2>&1 &
              rings="$rings $!"
              # Not by "&": what a shell starts so ignores SIGINT and SIGQUIT for good. It is left over by a shell that is killed instead.
              (
                # By exec: beside what is redirected for one command a shell keeps the old descriptors, and services would have them too.
                exec </dev/null >/dev/null 2>&1
                self=$(exec sh -c 'echo $PPID')
                service "$@" | kill -s KILL "$self"
              )
            }

            ring() {
              trap '' TERM PWR INT HUP
              # Open for writing too, so that it does not end with a service.
              exec 3<>"$pipe"
              while :; do
                (ulimit -c 0; ulimit -f {{LogBlocks}}; exec cat <&3 >>"$log") 2>/dev/null
                # By SIGXFSZ: the bound.
                if [ $? -eq 153 ]; then mv -f "$log" "$log.1"; else sleep 1; fi
              done
            }

            # Whether there is a process beside this one and the rings with what they run. When this one ends, the kernel kills the others.
            left() {
              for at in /proc/[0-9]*; do
                { read -r line <"$at/stat"; } 2>/dev/null || continue
                # Behind the name: state, parent.
                line=${line##*) }
                case $line in Z*) continue ;; esac
                parent=${line#? }
                case " $$ $rings " in *" ${at#/proc/} "*) continue ;; esac
                case " $rings " in *" ${parent%% *} "*) continue ;; esac
                return 0
              done
              return 1
            }

            # Some shells know no parts of a second.
            nap() {
              sleep 0.1 2>/dev/null || sleep 1
            }

            stop() {
              trap '' TERM PWR INT
              # The one form that every shell takes: to some "--" is no number, to others "-1" after "-s TERM" an option.
              kill -TERM -1
              while left; do nap; done
              # The rings write down what was said last.
              nap
              exit 0
            }

            rings=
            trap stop TERM PWR INT
            {{string.Join('\n', run.Select(s => $"start {string.Join(' ', [s.Name, .. s.Command.Select(Quoted)])}"))}}
            while :; do
              sleep 60 &
              wait $!
            done

            """;
    }

    /// <summary>Within single quotes a shell reads nothing but their end.</summary>
    static string Quoted(string argument) => $"'{argument.Replace("'", @"'\''")}'";
}
