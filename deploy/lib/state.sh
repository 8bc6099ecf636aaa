# What is remembered between runs, in .autodev/env (mode 600): ports, generated passwords, which way each part came.
# Also what every story needs: one run at a time, free ports, processes and their pid files.

open_folders() {
  if [[ -e $STATE && ! -O $STATE && $(id -u) != 0 ]]; then
    die "$STATE belongs to $(stat -c %U "$STATE"), and you are $(id -un)." "Run this as that user, or with sudo."
  fi
  # The servers run as users of their own and must pass through; what is secret has a mode of its own.
  install -d -m 711 "$STATE" && install -d -m 755 "$LOGS" && install -d -m 700 "$RUN"
  if [[ ! -p $STATE/silence ]]; then mkfifo -m 600 "$STATE/silence"; fi
}

open_state() {
  open_folders
  # shellcheck source=/dev/null
  if [[ -e $STATE/env ]]; then source "$STATE/env"; fi
  if [[ ${checkout:=$ROOT} != "$ROOT" ]]; then
    die "$STATE belongs to the checkout $checkout." \
      "If this is a copy of it: rm -rf $STATE, and run again." \
      "If you moved it: move it back, deploy/autodev down --data, and move it again."
  fi
  remember checkout "$ROOT"
  forget_own_exports
}

# After `eval "$(deploy/autodev env)"` the environment holds our own addresses: that is not somebody else's server.
forget_own_exports() {
  if [[ ${ConnectionStrings__rabbitmq:-} == "$(own_rabbitmq_url)" ]]; then unset ConnectionStrings__rabbitmq ConnectionStrings__rabbitmq_management; fi
  if [[ ${ConnectionStrings__postgres:-} == "$(own_postgres)" ]]; then unset ConnectionStrings__postgres; fi
  if [[ ${DOCKER_HOST:-} == "$(own_engine)" ]]; then unset DOCKER_HOST; fi
  if [[ -n ${AUTODEV_ADMIN_KEY:-} && ${Security__AdminKey:-} == "$(cat "$STATE/admin-key" 2> /dev/null)" ]]; then unset Security__AdminKey; fi
}

# remember NAME VALUE: sets the variable, now and in every later run.
remember() {
  printf -v "$1" '%s' "$2"
  local line; line=$(printf '%s=%q' "$1" "$2")
  if [[ -e $STATE/env ]] && grep -qxF -- "$line" "$STATE/env"; then return; fi
  (
    umask 077
    { [[ ! -e $STATE/env ]] || grep -v "^$1=" "$STATE/env" || true; printf '%s\n' "$line"; } > "$STATE/env.new"
    mv "$STATE/env.new" "$STATE/env"
  )
}

