namespace AutoDev.Backup;

/// <summary>What a person has to know or to do; the message is for them.</summary>
public sealed class BackupException : Exception
{
    public BackupException(string message)
        : base(message)
    {
    }

    public BackupException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
