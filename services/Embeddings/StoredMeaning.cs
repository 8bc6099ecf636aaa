using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace AutoDev.Embeddings;

/// <summary>A direction as it is kept: half as long as single precision, and exact to a thousandth.</summary>
public static class StoredMeaning
{
    /// <summary>What is written.</summary>
    public static byte[] Bytes(float[] meaning)
    {
        var halves = new Half[meaning.Length];
        TensorPrimitives.ConvertToHalf(meaning, halves);
        return MemoryMarshal.AsBytes<Half>(halves).ToArray();
    }

    /// <summary>What was written.</summary>
    public static float[] Read(byte[] bytes)
    {
        var meaning = new float[bytes.Length / 2];
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), meaning);
        return meaning;
    }
}
