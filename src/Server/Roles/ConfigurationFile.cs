using System.Text.Json;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Server.Roles;

/// <summary>A configuration file as every role reads it: strictly, with all that is wrong told at once.</summary>
static class ConfigurationFile
{
    /// <exception cref="MeshException">NotFound or PermissionDenied.</exception>
    public static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeshException(ErrorKind.NotFound, "The configuration does not exist", path, "Write it, or name another with --config.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new MeshException(ErrorKind.PermissionDenied, $"The configuration cannot be read: {e.Message}", path, inner: e);
        }
    }

    /// <param name="fields">All there may be.</param>
    /// <param name="of">Takes it from the object, to which it tells what is wrong.</param>
    /// <param name="check">What is wrong with the whole, where nothing is with its parts.</param>
    /// <exception cref="MeshException">InvalidArgument with every problem.</exception>
    public static T Parse<T>(string json, string path, IReadOnlyList<string> fields, Func<ConfigurationObject, T> of, Func<T, IEnumerable<Problem>>? check = null) where T : class
    {
        List<Problem> problems = [];
        T? configuration = null;
        try
        {
            using var document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip });
            configuration = of(new(document.RootElement, "", problems, fields));
            if (problems.Count == 0 && check is not null) problems.AddRange(check(configuration));
        }
        catch (JsonException e)
        {
            problems.Add(new("$", e.Message));
        }
        return problems.Count == 0 ? configuration! : throw new MeshException(new MeshError(ErrorKind.InvalidArgument, "The configuration is not valid", path, Problems: problems));
    }
}
