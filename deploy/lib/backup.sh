# Backup and restore of everything that an installation keeps: deploy/backup does it, with the services stopped. docs/backup.md says what it means.

backup() {
  local folder=${1:-} log=$LOGS/backup.log released=$RUN/backup-released began_at ran saver key=() outcome=0
  (($# == 1)) && [[ -n $folder ]] || die "Where to? deploy/autodev backup FOLDER" "The folder must not exist yet, or be empty."
  [[ -e $STATE/env ]] || die "Nothing was started in $ROOT, so there is nothing to back up."
  folder=$(realpath -m "$folder")
  if [[ -e $folder && -n $(ls -A "$folder" 2> /dev/null || echo file) ]]; then die "$folder is there already, and not an empty folder."; fi
  prepare services
  find_postgres_tools
  ran=$(services_running)
  began_at=$(now)
  [[ -z $ran ]] || stop_services
  began "Backup" "$log"
  rm -f "$released"
  # Another one, from the environment, is kept by whoever gave it.
  if [[ -z ${ADMIN_KEY_GIVEN:-} ]]; then key=(--admin-key "$STATE/admin-key"); fi
  (trap - ERR EXIT; exec dotnet "$(binary_of Backup)" save "$folder" "${key[@]}" --released "$released") < /dev/null > "$log" 2>&1 &
  saver=$!
  AT_WORK+=("$saver")
  # Snapshots are held and queues are read: what happens from now on is not in this backup.
  wait_until 3600 is_released_or_over "$saver" "$released" || true
  quiet
  if [[ -n $ran ]]; then
    start_services
    say "  The services were away for $(seconds_since "$began_at")."
    began "Backup" "$log"
  fi
  wait "$saver" || outcome=$?
  ((outcome == 0)) || { quiet; die "There is no backup." "$(tail -n 3 "$log")"; }
  ended "$folder"
  say "$(cat "$log")"
  say "It holds secrets (the admin key, agents' data): its modes are 700 and 600. deploy/autodev restore $folder loads it."
}

is_released_or_over() { [[ -e $2 ]] || ! running "$1"; }

restore() {
  local folder=${1:-} log=$LOGS/restore.log replace=
  case ${2:-} in
    "") ;;
    --yes) replace=--replace ;;
    *) die "restore knows only --yes, not '$2'." ;;
  esac
  [[ -d $folder ]] || die "Which backup? deploy/autodev restore FOLDER [--yes]" "'$folder' is no folder."
  folder=$(realpath "$folder")
  prepare services
  find_postgres_tools
  # Before anything is touched, the services included.
  began "Check" "$log"
  dotnet "$(binary_of Backup)" check "$folder" > "$log" 2>&1 || { quiet; die "It is not loaded." "$(tail -n 3 "$log")"; }
  ended "the backup is whole"
  say "$(cat "$log")"
  if [[ -z $replace && -n $(services_running) ]]; then die "The services run, and what they keep would be replaced." "deploy/autodev restore $folder --yes replaces it."; fi
  stop_services
  began "Restore" "$log"
  dotnet "$(binary_of Backup)" load "$folder" $replace > "$log" 2>&1 || {
    quiet
    die "It was not loaded." "$(tail -n 3 "$log")" "What is there may be replaced with --yes. The services are stopped; deploy/autodev up starts them."
  }
  if [[ -z ${ADMIN_KEY_GIVEN:-} && -s $folder/admin-key ]]; then
    (umask 077; cat "$folder/admin-key" > "$STATE/admin-key")
    Security__AdminKey=$(cat "$STATE/admin-key")
    export AUTODEV_ADMIN_KEY=$Security__AdminKey
  fi
  ended "$folder"
  start_services
  say "Restored. Console: $AUTODEV_URL, with the admin key that the backup holds${ADMIN_KEY_GIVEN:+, or the one in Security__AdminKey}."
}

services_running() {
  local service
  for service in "${SERVICES[@]}"; do
    if service_pid "$service" > /dev/null; then printf '%s ' "$(word_of "$service")"; fi
  done
}

# Beside the private server lie its tools; in a container they are run there; else whatever this machine has.
find_postgres_tools() {
  if [[ $postgres_way == compose ]]; then
    export AUTODEV_PG_TOOLS="docker --host $compose_docker_host exec -i -e PGPASSWORD $(compose_container postgres)" AUTODEV_PG_ADDRESS=127.0.0.1:5432
  elif [[ $postgres_way == packages ]]; then
    PATH=$(postgres_bin):$PATH
  fi
}
