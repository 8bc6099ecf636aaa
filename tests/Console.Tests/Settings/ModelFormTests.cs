using AutoDev.Contracts.Governance;
using AutoDev.OperatorConsole.Settings;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Settings;

public sealed class ModelFormTests
{
    static readonly WorkspaceSettings Seen = new()
    {
        ModelProvider = new() { Provider = "openai", Model = "small", Secret = "openai" },
        ModelPrices = new Dictionary<string, ModelPrice> { ["small"] = new() { InputPerMillion = 1, OutputPerMillion = 2 },
            ["large"] = new() { InputPerMillion = 5, OutputPerMillion = 9 } },
    };

    [Fact]
    public void The_form_has_what_the_settings_say()
    {
        var form = ModelForm.Of(Seen);
        Assert.Equal(("openai", "small", "", "openai", 1m, 2m, 5m), (form.Provider, form.Model, form.Endpoint, form.Secret, form.InputPerMillion,
            form.OutputPerMillion, form.MostADay));
    }

    [Fact]
    public void A_new_price_leaves_the_other_models_prices_as_they_are()
    {
        var form = ModelForm.Of(Seen);
        form.InputPerMillion = 3;
        var prices = (IReadOnlyDictionary<string, ModelPrice>)form.Changes(Seen)["model_prices"]!;
        Assert.Equal((3m, 5m), (prices["small"].InputPerMillion, prices["large"].InputPerMillion));
    }

    [Fact]
    public void No_provider_is_no_model_and_touches_no_price()
    {
        var changes = new ModelForm { MostADay = 7 }.Changes(Seen);
        Assert.Equal(["max_model_spend_per_day", "model_provider"], changes.Keys);
        Assert.Null(changes["model_provider"]);
    }
}
