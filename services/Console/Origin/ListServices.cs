namespace AutoDev.OperatorConsole.Origin;

/// <summary><c>GET /api</c>: what is behind this origin.</summary>
static class ListServices
{
    public static IResult Handle() => TypedResults.Ok(new
    {
        Docs = "/docs",
        Services = BackendService.All.Select(s => new { Name = s.Word, s.Does, Base = $"/api/{s.Word}", Openapi = $"/api/{s.Word}/openapi/v1.json" }),
    });
}
