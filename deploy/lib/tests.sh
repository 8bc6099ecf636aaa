# The tests, against the real parts. The last line is the total, in one form.

# run_tests [ARGUMENTS for dotnet test]: everything, then what needs the machine to itself; with ARGUMENTS one run with these.
run_tests() {
  local outcome=0 total
  prepare everything test
  unlock
  export DOTNET_TieredPGO=0 # short lives: they are over before a profile of them pays
  rm -f "$LOGS"/test*.log
  say ""
  if (($# > 0)); then
    # A filter may well leave a project without a test; the total still must not be zero.
    [[ " $* " == *" --project "* ]] || set -- --solution AutoDev.sln "$@"
    run_stage "$LOGS/test.log" "$@" --ignore-exit-code 8 || outcome=$?
    total=$(total_of "$LOGS/test.log" "$outcome")
  else
    run_stage "$LOGS/test.log" --solution AutoDev.sln || outcome=$?
    total=$(total_of "$LOGS/test.log" "$outcome")
    if ((outcome != 0)); then run_again; fi
    say "And the tests that would starve others beside them:"
    local alone=0
    run_stage "$LOGS/test-alone.log" --project tests/Loop.Tests --explicit only || alone=$?
    total=$(sum_of "$total" "$(total_of "$LOGS/test-alone.log" "$alone")")
    ((outcome != 0)) || outcome=$alone
  fi
  if [[ $total == "0 passed, 0 failed, "* ]] && ((outcome == 0)); then
    say "No test ran, which counts as a failure."
    outcome=8
  fi
  ((outcome == 0)) || say_what_failed
  say "$total"
  exit $outcome
}

# Whole systems are played beside one another here, and a test that fails for that alone says nothing of the change. Up to five that failed are run once more by
# themselves. Whoever passes then is named as unsteady, for its test is to be mended; whoever fails again has failed. Changes the caller's outcome and total.
run_again() {
  local failed project log=$LOGS/test-again.log again=0
  failed=$(failed_in "$LOGS/test.log")
  [[ -n $failed ]] && (($(wc -l <<< "$failed") <= 5)) && [[ $(awk '{ print $3 }' <<< "$total") == "$(wc -l <<< "$failed")" ]] || return 0
  say "Once more, by themselves:"
  for project in $(awk '{ print $1 }' <<< "$failed" | sort -u); do
    local methods=()
    mapfile -t methods < <(awk -v project="$project" '$1 == project { print "--filter-method"; print $2 }' <<< "$failed" | uniq)
    run_stage "$log" --project "tests/$project" "${methods[@]}" || again=$?
  done
  ((again == 0)) || return 0
  while read -r project method; do say "UNSTEADY: $method failed beside the others and passed by itself. Why: $LOGS/test.log"; done <<< "$failed"
  outcome=0
  total=$(awk '{ printf "%d passed, 0 failed, %d skipped\n", $1 + $3, $5 }' <<< "$total")
}

# Once more at the end, where it is found: hundreds of lines about other tests may stand between a failure and the total.
say_what_failed() {
  say "What failed, and why (the first lines of each; all of it: $LOGS/test*.log):"
  awk '
    /^failed / { lines = 14 }
    /^(passed|skipped) / || /^Test run summary/ { lines = 0 }
    lines-- > 0 && said++ < 400' "$LOGS"/test*.log
}

# A line for each: its project, its name without arguments.
failed_in() {
  awk '
    /^failed AutoDev\./ { name = $2; sub(/\(.*/, "", name) }
    /^ +from .*\.dll/ && name != "" { project = $2; sub(/.*\/AutoDev\./, "", project); sub(/\.dll.*/, "", project); print project, name; name = "" }' "$1"
}

# run_stage LOG ARGUMENTS: shows the log as it grows. It is followed from the file, not through a pipe: a build server that stays behind would keep a pipe open.
run_stage() {
  local log=$1 runner outcome=0
  shift
  : > "$log"
  (trap - ERR EXIT; cd "$ROOT" && exec dotnet test -c Release --no-build "$@") < /dev/null > "$log" 2>&1 &
  runner=$!
  AT_WORK+=("$runner")
  tail -n +1 -f --pid="$runner" "$log" &
  wait "$runner" || outcome=$?
  wait $! || true
  return $outcome
}

# run_faults [ARGUMENTS]: the suite starts a broker and a database of its own, so that it may kill them; the engine is shared.
# Standard output is for the lines of JSON.
run_faults() {
  local arguments=() before=
  while (($# > 0)); do
    if [[ $1 != --from ]]; then arguments+=("$1"); shift; continue; fi
    before=$(git -C "$ROOT" rev-parse --verify --quiet "${2:-}^{commit}") || die "'${2:-}' is no revision of this repository." "deploy/autodev faults --from REVISION"
    shift 2
  done
  prepare everything test >&2
  if [[ -n $before ]]; then
    build_version "$before" >&2
    arguments+=(--before "$STATE/versions/$before/artifacts/bin")
  fi
  unlock
  exec dotnet "$ROOT/artifacts/bin/Loop.Tests/release/AutoDev.Loop.Tests.dll" faults "${arguments[@]}"
}

# build_version COMMIT: the services as they were then, once.
build_version() {
  local folder=$STATE/versions/$1 log=$LOGS/build-version.log
  began "Version ${1:0:7}" "$log"
  if [[ -e $folder/built ]]; then ended "is built"; return; fi
  rm -rf "$folder"
  mkdir -p "$folder/.autodev"
  git -C "$ROOT" archive "$1" | tar -x -C "$folder"
  (ROOT=$folder; write_service_filter "$folder/.autodev/services.slnf")
  (cd "$folder" && dotnet build .autodev/services.slnf -c Release -p:UseSharedCompilation=true < /dev/null) > "$log" 2>&1 || { tail_of "$log"; die "Version $1 does not build." "Whole log: $log"; }
  touch "$folder/built"
  ended "built"
}

# run_tour: like the suite, on a system of its own beside whatever is up. A page with all pictures has to load: each is made small.
run_tour() {
  local large
  if ! command -v pngquant > /dev/null; then need pngquant "small pictures for the tour"; fi
  prepare everything test
  unlock
  dotnet "$ROOT/artifacts/bin/Loop.Tests/release/AutoDev.Loop.Tests.dll" tour
  pngquant --force --skip-if-larger --strip --ext .png --quality 70-95 "$ROOT"/docs/tour/*.png || (($? == 98 || $? == 99)) # what cannot be made smaller stays
  large=$(find "$ROOT/docs/tour" -name '*.png' -size +100k -printf '%f ')
  [[ -z $large ]] || die "Larger than 100 kB: $large"
  say "docs/tour has $(find "$ROOT/docs/tour" -name '*.png' | wc -l) pictures of docs/tour.md."
}

# Only what follows the last summary counts: a test's output may look like one. A module that crashed, or a run that
# failed without a failed test, counts as failed: the line must not look like success.
total_of() {
  awk -v outcome="$2" '
    /^Test run summary:/ { passed = failed = skipped = errors = 0 }
    /^ *failed: [0-9]/ { failed = $2 }
    /^ *succeeded: [0-9]/ { passed = $2 }
    /^ *skipped: [0-9]/ { skipped = $2 }
    /^ *error: [0-9]/ { errors = $2 }
    END {
      failed += errors
      if (outcome != 0 && failed == 0 && passed + skipped > 0) failed = 1
      printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    }' "$1"
}

sum_of() {
  awk '{ passed += $1; failed += $3; skipped += $5 } END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' <<< "$1"$'\n'"$2"
}
