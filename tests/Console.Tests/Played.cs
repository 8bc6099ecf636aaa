namespace AutoDev.OperatorConsole.Tests;

/// <summary>One of everything, as the services answer it.</summary>
static class Played
{
    public const string Usage = """
        {"day": "2026-03-01", "resets_at": "2026-03-02T00:00:00Z", "limits": [{"capability": "alpha_evolver", "used": 3, "limit": 10, "remaining": 7}],
         "spend": {"spent": 0, "reserved": 0, "elsewhere": 0, "cap": 5, "remaining": 5, "input_tokens": 0, "output_tokens": 0}}
        """;

    public const string Mutation = """
        {"id": "11111111-1111-1111-1111-111111111111", "experiment_id": "22222222-2222-2222-2222-222222222222", "skill_name": "sum_of_squares",
        "parent_version": "1.0.0",
         "version": "1.0.1", "status": "passed", "reason": "execution_time", "mutator": "rewrite_rules",
         "description": "Sums in a generator instead of a loop", "speedup": 1.82,
         "speedup_low": 1.6, "speedup_high": 2.07, "memory_ratio": 1.4, "mended": 1, "inputs": 8, "agent_id": "ada", "proposed_at": "2026-03-01T11:00:00Z",
         "completed_at": "2026-03-01T11:02:00Z", "function_name": "sum_of_squares",
         "parent_source": "def sum_of_squares(numbers: list) -> int:\n    \"\"\"Sum of the squares.\"\"\"\n    total = 0\n    for n in numbers:\n        total = total + n * n\n    return total\n",
         "source": "def sum_of_squares(numbers: list) -> int:\n    \"\"\"Sum of the squares.\"\"\"\n    return sum(n * n for n in numbers)\n",
         "detail": "Faster beyond the noise in 12 rounds, and the same on 7 of 8 recorded inputs; the parent fails on the other.", "rules": ["sum_of_loop"],
         "by_input": [
           {"input": {"numbers": [1, 2, 3]}, "original": {"ended": "ok", "value": 14, "message": null, "cpu_ms": 0.41}, "mutation": {"ended": "ok",
           "value": 14, "message": null, "cpu_ms": 0.22},
            "verdict": "same"},
           {"input": {"numbers": null}, "original": {"ended": "exception", "value": null, "message": "TypeError: 'NoneType' object is not iterable",
           "cpu_ms": 0.1},
            "mutation": {"ended": "ok", "value": 0, "message": null, "cpu_ms": 0.1}, "verdict": "mended"}],
         "timing": {"rounds": 6, "original_cpu_ms": [4.1, 4.3, 4.0, 4.2, 4.6, 4.1], "mutation_cpu_ms": [2.2, 2.4, 2.2, 2.3, 2.5, 2.3],
         "original_memory_kb": 9100, "mutation_memory_kb": 6500},
         "findings": [{"rule": "B101", "severity": "low", "line": 3, "message": "Looks harmless"}], "decision": null,
         "release": {"version": "1.0.1", "watched": 40, "failures": 1, "parent_watched": 200, "parent_failures": 9, "p50_seconds": 0.4,
         "parent_p50_seconds": 0.8, "state": "watching", "detail": null}}
        """;

    public const string Experiment = """
        {"id": "22222222-2222-2222-2222-222222222222", "skill_name": "sum_of_squares", "version": "1.0.0", "reason": "execution_time",
        "started_by": "system:trigger", "stage": "ended",
         "outcome": "improved", "detail": "1.82 times as fast.", "iterations": 3, "iteration": 2, "runs": 21,
         "mutation_id": "11111111-1111-1111-1111-111111111111",
         "started_at": "2026-03-01T11:00:00Z", "ended_at": "2026-03-01T11:02:00Z", "budget": {"runs": 60, "seconds": 300, "tokens": null},
         "spent": {"runs": 21, "seconds": 44.5, "tokens": null},
         "variants": [
           {"key": "a1b2c3d4e5f6a7", "parent_keys": [], "mutator": "rewrite_rules", "rules": ["sum_of_loop"],
           "description": "Sums in a generator instead of a loop", "status": "chosen",
            "reason": null, "speedup": 1.82, "low": 1.6, "high": 2.07, "memory_ratio": 1.4, "size": 96},
           {"key": "b1", "parent_keys": ["a1b2c3d4e5f6a7"], "mutator": "rewrite_rules", "rules": ["local_name"],
           "description": "Keeps a global in a local name", "status": "differs",
            "reason": "another output on input 3", "speedup": null, "low": null, "high": null, "memory_ratio": null, "size": 120}],
         "steps": [{"at": "2026-03-01T11:00:01Z", "stage": "proposing", "text": "2 variants were proposed"}, {"at": "2026-03-01T11:01:00Z",
         "stage": "measuring", "text": "1 variant was measured in 6 rounds"}],
         "needs": 4}
        """;

