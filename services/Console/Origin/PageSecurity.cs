namespace AutoDev.OperatorConsole.Origin;

/// <summary>Pages load nothing from elsewhere and are shown in nobody's frame. The API's and the reference's answers are left alone.</summary>
static class PageSecurity
{
    const string ContentSecurity =
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static void UsePageSecurity(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        var path = context.Request.Path;
        if (!path.StartsWithSegments("/api", StringComparison.Ordinal) && !path.StartsWithSegments("/docs", StringComparison.Ordinal) && !path.StartsWithSegments("/mcp", StringComparison.Ordinal))
            headers.ContentSecurityPolicy = ContentSecurity;
        return next(context);
    });
}
