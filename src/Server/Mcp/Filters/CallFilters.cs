using MeshMcp.Server.Nodes;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>What every call passes on its way to a tool, outermost first.</summary>
sealed class CallFilters(ILogger<CallFilters> log, TimeProvider time, RefusalReports? refusals = null)
{
    public void AddTo(McpServerOptions options)
    {
        var faults = new FaultFilter(log, refusals);
        options.Filters.Message.IncomingFilters.Add(HttpPrincipal.Filter);
        options.Filters.Message.IncomingFilters.Add(VersionFilter.Filter);
        options.Filters.Message.IncomingFilters.Add(ParameterFilter.Filter);
        var requests = options.Filters.Request;
        requests.ListToolsFilters.Add(ScopeFilter.List);
        requests.CallToolFilters.Add(new AuditFilter(log, time).Filter);
        requests.CallToolFilters.Add(faults.Tool);
        // First: whom a call may speak about is asked of what is meant, too.
        requests.CallToolFilters.Add(MeantArguments.Filter);
        requests.CallToolFilters.Add(ScopeFilter.Call);
        requests.CallToolFilters.Add(ArgumentFilter.Filter);
        requests.ReadResourceFilters.Add(faults.Other);
        requests.GetPromptFilters.Add(faults.Other);
    }
}
