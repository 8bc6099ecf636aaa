using MudBlazor;

namespace AutoDev.OperatorConsole.Shell;

/// <summary>Colours and type. Text on every surface keeps a contrast of 4.5 to 1 or better, light and dark.</summary>
static class Theme
{
    static readonly string[] System = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "Liberation Sans", "sans-serif"];

    public static MudTheme Auto { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#3949ab", Secondary = "#00695c", Background = "#f6f7f9", Surface = "#ffffff", AppbarBackground = "#1f2540", AppbarText = "#ffffff",
            DrawerBackground = "#ffffff", DrawerText = "#262b3d", DrawerIcon = "#565d75", TextPrimary = "#1d2130", TextSecondary = "#565d75",
            Success = "#1b6e34", Error = "#b3261e", Warning = "#8a5300", Info = "#1f5fa8", ActionDefault = "#565d75", LinesDefault = "#dfe2ea", TableLines = "#e6e8ef", Divider = "#dfe2ea",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#a9b6ff", PrimaryContrastText = "#11152a", Secondary = "#6fd6c4", SecondaryContrastText = "#06211c", Background = "#12141c", Surface = "#1b1e29",
            AppbarBackground = "#1b1e29", AppbarText = "#eceef6", DrawerBackground = "#171a24", DrawerText = "#d7dbea", DrawerIcon = "#a4abc2",
            TextPrimary = "#eceef6", TextSecondary = "#a9b0c6", Success = "#7bd897", SuccessContrastText = "#062410", Error = "#ff9a92", ErrorContrastText = "#330400",
            Warning = "#f4bf6a", WarningContrastText = "#2b1a00", Info = "#8cc0ff", InfoContrastText = "#001b38", ActionDefault = "#a4abc2", LinesDefault = "#303547",
            TableLines = "#2b3040", Divider = "#303547", BackgroundGray = "#171a24",
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = System, FontSize = ".925rem", LineHeight = "1.5" },
            Button = new ButtonTypography { TextTransform = "none", FontWeight = "600" },
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", DrawerWidthLeft = "220px", AppbarHeight = "52px" },
    };
}