# secret NAME: a random value, made once.
secret() {
  if [[ -z ${!1:-} ]]; then remember "$1" "$(random_hex 20)"; fi
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# One run at a time in a checkout. A lock whose holder is gone is taken over. (A descriptor with flock would be inherited
# by the compiler server and outlive this script.)
lock() {
  open_folders
  local holder told=
  until ln -s $$ "$STATE/lock" 2>/dev/null; do
    holder=$(readlink "$STATE/lock") || { [[ -w $STATE ]] || die "$STATE cannot be written."; continue; }
    if ! grep -qsaF autodev "/proc/$holder/cmdline"; then rm -f "$STATE/lock"; continue; fi
    [[ -n $told ]] || say "Another deploy/autodev (pid $holder) is at work in this checkout; waiting for it."
    told=yes
    sleep 0.3
  done
  LOCKED=yes
}

unlock() {
  if [[ -n ${LOCKED:-} ]]; then rm -f "$STATE/lock"; LOCKED=; fi
}

# choose_port NAME NUMBER: keeps the remembered port unless somebody else has taken it; else the next free one from
# NUMBER in this checkout's own range, below the ports that the kernel hands out to clients.
choose_port() {
  local port=${!1:-}
  if [[ -z $port ]] || taken "$port"; then
    port=$((20000 + 16#$ID % 1000 * 10 + $2))
    while taken "$port" || remembered "$port"; do port=$((port + 10)); done
    remember "$1" "$port"
  fi
}

remembered() { grep -qs "_port=$1\$" "$STATE/env"; }

taken() {
  local hex; hex=$(printf ':%04X' "$1")
  awk -v hex="$hex" '$4 == "0A" && substr($2, length($2) - 4) == hex { found = 1 } END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# process_of PIDFILE MARK: the pid, if that process lives and its command line holds MARK. A number alone proves nothing:
# after a reboot it may be anybody's.
process_of() {
  local pid command
  pid=$(head -n 1 "$1" 2> /dev/null) && [[ $pid =~ ^[0-9]+$ ]] || return 1
  command=$(tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline") && [[ $command == *"$2"* ]] || return 1
  printf '%s' "$pid"
}

# First thing in a process that is to outlive this script: it must keep nothing of the caller, such as a pipe that
# somebody reads to its end.
let_go_of_caller() {
  local descriptor
  trap - ERR EXIT
  for descriptor in /proc/self/fd/*; do
    descriptor=${descriptor##*/}
    if ((descriptor > 2)); then eval "exec $descriptor>&-"; fi
  done
}

# stop_process PID SECONDS [SIGNAL]: asks, waits, and kills what does not listen.
stop_process() {
  local pid=$1 until=$(($(now) + $2 * 1000000))
  kill_process "${3:-TERM}" "$pid"
  while running "$pid"; do
    if (($(now) > until)); then
      note "pid $pid did not stop within $2 s: killed"
      kill_process KILL "$pid"
      until=$((until + 10000000))
    fi
    sleep 0.1
  done
}

# A zombie is gone, only nobody has collected it. Not asked by the command line: it is empty for a moment while a process
# becomes another program.
running() {
  local stat
  { read -r stat < "/proc/$1/stat"; } 2> /dev/null || return 1
  [[ ${stat##*) } != [ZX]* ]]
}

kill_process() {
  kill "-$1" "$2" 2>/dev/null && return 0
  if [[ -d /proc/$2 && $(id -u) != 0 ]]; then sudo kill "-$1" "$2" 2>/dev/null || true; fi
}

# wait_until SECONDS COMMAND…: polls; fails when the time is over.
wait_until() {
  local until=$(($(now) + $1 * 1000000)); shift
  until "$@"; do
    if (($(now) > until)); then return 1; fi
    sleep 0.2
  done
}

# http_status PORT PATH [USER:PASSWORD]: the status that 127.0.0.1 answers with; nothing if it does not. No curl is needed.
http_status() {
  local authorization=
  [[ -z ${3:-} ]] || authorization="Authorization: Basic $(printf '%s' "$3" | base64 -w0)"$'\r\n'
  (
    trap - ERR EXIT
    exec 3<> "/dev/tcp/127.0.0.1/$1" || exit 0
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n%sConnection: close\r\n\r\n' "$2" "$1" "$authorization" >&3
    read -rt 5 -u 3 _ status _ && printf '%s' "$status"
  ) 2>/dev/null || true
}

# http_post PORT PATH USER:PASSWORD FILE: likewise, with a file of JSON for a body.
http_post() {
  (
    trap - ERR EXIT
    exec 3<> "/dev/tcp/127.0.0.1/$1" || exit 0
    printf 'POST %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nAuthorization: Basic %s\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n' \
      "$2" "$1" "$(printf '%s' "$3" | base64 -w0)" "$(stat -Lc %s "$4")" >&3
    cat "$4" >&3
    read -rt 60 -u 3 _ status _ && printf '%s' "$status"
  ) 2>/dev/null || true
}

# The same with the body, on one line, for an error.
http_answer() {
  (
    trap - ERR EXIT
    exec 3<> "/dev/tcp/127.0.0.1/$1" || { echo nothing; exit 0; }
    printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3
    timeout 5 cat <&3 | tr -d '\r' | awk 'NR == 1 { printf "%s ", substr($0, 10) } body { printf "%s ", $0 } /^$/ { body = 1 }' | cut -c1-1000
  ) 2> /dev/null || true
}

# reachable HOST PORT
reachable() { timeout 5 bash -c 'exec 3<> "/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null; }
