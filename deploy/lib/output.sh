# What the operator reads: one line a step with its seconds, and errors that say what failed, why, and what to do.

say() { printf '%s\n' "$*"; }

# Ends the script: what failed, then lines on why and what to do.
die() {
  quiet
  printf '\nautodev: %s\n' "$1" >&2
  shift
  (($# == 0)) || printf '         %s\n' "$@" >&2
  exit 1
}

# Microseconds since the epoch. The separator of EPOCHREALTIME depends on the locale.
now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

seconds_since() {
  local tenths=$((($(now) - $1) / 100000))
  printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# began NAME [LOG] … ended TEXT: one line a step. In between, a step that takes long says that it is still at work, and
# how far its log has come.
began() {
  STEP=$1 STEP_BEGAN=$(now)
  tell_progress "$1" "${2:-/dev/null}" 2> /dev/null &
  TICKER=$!
  disown "$TICKER"
}

ended() {
  quiet
  printf '  %-10s %-72s %7s\n' "$STEP" "$1" "${2:-$(seconds_since "$STEP_BEGAN")}"
}

# A note within a step.
note() { printf '             %s\n' "$*"; }

tell_progress() {
  local elapsed=0 every=15 last begun=${STEP_BEGAN}
  trap - EXIT ERR
  if [[ -t 1 ]]; then every=5; fi
  # Nothing ever writes to this pipe: reading waits without a child process that could outlive this one.
  while ! read -rt "$every" _ <> "$STATE/silence"; do
    elapsed=$((($(now) - begun) / 1000000))
    last=$(tail -n 1 "$2" | sed 's/^ *//' | cut -c1-60)
    if [[ -t 1 ]]; then printf '\r\033[K  %-10s … %d s  %s' "$1" "$elapsed" "$last"
    else
      printf '  %-10s … %d s  %s\n' "$1" "$elapsed" "$last"
      if ((every < 60)); then every=$((every * 2)); fi
    fi
  done
}

quiet() {
  [[ -n ${TICKER:-} ]] || return 0
  # A softer signal, if it comes early enough, runs this script's own exit trap in the copy.
  kill -KILL "$TICKER" 2> /dev/null || true
  TICKER=
  if [[ -t 1 ]]; then printf '\r\033[K'; fi
}

# The last lines of a log, indented, for an error.
tail_of() {
  printf '         … the end of %s:\n' "$1" >&2
  tail -n "${2:-20}" "$1" 2>/dev/null | sed 's/^/         | /' >&2 || true
}

# Only for faults of this script: what can be foreseen ends with `die`.
unforeseen() {
  ((BASH_SUBSHELL == 0)) || return 0
  quiet
  printf '\nautodev: failed in %s, line %s: %s\n' "${BASH_SOURCE[1]#"$ROOT"/}" "$1" "$2" >&2
}

trap 'unforeseen "$LINENO" "$BASH_COMMAND"' ERR

# What must not outlive the script: builds and test runs that it waits for.
AT_WORK=()

leave() {
  quiet
  ((${#AT_WORK[@]} == 0)) || kill "${AT_WORK[@]}" 2> /dev/null || true
  remove_policy
  unlock
}

trap leave EXIT
