# The services: build once, start each as a process of its own, wait until it says that it is ready.

SERVICES=(Console Reflection Memento Evolver SandboxRunner Fitness Governance)
FIRST_PORT=5080

need_dotnet() {
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
  command -v dotnet > /dev/null || die "The .NET SDK 10 is missing: there is no dotnet on the PATH." "Install it: https://dotnet.microsoft.com/download/dotnet/10.0"
  (cd "$ROOT" && dotnet --version) > /dev/null 2>&1 || die "dotnet has no SDK that global.json accepts; 10.0 is needed." "Installed: $(dotnet --list-sdks 2> /dev/null | paste -sd ' ' -)"
}

# build services|everything: asks the compiler only when a source is newer than the last good build. To run the system
# its tests need not be compiled, which is half of the time on a fresh machine.
build() {
  local scope=$1 log=$LOGS/build.log solution=AutoDev.sln
  began "Build" "$log"
  if is_built "$scope"; then ended "nothing changed"; return; fi
  if [[ $scope == services ]]; then solution=$STATE/services.slnf; write_service_filter "$solution"; fi
  touch "$STATE/build.begun"
  (cd "$ROOT" && dotnet build "$solution" -c Release -p:UseSharedCompilation=true < /dev/null) > "$log" 2>&1 || {
    quiet
    grep -E '(error|warning) [A-Z]+[0-9]+' "$log" | sed 's/^ *//' | sort -u | head -n 20 >&2 || true
    die "The solution does not build." "Whole log: $log"
  }
  mv "$STATE/build.begun" "$STATE/built-$scope"
  all_built || die "The build left no $(missing_binary)." "Is that project in AutoDev.sln?"
  ended "$scope, Release"
}

# Who has built everything has built the services.
is_built() {
  all_built || return 1
  is_fresh "$STATE/built-everything" || { [[ $1 == services ]] && is_fresh "$STATE/built-services"; }
}

is_fresh() { [[ -e $1 ]] && ! sources_newer_than "$1"; }

write_service_filter() {
  local service projects=
  for service in "${SERVICES[@]}"; do
    [[ ! -d $ROOT/services/$service ]] || projects+="${projects:+, }\"services\\\\$service\\\\$service.csproj\""
  done
  projects+=', "deploy\\backup\\Backup.csproj"'
  printf '{ "solution": { "path": "../AutoDev.sln", "projects": [ %s ] } }\n' "$projects" > "$1"
}

sources_newer_than() {
  [[ -n $(find "$ROOT" -mindepth 1 \( -path "$STATE" -o -path "$ROOT/.git" -o -path "$ROOT/artifacts" -o -name __pycache__ \) -prune -o -newer "$1" -print -quit) ]]
}

all_built() { [[ -z $(missing_binary) ]]; }

missing_binary() {
  local service
  for service in "${SERVICES[@]}"; do
    [[ ! -d $ROOT/services/$service || -e $(binary_of "$service") ]] || { printf '%s' "$(binary_of "$service")"; return; }
  done
  [[ -e $(binary_of Backup) ]] || printf '%s' "$(binary_of Backup)"
}

binary_of() { printf '%s/artifacts/bin/%s/release/AutoDev.%s.dll' "$ROOT" "$1" "$1"; }

word_of() { printf '%s' "${1,,}"; }

# service_named WORD: the project's name, in any case of letters.
service_named() {
  local service
  for service in "${SERVICES[@]}"; do
    if [[ ${service,,} == "${1,,}" ]]; then printf '%s' "$service"; return; fi
  done
  return 1
}

# The operator's first key, made once. The services are given its hash.
open_admin_key() {
  if [[ -n ${ADMIN_KEY_OPEN:-} ]]; then return; fi
  ADMIN_KEY_OPEN=yes
  if [[ -n ${Security__AdminKey:-} ]]; then
    ADMIN_KEY_GIVEN=yes
  else
    if [[ ! -s $STATE/admin-key ]]; then (umask 077; printf 'adm_%s\n' "$(random_hex 24)" > "$STATE/admin-key"); fi
    Security__AdminKey=$(cat "$STATE/admin-key")
  fi
  export Security__AdminKey AUTODEV_ADMIN_KEY=$Security__AdminKey
}

sha256_of() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }

service_pid() { process_of "$RUN/$(word_of "$1").pid" "$(binary_of "$1")"; }

port_of() { local name; name=$(word_of "$1")_port; printf '%s' "${!name:-}"; }

is_ready() { [[ $(http_status "$(port_of "$1")" /health/ready) == 200 ]]; }

# What a running service was started from: its binaries and its environment. If either changes, it is started anew.
fingerprint() {
  local name
  {
    find "$ROOT/artifacts/bin/$1/release" -type f \( -name '*.dll' -o -name '*.json' \) -printf '%P %s %T@\n' | LC_ALL=C sort
    service_environment "$1"
    for name in "${!Security__PersonKeys__@}" "${!SignIn__@}" "${!Limits__@}" "${!Proxies@}"; do printf '%s=%s\n' "$name" "${!name}"; done
    env | grep -E '^(OTEL_|ASPNETCORE_|DOTNET_ENVIRONMENT|Logging__|Sandbox__|Models__|Generation__)' | LC_ALL=C sort || true
  } | sha256sum
}

