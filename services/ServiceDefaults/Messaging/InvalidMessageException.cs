namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>The message itself is wrong, and no retry can mend it: it goes straight to the error queue with this reason.</summary>
public sealed class InvalidMessageException(string reason) : Exception(reason);

/// <summary>
/// The message speaks of something this service has not heard of. It may only have overtaken the news, so it is retried for some seconds;
/// then it goes to the error queue with this reason.
/// </summary>
public sealed class NotYetKnownException(string reason) : Exception(reason);
