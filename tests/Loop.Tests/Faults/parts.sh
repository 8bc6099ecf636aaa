#!/usr/bin/env bash
# A broker and a database for the fault suite alone: private instances as deploy/autodev starts them, in a state folder of their own.
# parts.sh FOLDER choose | configure LINE… | start|stop|kill rabbitmq|postgres | give FILE | delete
set -Eeuo pipefail

ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../.." && pwd -P)
STATE=$1 LOGS=$1/logs RUN=$1/run
ID=$(printf '%s' "$STATE" | sha256sum | cut -c1-8)
for story in output state packages accounts private parts; do
  # shellcheck source=/dev/null
  source "$ROOT/deploy/lib/$story.sh"
done

# Before anything runs, so that services can be told addresses at which nothing answers yet.
choose() {
  choose_port rabbitmq_port 0
  choose_port rabbitmq_management_port 1
  choose_port postgres_port 4
  secret rabbitmq_password
  secret postgres_password
  printf '%s\n' "$(own_rabbitmq_url)" "http://autodev:$rabbitmq_password@127.0.0.1:$rabbitmq_management_port" "$(own_postgres)"
}

# Lines for rabbitmq.conf beside those that it has anyway.
configure() {
  local home=$DATA/rabbitmq
  server_folder rabbitmq "$home"
  install -d -m 755 "$home/conf.d"
  printf '%s\n' "$@" > "$home/conf.d/10-own.conf"
}

# PostgreSQL reads a key only that is its own.
give() {
  chmod 600 "$1"
  if [[ $(id -u) == 0 ]]; then chown postgres "$1"; fi
}

start() {
  if [[ -e $LOGS/$1.log ]]; then cat "$LOGS/$1.log" >> "$LOGS/$1.earlier.log"; fi
  "start_private_$1"
  "await_private_$1"
}

stop() { "stop_private_$1"; }

# The server's own processes go with it: kill -9 for the broker, and PostgreSQL's immediate shutdown, which its children can hear.
kill_part() {
  local pid signal=KILL
  pid=$("$1_pid") || return 0
  [[ $1 != postgres ]] || signal=QUIT
  kill_process "$signal" "$pid"
  wait_until 30 is_gone "$pid"
  "stop_private_$1"
}

is_gone() { ! running "$1"; }

open_state
open_data
rabbitmq_way=private postgres_way=private
case $2 in
  kill) kill_part "$3" ;;
  delete)
    stop_private_rabbitmq
    stop_private_postgres
    rm -rf "$DATA" "$STATE/data"
    ;;
  *) "$2" "${@:3}" ;;
esac
