namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>The message itself is wrong, and no retry can mend it: it is a dead letter at once, with this reason.</summary>
public sealed class InvalidMessageException(string reason) : Exception(reason);

/// <summary>
/// The message speaks of something this service has not heard of. It may only have overtaken the news, so it is tried again for as long as news may take
/// (<see cref="FailurePolicy.OvertakenFor"/>); then it is a dead letter with this reason.
/// </summary>
public sealed class NotYetKnownException(string reason) : Exception(reason);
