using System.Text.RegularExpressions;
using AutoDev.Memento.Candidates;
using Xunit;

namespace AutoDev.Memento.Tests.Candidates;

public sealed class SkillNameTests
{
    [Theory]
    [InlineData("Extract the invoice ID from customer e-mails", "extract_invoice_id")]
    [InlineData("extract the invoice ID from customer e-mails.", "extract_invoice_id")]
    [InlineData("Write a name as 'Last, F.'", "write_name_last_f")]
    [InlineData("Rewrite a date as day.month.year", "rewrite_date_day_month_year")]
    [InlineData("Get the customer's e-mail address out of the order form", "get_customers_email_address")]
    [InlineData("Please convert Fahrenheit to Celsius", "convert_fahrenheit_celsius")]
    [InlineData("Date of invoice", "date_invoice")]
    [InlineData("From the order, find the total", "order_find_total")]
    [InlineData("Numéro de téléphone", "numero_de_telephone")]
    public void A_name_holds_the_tasks_content_words_in_order(string task, string name) => Assert.Equal(name, SkillName.For(task));

    [Theory]
    [InlineData("Print", "skill_print")]
    [InlineData("import", "skill_import")]
    [InlineData("None", "skill_none")]
    [InlineData("match", "skill_match")]
    [InlineData("The date", "skill_date")]
    [InlineData("2 letter country code", "skill_2_letter_country_code")]
    public void A_name_that_python_would_not_take_or_that_would_hide_a_builtin_gets_a_word_in_front(string task, string name) => Assert.Equal(name, SkillName.For(task));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("the of in")]
    [InlineData("提取发票编号")]
    [InlineData("?!…")]
    [InlineData("\ud800 broken")]
    [InlineData("Extract every single one of those extraordinarily long-winded descriptions of invoices")]
    [InlineData("Pneumonoultramicroscopicsilicovolcanoconiosispneumonoultra")]
    [InlineData("1234567890123456789012345678901234567890123")]
    [InlineData("def f(): import os; os.system('rm -rf /')")]
    [InlineData("x\n\"\"\"; import os")]
    public void Whatever_the_task_says_the_name_is_a_short_identifier(string task)
    {
        var name = SkillName.For(task);
        Assert.Matches(new Regex("^[a-z][a-z0-9_]{0,39}$", RegexOptions.None, TimeSpan.FromSeconds(1)), name);
        Assert.Equal(name, SkillName.For(task));
    }

    [Fact]
    public void Two_tasks_without_a_word_to_name_them_by_have_different_names() => Assert.NotEqual(SkillName.For("提取发票编号"), SkillName.For("提取订单编号"));

    [Fact]
    public void A_long_name_ends_at_a_word() =>
        Assert.Equal("summarise_quarterly_revenue_figures", SkillName.For("Summarise quarterly revenue figures considering seasonality"));
}