    public const string Episode = """
        {"episode_id": "ep-1", "agent_id": "ada", "task_description": "Sum the squares of a list", "outcome": "failure", "recorded_at": "2026-03-01T10:00:00Z",
         "error_trace": "Traceback (most recent call last):\n  File \"agent.py\", line 3\nTypeError: 'NoneType' object is not iterable",
         "tools_attempted": ["python", "calculator"],
         "input": {"numbers": [1, 2]}, "expected_output": 5, "expected_output_known": true, "output": null, "human_interventions": 1,
         "constitutional_score": 0.91, "user_feedback": -0.5,
         "skills_used": ["sum_of_squares"], "started_at": "2026-03-01T09:59:58Z", "ended_at": "2026-03-01T10:00:00Z", "metadata": {"run": 7},
         "pattern_id": "33333333-3333-3333-3333-333333333333",
         "candidates": [{"candidate_id": "44444444-4444-4444-4444-444444444444", "pattern_id": "33333333-3333-3333-3333-333333333333",
         "skill_name": "sum_of_squares", "stage": "published",
           "reason": null, "version": "1.0.0", "at": "2026-03-01T10:10:00Z"}]}
        """;

    public const string Feedback = """
        {"feedback_id": "f1", "episode_id": "ep-1", "value": -0.5, "comment": "half wrong", "given_by": "grace",
         "given_at": "2026-03-01T10:05:00Z", "status": "recorded"}
        """;

    public const string Pattern = """
        {"pattern_id": "33333333-3333-3333-3333-333333333333", "agent_id": "ada", "task_description": "Sum the squares of a list", "state": "retry",
        "failures": 3, "episode_ids": ["ep-1"],
         "first_failure_at": "2026-03-01T09:00:00Z", "last_failure_at": "2026-03-01T10:00:00Z", "attempts": 1, "reason": "daily limit exceeded",
         "retry_at": "2026-03-02T00:00:00Z",
         "conversation_id": "55555555-5555-5555-5555-555555555555", "merged_into": null, "merged_from": []}
        """;

    public const string Score = """
        {"subject": "skill:sum_of_squares@1.0.0", "kind": "skill", "score": 0.8, "label": "good", "status": "pending", "signal_count": 3, "unclamped": 0.8,
        "scored_at": "2026-03-01T11:30:00Z",
         "candidate": null, "skills": [], "evaluation_requested_by": null, "history": [],
         "parts": [
           {"signal_id": "1", "signal": "no_syntax_error", "weight": 0.2, "reason": "The source parses", "value": null, "source": "memento",
           "occurred_at": "2026-03-01T11:00:00Z", "counted_at": "2026-03-01T11:00:00Z"},
           {"signal_id": "2", "signal": "approved", "weight": 0.5, "reason": "A person approved it (ann)", "value": null, "source": "memento",
           "occurred_at": "2026-03-01T11:10:00Z", "counted_at": "2026-03-01T11:10:00Z"},
           {"signal_id": "3", "signal": "email_bounce", "weight": -0.3, "reason": "A mail came back", "value": null, "source": "external",
           "occurred_at": "2026-03-01T11:30:00Z", "counted_at": "2026-03-01T11:30:00Z"}]}
        """;

    public const string ScoreChange = """
        {"at": "2026-03-01T11:30:00Z", "score": 0.8, "label": "good", "status": "pending", "signal": "email_bounce",
         "value": null, "weight": -0.3, "by": null}
        """;

    public const string Trend = """
        {"points": [{"day": "2026-02-26", "count": 12, "mean": 0.8, "low": 0.7, "high": 0.9}, {"day": "2026-02-27", "count": 20, "mean": 0.84, "low": 0.78,
        "high": 0.9},
           {"day": "2026-03-01", "count": 18, "mean": 0.55, "low": 0.42, "high": 0.66}],
         "versions": [{"version": "1.0.0", "from": "2026-02-26T08:00:00Z"}, {"version": "1.0.1", "from": "2026-02-28T08:00:00Z"}],
         "drops": [{"version": "1.0.1", "since": "2026-02-28T20:00:00Z", "before": 0.83, "after": 0.55, "p_value": 0.004}]}
        """;

    public const string Letter = """
        {"id": "66666666-6666-6666-6666-666666666666", "state": "dead", "queue": "fitness-count-approval",
        "message_type": "urn:message:AutoDev.Contracts.Memento:SkillCandidateApproved",
         "message_id": "77777777-7777-7777-7777-777777777777", "workspace_id": "w", "reason": "The database did not answer within 30 s",
         "exception_type": "NpgsqlException",
         "first_failed_at": "2026-03-01T10:00:00Z", "died_at": "2026-03-01T10:15:00Z", "deaths": 1, "delayed_retries": 6, "replays": 0, "body_bytes": 512,
         "decision": null}
        """;

