using AutoDev.OperatorConsole.SignIn;

namespace AutoDev.OperatorConsole.Origin;

/// <summary>
/// Pages load nothing from elsewhere and are shown in nobody's frame. What the API answers is somebody's data, and is kept by no cache that was not told how.
/// </summary>
static class PageSecurity
{
    const string ContentSecurity = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'";

    public static void UsePageSecurity(this WebApplication app)
    {
        // The form that signs out leads on to the provider.
        var provider = app.Services.GetRequiredService<Provider>();
        var contentSecurity = provider.IsConfigured ? $"{ContentSecurity} {provider.Origin}" : ContentSecurity;
        app.Use((context, next) => SecureAsync(context, next, contentSecurity));
    }

    static Task SecureAsync(HttpContext context, RequestDelegate next, string contentSecurity)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (context.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000";
        var path = context.Request.Path;
        if (!path.StartsWithSegments("/api", StringComparison.Ordinal) && !path.StartsWithSegments("/docs", StringComparison.Ordinal) && !path.StartsWithSegments("/mcp", StringComparison.Ordinal))
            headers.ContentSecurityPolicy = contentSecurity;
        if (!path.StartsWithSegments("/api", StringComparison.Ordinal) && !path.StartsWithSegments("/mcp", StringComparison.Ordinal)) return next(context);

        context.Response.OnStarting(() =>
        {
            if (headers.CacheControl.Count == 0 && headers.ETag.Count == 0) headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