service_environment() {
  local other
  printf '%s\n' "ASPNETCORE_URLS=http://127.0.0.1:$(port_of "$1")" "ConnectionStrings__rabbitmq=$(connection_of "$1" rabbitmq)" \
    "ConnectionStrings__postgres=$(connection_of "$1" postgres)" "DOCKER_HOST=$DOCKER_HOST" "Sandbox__Image=$Sandbox__Image" \
    "Security__AdminKeySha256=$(sha256_of "$Security__AdminKey")"
  for other in "${SERVICES[@]}"; do printf 'Services__%s=http://127.0.0.1:%s\n' "$(word_of "$other")" "$(port_of "$other")"; done
}

start_services() {
  local service print started=0
  began "Services"
  remember_parts
  choose_service_ports
  for service in "${SERVICES[@]}"; do
    [[ -e $(binary_of "$service") ]] || die "There is no service $service: $(binary_of "$service") is missing."
    print=$(fingerprint "$service")
    if service_pid "$service" > /dev/null; then
      if [[ $print == "$(cat "$RUN/$(word_of "$service").print" 2> /dev/null)" ]]; then continue; fi
      stop_service "$service"
    fi
    start_service "$service" "$print"
    started=$((started + 1))
  done
  for service in "${SERVICES[@]}"; do await_service "$service"; done
  if ((started > 0)); then ended "${#SERVICES[@]} ready, $started of them started now"; else ended "${#SERVICES[@]} ready, as they were"; fi
}

# A block of neighbours, the well-known one if it is free. A service that runs keeps its port.
choose_service_ports() {
  local service index base=$FIRST_PORT keep=yes
  for service in "${SERVICES[@]}"; do
    if [[ -z $(port_of "$service") ]] || { ! service_pid "$service" > /dev/null && taken "$(port_of "$service")"; }; then keep=; fi
  done
  if [[ -z $keep ]]; then
    for service in "${SERVICES[@]}"; do stop_service "$service"; done
    until block_is_free "$base"; do base=$((base + 100)); done
    for index in "${!SERVICES[@]}"; do remember "$(word_of "${SERVICES[index]}")_port" $((base + index)); done
  fi
  export AUTODEV_URL=http://127.0.0.1:$console_port
}

block_is_free() {
  local index
  for index in "${!SERVICES[@]}"; do
    if taken $(($1 + index)); then return 1; fi
  done
}

start_service() {
  local service=$1 word log line; word=$(word_of "$1") log=$LOGS/$(word_of "$1").log
  if [[ -e $log ]]; then mv "$log" "$log.1"; fi
  rm -f "$RUN/$word.pid"
  (
    # Settings are read from beside the binary.
    cd "$(dirname "$(binary_of "$service")")" || exit
    while IFS= read -r line; do export "${line?}"; done < <(service_environment "$service")
    unset Security__AdminKey AUTODEV_ADMIN_KEY
    [[ $service == Console ]] || unset "${!SignIn__@}" # the Console's own key is no other service's
    let_go_of_caller
    # Ended with 75 (EX_TEMPFAIL), it asks to be started again.
    exec setsid nohup bash -c 'code=75; while ((code == 75)); do dotnet "$1" & echo $! > "$2"; wait $!; code=$?; done; exit $code' service "$(binary_of "$service")" "$RUN/$word.pid"
  ) < /dev/null > "$log" 2>&1 &
  disown
  until [[ -s $RUN/$word.pid ]]; do sleep 0.05; done
  printf '%s\n' "$2" > "$RUN/$word.print"
}

stop_service() {
  local pid
  if pid=$(service_pid "$1"); then stop_process "$pid" 30; fi
  rm -f "$RUN/$(word_of "$1").pid" "$RUN/$(word_of "$1").print"
}

# All get the signal at once; each is then waited for.
stop_services() {
  local service pid stopped=0
  began "Services"
  for service in "${SERVICES[@]}"; do
    if pid=$(service_pid "$service"); then kill_process TERM "$pid"; stopped=$((stopped + 1)); fi
  done
  for service in "${SERVICES[@]}"; do stop_service "$service"; done
  ended "$stopped stopped"
}

await_service() {
  local limit=${AUTODEV_READY_SECONDS:-120} log=$LOGS/$(word_of "$1").log
  wait_until "$limit" ready_or_dead "$1" || true
  if is_ready "$1"; then return; fi
  tail_of "$log"
  if service_pid "$1" > /dev/null; then
    die "$1 is not ready after $limit s. http://127.0.0.1:$(port_of "$1")/health/ready answers: $(http_answer "$(port_of "$1")" /health/ready)" \
      "Whole log: $log. It still runs; once it is ready, deploy/autodev up goes on. AUTODEV_READY_SECONDS waits longer."
  fi
  die "$1 ended while it started." "Whole log: $log"
}

