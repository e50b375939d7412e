using MeshMcp.Server.Roles;

return await ServerRoles.RunAsync(args);
