# The demo: a Python agent on the real wire (deploy/demo/demo.py). The system stays up after it.

demo() {
  local begun demo_begun outcome=0 python
  begun=$(now)
  [[ -e $ROOT/deploy/demo/demo.py ]] || die "deploy/demo/demo.py is missing."
  up demo
  python=$(python_with_pika) || die "There is no python3 that has pika, though python3-pika was installed." "Which one is first on the PATH? $(command -v python3)"
  say ""
  demo_begun=$(now)
  unlock
  (cd "$ROOT" && PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 "$python" deploy/demo/demo.py "$@") || outcome=$?
  say ""
  if ((outcome == 0)); then say "The demo took $(seconds_since "$demo_begun"), with everything before it $(seconds_since "$begun")."
  else say "The demo failed (exit code $outcome) after $(seconds_since "$demo_begun"). deploy/autodev status and logs SERVICE say more."
  fi
  say "The system is still up: $AUTODEV_URL"
  exit $outcome
}

# Debian's pika is seen by Debian's python only, which need not be the first on the PATH.
python_with_pika() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import pika' 2> /dev/null; then printf '%s' "$python"; return; fi
  done
  return 1
}
