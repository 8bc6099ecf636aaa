using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AutoDev.Architecture.Tests;

/// <summary>An instance of any document with something in every field, the same at every run.</summary>
static class Sample
{
    static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public static object Of(Type type, string field = "")
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return field.EndsWith("Json", StringComparison.Ordinal) ? """{"a": 1}""" : $"a:{field}";
        if (type == typeof(JsonElement)) return JsonElement.Parse("""{"a": 1}""");
        if (type == typeof(Guid)) return new Guid("0197a3b2-0000-7000-8000-000000000001");
        if (type == typeof(DateTimeOffset)) return Moment;
        if (type == typeof(DateOnly)) return DateOnly.FromDateTime(Moment.Date);
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(90);
        if (type == typeof(bool)) return true;
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().Last();
        if (type.IsPrimitive || type == typeof(decimal)) return Convert.ChangeType(7, type, CultureInfo.InvariantCulture);
        if (type.IsArray) return ArrayOf(type.GetElementType()!, field);
        if (type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable))) return CollectionOf(type, field);
        return ObjectOf(type);
    }

    static object ObjectOf(Type type)
    {
        // Not through the constructor: required and init-only fields are set like all others.
        var sample = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is not null && p.GetIndexParameters().Length == 0))
            property.SetValue(sample, Of(property.PropertyType, property.Name));
        return sample;
    }

    static object CollectionOf(Type type, string field)
    {
        var items = type.GetGenericArguments();
        if (items.Length == 2)
        {
            var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(items))!;
            map[Of(items[0], field)] = Of(items[1], field);
            return type.IsInstanceOfType(map) ? map : Activator.CreateInstance(type, map)!;
        }

        var array = ArrayOf(items[0], field);
        if (type.IsInstanceOfType(array)) return array;
        var set = Activator.CreateInstance(typeof(HashSet<>).MakeGenericType(items), array)!;
        return type.IsInstanceOfType(set) ? set : Activator.CreateInstance(type, array)!;
    }

    static Array ArrayOf(Type item, string field)
    {
        var array = Array.CreateInstance(item, 1);
        array.SetValue(Of(item, field), 0);
        return array;
    }
}
