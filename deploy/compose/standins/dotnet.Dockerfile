# .NET under the official images' names, from the SDK of this machine and from the packages that it has fetched: nothing is fetched while it builds.
FROM autodev-standin AS aspnet
COPY runtime /usr/share/dotnet
RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
ENV DOTNET_RUNNING_IN_CONTAINER=true ASPNETCORE_HTTP_PORTS=8080

FROM aspnet AS sdk
COPY sdk /usr/share/dotnet
COPY packages /packages
COPY NuGet.Config /root/.nuget/NuGet/NuGet.Config
ENV NUGET_CERT_REVOCATION_MODE=offline
