using AutoDev.ServiceDefaults.Http;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.Gating;

/// <summary>404 for whatever lies in a workspace that this service never heard of.</summary>
public static class KnownWorkspace
{
    /// <summary>Asks this service's copy before the endpoints run; their route names the <c>{workspace}</c>.</summary>
    public static TBuilder RequireKnownWorkspace<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.AddEndpointFilter<TBuilder, Filter>().MayRefuse(StatusCodes.Status404NotFound);

    sealed class Filter : IEndpointFilter
    {
        public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
        {
            var http = context.HttpContext;
            var settings = await http.RequestServices.GetRequiredService<IDocumentSession>().SettingsAsync(http.RequestAborted);
            return settings is null ? Problem.NotFound($"There is no workspace '{http.GetRouteValue("workspace")}'.") : await next(context);
        }
    }
}