# By the number alone: in its first moments the process is not dotnet yet.
ready_or_dead() { is_ready "$1" || ! running "$(cat "$RUN/$(word_of "$1").pid")"; }

restart_service() {
  local service
  service=$(service_named "${1:-}") || die "Which service? One of: ${SERVICES[*],,}"
  [[ -e $STATE/env ]] || die "Nothing runs in $ROOT." "deploy/autodev up starts it."
  need_dotnet
  lock
  open_state
  recall_parts
  export_connections
  [[ -e $(binary_of "$service") ]] || die "There is no $(binary_of "$service")." "deploy/autodev up builds it."
  began "$service"
  [[ -n $(port_of "$service") ]] || choose_service_ports
  stop_service "$service"
  start_service "$service" "$(fingerprint "$service")"
  await_service "$service"
  ended "ready again, http://127.0.0.1:$(port_of "$service"), pid $(service_pid "$service")"
}

# --- status and logs ---

# Exit code 0 if every part and every service answers.
status() {
  local all=0 service state address pid
  [[ -e $STATE/env ]] || { say "Nothing was started in $ROOT. deploy/autodev up starts it."; return 1; }
  open_state
  open_data
  recall_parts
  printf '%-14s %-11s %-45s %8s %10s %8s\n' PART STATE ADDRESS PID UPTIME MEMORY
  for service in rabbitmq postgres docker; do part_row "$service" || all=1; done
  for service in "${SERVICES[@]}"; do
    address=$(port_of "$service") pid=$(service_pid "$service") || pid=
    if [[ -z $pid ]]; then state="not running" all=1
    elif is_ready "$service"; then state=ready
    else state="not ready" all=1
    fi
    row "$(word_of "$service")" "$state" "${address:+http://127.0.0.1:$address}" "$pid"
  done
  return $all
}

part_row() {
  local way state=ready address pid=
  way=$(way_of "$1")
  case $1 in
    rabbitmq) address=$(rabbitmq_address) ;;
    postgres) address=$(postgres_address) ;;
    docker) address=$ENGINE ;;
  esac
  if [[ $way == packages ]]; then pid=$("$1_pid") || state="not running"; fi
  if [[ $state == ready ]]; then
    case $1 in
      docker) [[ -n $address ]] && docker_answers "$address" || state="no answer" ;;
      *) reachable "${address%:*}" "${address##*:}" || state="no answer" ;;
    esac
  fi
  row "$1" "$state" "$address" "$pid" "$(where_from "$way")"
  [[ $state == ready ]]
}

row() { printf '%-14s %-11s %-45s %8s %10s %8s  %s\n' "$1" "$2" "${3:--}" "${4:--}" "$(uptime_of "$4")" "$(memory_of "$4")" "${5:-}"; }

uptime_of() {
  local began seconds
  if [[ -z $1 ]] || ! began=$(sed 's/.*) //' "/proc/$1/stat" 2> /dev/null | cut -d' ' -f20); then printf -- -; return; fi
  seconds=$(($(cut -d. -f1 /proc/uptime) - began / $(getconf CLK_TCK)))
  if ((seconds < 120)); then printf '%d s' $seconds
  elif ((seconds < 7200)); then printf '%d min' $((seconds / 60))
  elif ((seconds < 172800)); then printf '%d h' $((seconds / 3600))
  else printf '%d d' $((seconds / 86400))
  fi
}

# Resident, of the process itself (PostgreSQL's and Docker's children are not in it).
memory_of() {
  local kilobytes
  if [[ -z $1 ]] || ! kilobytes=$(awk '/^VmRSS:/ { print $2 }' "/proc/$1/status" 2> /dev/null); then printf -- -; return; fi
  printf '%d MB' $((${kilobytes:-0} / 1024))
}

logs() {
  local name=${1:-} service way follow=()
  [[ ${2:-} != -f ]] || follow=(-F)
  [[ -e $STATE/env ]] || die "Nothing was started in $ROOT, so there are no logs."
  open_state
  if service=$(service_named "$name"); then name=$(word_of "$service"); fi
  case $name in
    rabbitmq | postgres | docker)
      way=$(way_of "$name")
      if [[ $way == compose ]]; then compose logs --tail 200 ${follow:+-f} "$name"; return; fi
      [[ $way == packages ]] || die "This $name was not started here: $(where_from "$way")." "Its log is with whoever runs it."
      ;;
    build | image | apt | test | console | reflection | memento | evolver | sandboxrunner | fitness | governance) ;;
    *) die "There is no log '$name'." "Services: ${SERVICES[*],,}" "Others: rabbitmq postgres docker build image apt test" ;;
  esac
  [[ -e $LOGS/$name.log ]] || die "There is no log of $name yet."
  exec tail -n 200 "${follow[@]}" "$LOGS/$name.log"
}