    public const string Variants = """
        {"skill": "sum_of_squares", "variants": [
          {"subject": "skill:sum_of_squares@1.0.1", "kind": "skill", "version": "1.0.1", "score": 0.9, "label": "excellent", "status": "evaluated", "signal_count": 5,
           "made_from": "mutation:11111111-1111-1111-1111-111111111111",
           "efficiency": {"parent_version": "1.0.0", "speedup": 1.82, "speedup_low": 1.6, "speedup_high": 2.07, "memory_ratio": 1.4, "inputs": 8, "mended": 1},
           "live": {"outcomes": 40, "mean": 0.95, "low": 0.83, "high": 0.99, "p50_seconds": 0.4, "mean_tokens": 0}},
          {"subject": "skill:sum_of_squares@1.0.0", "kind": "skill", "version": "1.0.0", "score": 0.8, "label": "good", "status": "pending", "signal_count": 3,
           "made_from": "candidate:44444444-4444-4444-4444-444444444444", "efficiency": null, "live": null}]}
        """;

    public const string Comparison = """
        {"left": {"subject": "skill:sum_of_squares@1.0.0", "kind": "skill", "skill": "sum_of_squares", "score": 0.8, "label": "good", "status": "pending", "unclamped": 0.8,
          "parts": [{"signal": "approved", "stage": "proxy", "count": 1, "weight": 0.5}, {"signal": "email_bounce", "stage": "external", "count": 2, "weight": -0.6}],
          "efficiency": null, "live": null},
         "right": {"subject": "skill:sum_of_squares@1.0.1", "kind": "skill", "skill": "sum_of_squares", "score": 0.9, "label": "excellent", "status": "evaluated",
          "unclamped": 1.2, "parts": [{"signal": "approved", "stage": "proxy", "count": 1, "weight": 0.5}],
          "efficiency": {"parent_version": "1.0.0", "speedup": 1.82, "speedup_low": 1.6, "speedup_high": 2.07, "memory_ratio": 1.4, "inputs": 8, "mended": 1},
          "live": {"outcomes": 40, "mean": 0.95, "low": 0.83, "high": 0.99, "p50_seconds": 0.4, "mean_tokens": 12}},
         "unclamped_difference": 0.4, "score_difference": 0.1}
        """;

    public const string Weights = """
        {"version": 1, "changed_by": "ann", "changed_at": "2026-03-01T09:00:00Z", "outdated": 0, "weights": [
          {"signal": "no_syntax_error", "weight": 0.2, "default": 0.2, "stage": "proxy", "meaning": "The source parses"},
          {"signal": "approved", "weight": 0.4, "default": 0.5, "stage": "proxy", "meaning": "A person approved it"},
          {"signal": "invoice_created", "weight": 0.4, "default": 0.4, "stage": "external", "meaning": "An invoice was created"},
          {"signal": "conversion_value", "weight": 0.5, "default": 0.5, "stage": "external", "meaning": "A conversion of some value"},
          {"signal": "email_bounce", "weight": -0.3, "default": -0.3, "stage": "external", "meaning": "An e-mail bounced"}]}
        """;

    public const string WeightsPreview = """
        {"looked": 100, "total": 240, "changes": [{"subject": "skill:sum_of_squares@1.0.0", "kind": "skill", "before": 0.8, "after": 0.6, "label_before": "good",
         "label_after": "moderate"}]}
        """;

    public const string Deadline = """{"days": 3, "usual_days": 7, "changed_by": "ann", "changed_at": "2026-03-01T09:00:00Z"}""";

    public const string Source = """
        {"source": "shop", "path": "/webhooks/w/shop", "changed_by": "ann", "changed_at": "2026-03-01T09:00:00Z", "secret_issued_at": "2026-03-01T09:00:00Z",
         "previous_secret_valid_until": null, "secret": null,
         "rules": [{"name": "paid", "subject": "skill:{/metadata/skill}@{/metadata/version}", "signal": "invoice_created",
           "when": [{"path": "/type", "is": "invoice.paid", "exists": null}], "value": null, "occurred_at": null, "signal_id": null, "replaces": null, "retracts": null}]}
        """;

    public const string Received = """
        {"id": "msg_1", "received_at": "2026-03-01T10:00:00Z", "state": "failed", "replays": 1, "body": {"type": "invoice.paid", "metadata": {"skill": "nobody"}},
         "signals": [{"rule": "paid", "status": "invalid", "signal_id": null, "subject": null, "signal": null, "why": "There is no text at /metadata/version for subject."}]}
        """;

    public const string Tried = """
        {"state": "recorded", "results": [{"rule": "paid", "fits": true, "errors": null,
         "signal": {"signal_id": "shop/try/paid", "subject": "skill:extract_invoice_id@1.0.0", "signal": "invoice_created"}}]}
        """;
}
