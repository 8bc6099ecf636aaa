using System.Text;
using AutoDev.Fitness.Webhooks;
using Xunit;

namespace AutoDev.Fitness.Tests;

public sealed class SignatureTests
{
    static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1614265330);
    static readonly byte[] Key = Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Other = new byte[32];
    static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

    // The example of the Standard Webhooks specification's reference libraries.
    static readonly Signature Right = new("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

    [Fact]
    public void The_published_example_is_right() => Assert.Null(Right.Fault(Body, [Key], Now));

    [Fact]
    public void One_right_signature_among_several_and_one_right_key_among_two_are_enough()
    {
        Assert.Null((Right with { Signatures = $"v1a,abc v1,AAAA {Right.Signatures}" }).Fault(Body, [Other, Key], Now));
        Assert.NotNull((Right with { Signatures = $"v1a,abc v1,AAAA" }).Fault(Body, [Other, Key], Now));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("timestamp")]
    [InlineData("body")]
    [InlineData("key")]
    [InlineData("version")]
    [InlineData("missing")]
    public void Whatever_is_changed_makes_it_wrong(string what) => Assert.NotNull(what switch
    {
        "id" => (Right with { Id = "msg_2" }).Fault(Body, [Key], Now),
        "timestamp" => (Right with { Timestamp = "1614265331" }).Fault(Body, [Key], Now),
        "body" => Right.Fault([.. Body, (byte)' '], [Key], Now),
        "key" => Right.Fault(Body, [Other], Now),
        "version" => (Right with { Signatures = Right.Signatures.Replace("v1,", "v2,", StringComparison.Ordinal) }).Fault(Body, [Key], Now),
        _ => new Signature("", "", "").Fault(Body, [Key], Now),
    });

    [Fact]
    public void It_holds_for_five_minutes_before_and_after()
    {
        Assert.Null(Right.Fault(Body, [Key], Now.AddMinutes(5)));
        Assert.Null(Right.Fault(Body, [Key], Now.AddMinutes(-5)));
        Assert.NotNull(Right.Fault(Body, [Key], Now.AddMinutes(5).AddSeconds(1)));
        Assert.NotNull(Right.Fault(Body, [Key], Now.AddMinutes(-5).AddSeconds(-1)));
        Assert.NotNull((Right with { Timestamp = "9223372036854775807" }).Fault(Body, [Key], Now));
        Assert.NotNull((Right with { Timestamp = "-1614265330" }).Fault(Body, [Key], Now));
    }

    [Fact]
    public void A_source_signs_with_two_keys_for_a_day_after_it_got_another()
    {
        var source = new WebhookSource { Id = "crm", Rules = [], Key = Convert.ToBase64String(Other), KeyIssuedAt = Now, ChangedBy = "ann", ChangedAt = Now };
        Assert.Single(source.LiveKeys(Now));
        var rotated = source.Rotate(Convert.ToBase64String(Key), "ann", Now);
        Assert.Equal(2, rotated.LiveKeys(Now.AddHours(23)).Count);
        Assert.Equal(Key, Assert.Single(rotated.LiveKeys(Now.AddHours(24))));
    }
}
