# The parts, each from the first of three ways that is open: the environment, deploy/lib/parts.yml, Debian packages.
# Once chosen, a way is kept (rabbitmq_way, postgres_way, docker_way), since the data is there.

# parts_up [demo|test]: what only these need comes with it.
parts_up() {
  case ${AUTODEV_PARTS:=} in
    "" | compose | packages) ;;
    *) die "AUTODEV_PARTS is '$AUTODEV_PARTS'; it may be compose or packages." ;;
  esac
  open_data
  find_engine
  choose_ways
  if [[ ${rabbitmq_way} == packages && ! -x $RABBITMQ_SERVER ]]; then need rabbitmq-server "the message broker"; fi
  if [[ ${postgres_way} == packages && -z $(postgres_bin) ]]; then need postgresql "the database"; fi
  if [[ $docker_way == packages ]] && ! command -v dockerd > /dev/null; then need docker.io "the engine of the sandbox"; fi
  command -v docker > /dev/null || need docker.io "the docker command"
  if image_needs_packages; then need mmdebstrap "the sandbox image, made from Debian packages"; fi
  if [[ -n ${1:-} ]] && ! python_with_pika > /dev/null; then need python3 "the demo's agent"; need python3-pika "the demo's agent"; fi
  if [[ ${1:-} == test && ! -x ${AUTODEV_CHROMIUM:-/usr/bin/chromium} ]]; then need chromium "the browser of the Console's tests"; fi
  if [[ ${1:-} == test ]] && ! python3 -c "import ensurepip, venv" 2> /dev/null; then need python3-venv "the clean Python of the tests of exported skills"; fi
  if [[ ${1:-} == test ]] && ! command -v psql > /dev/null; then need postgresql-client "the test of the accounts"; fi
  if [[ ${1:-} == test ]] && ! command -v node > /dev/null; then need nodejs "the tests of the clients to copy"; fi
  if [[ ${1:-} == test ]] && ! command -v npm > /dev/null; then need npm "the test of the MCP server with its protocol's own client"; fi
  install_needed
  start_parts
}

# The engine that is there already: DOCKER_HOST, or the default one. Empty if neither.
find_engine() {
  ENGINE=
  if [[ -n ${DOCKER_HOST:-} ]]; then
    ENGINE=$DOCKER_HOST
    command -v docker > /dev/null || return 0
    docker_answers "$ENGINE" || die "DOCKER_HOST is $DOCKER_HOST, and no Docker engine answers there." "Start it, or unset DOCKER_HOST."
  elif command -v docker > /dev/null; then
    local host; host=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2> /dev/null) || host=unix:///var/run/docker.sock
    if docker_answers "$host"; then ENGINE=$host; fi
  fi
}

docker_answers() { timeout 10 docker --host "$1" version --format '{{.Server.Version}}' > /dev/null 2>&1; }

choose_ways() {
  local shared
  WHY_NOT=
  if [[ -n ${compose_docker_host:-} && -z $ENGINE ]] && docker_answers "$compose_docker_host"; then ENGINE=$compose_docker_host; fi
  # An engine of our own stays ours: its images and containers are there.
  if [[ -n ${DOCKER_HOST:-} ]]; then docker_way=environment
  elif [[ ${docker_way:-} == packages ]]; then ENGINE=
  elif [[ -n $ENGINE ]]; then docker_way=engine
  else remember docker_way packages
  fi
  if [[ -n ${ConnectionStrings__rabbitmq:-} ]]; then rabbitmq_way=environment; fi
  if [[ -n ${ConnectionStrings__postgres:-} ]]; then postgres_way=environment; fi
  if [[ -z ${rabbitmq_way:-} || -z ${postgres_way:-} ]]; then
    if compose_is_possible; then shared=compose; else shared=packages; fi
    if [[ $shared == packages && $AUTODEV_PARTS == compose ]]; then die "deploy/lib/parts.yml cannot be used: $WHY_NOT." "Unset AUTODEV_PARTS to use Debian packages."; fi
    [[ -n ${rabbitmq_way:-} ]] || remember rabbitmq_way "$shared"
    [[ -n ${postgres_way:-} ]] || remember postgres_way "$shared"
    [[ $shared == compose || -z $ENGINE ]] || note "Not deploy/lib/parts.yml: $WHY_NOT."
  fi
  if [[ $rabbitmq_way$postgres_way == *compose* && -n ${compose_docker_host:-} ]] && ! docker_answers "$compose_docker_host"; then
    die "RabbitMQ or PostgreSQL of this checkout runs in Docker ($compose_docker_host), and that engine does not answer." \
      "Start it, or delete the data and begin again: deploy/autodev down --data"
  fi
}

# All of them start together; then each is waited for.
start_parts() {
  local in_compose=()
  began "RabbitMQ"
  [[ $rabbitmq_way != packages ]] || rabbitmq_pid > /dev/null || start_private_rabbitmq
  [[ $postgres_way != packages ]] || postgres_pid > /dev/null || start_private_postgres
  [[ $docker_way != packages ]] || docker_pid > /dev/null || start_private_docker
  [[ $rabbitmq_way != compose ]] || in_compose+=(rabbitmq)
  [[ $postgres_way != compose ]] || in_compose+=(postgres)
  ((${#in_compose[@]} == 0)) || start_compose "${in_compose[@]}"

  RABBITMQ_URL=$(given_or_own "$rabbitmq_way" ConnectionStrings__rabbitmq own_rabbitmq_url)
  POSTGRES=$(given_or_own "$postgres_way" ConnectionStrings__postgres own_postgres)
  [[ $docker_way != packages ]] || ENGINE=$(own_engine)
  RABBITMQ_MANAGEMENT_URL=$(management_url)
  await_part rabbitmq "$rabbitmq_way"
  ended "$(where_from "$rabbitmq_way"), $(rabbitmq_address)"
  began "PostgreSQL"
  await_part postgres "$postgres_way"
  ended "$(where_from "$postgres_way"), $(postgres_address)"
  began "Docker"
  await_part docker "$docker_way"
  ended "$(where_from "$docker_way"), $ENGINE"
  make_accounts
  apply_accounts
  export_connections
}

await_part() {
  case $2 in
    packages) "await_private_$1" ;;
    compose) await_compose "$1" ;;
    environment) "check_given_$1" ;;
  esac
}

check_given_rabbitmq() {
  local address; address=$(rabbitmq_address)
  reachable "${address%:*}" "${address##*:}" || die "ConnectionStrings__rabbitmq names $address, and nothing listens there." "Start that broker, or unset the variable."
}

check_given_postgres() {
  local address; address=$(postgres_address)
  reachable "${address%:*}" "${address##*:}" || die "ConnectionStrings__postgres names $address, and nothing listens there." "Start that server, or unset the variable."
}

check_given_docker() { docker_answers "$ENGINE" || die "No Docker engine answers at $ENGINE." "Start it, or unset DOCKER_HOST."; }

where_from() {
  case $1 in
    packages) printf 'private instance' ;;
    compose) printf 'docker compose' ;;
    environment) printf 'given by the environment' ;;
    engine) printf 'the engine of this machine' ;;
  esac
}

given_or_own() { if [[ $1 == environment ]]; then printf '%s' "${!2}"; else "$3"; fi; }

# What is reached at the remembered ports; empty before the first run.
own_rabbitmq_url() { [[ -z ${rabbitmq_port:-} ]] || printf 'amqp://autodev:%s@127.0.0.1:%s/autodev' "$rabbitmq_password" "$rabbitmq_port"; }
own_management_url() { [[ -z ${rabbitmq_management_port:-} ]] || printf 'http://autodev:%s@127.0.0.1:%s' "$rabbitmq_password" "$rabbitmq_management_port"; }
own_postgres() { [[ -z ${postgres_port:-} ]] || printf 'Host=127.0.0.1;Port=%s;Username=autodev;Password=%s' "$postgres_port" "$postgres_password"; }
own_engine() { printf 'unix://%s/docker.sock' "$(docker_run_folder)"; }

# Of a given broker it is guessed: the plugin's usual port, if something listens there.
management_url() {
  if [[ $rabbitmq_way != environment ]]; then
    own_management_url
  elif [[ -n ${ConnectionStrings__rabbitmq_management:-} ]]; then
    printf '%s' "$ConnectionStrings__rabbitmq_management"
  elif [[ $RABBITMQ_URL =~ ^amqp://([^@/]*@)?([^:/@]+) ]] && reachable "${BASH_REMATCH[2]}" 15672; then
    printf 'http://%s%s:15672' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  fi
}

# What the services run with, for the commands that come after `up`, perhaps from a shell with another environment.
remember_parts() {
  remember used_rabbitmq_way "$rabbitmq_way"
  remember used_postgres_way "$postgres_way"
  remember used_docker_way "$docker_way"
  remember used_rabbitmq "$RABBITMQ_URL"
  remember used_management "$RABBITMQ_MANAGEMENT_URL"
  remember used_postgres "$POSTGRES"
  remember used_engine "$ENGINE"
}

# The way that the services use; before they ever started, the way that was chosen.
way_of() { local used=used_$1_way chosen=$1_way; printf '%s' "${!used:-${!chosen:-packages}}"; }

recall_parts() {
  RABBITMQ_URL=${used_rabbitmq:-$(own_rabbitmq_url)} RABBITMQ_MANAGEMENT_URL=${used_management:-$(own_management_url)} POSTGRES=${used_postgres:-$(own_postgres)}
  ENGINE=${used_engine:-$(own_engine)}
}

# host:port of each, without secrets.
rabbitmq_address() {
  [[ ${RABBITMQ_URL:-} =~ ^amqps?://([^@/]*@)?([^:/]+)(:([0-9]+))? ]] || { printf 'unknown:0'; return; }
  printf '%s:%s' "${BASH_REMATCH[2]}" "${BASH_REMATCH[4]:-5672}"
}

postgres_address() {
  local host port
  host=$(connection_field host) port=$(connection_field port)
  printf '%s:%s' "${host:-localhost}" "${port:-5432}"
}

connection_field() { tr ';' '\n' <<< "${POSTGRES:-}" | sed -nE "s/^ *$1 *= *([^,]*).*/\\1/Ip" | head -n 1; }

export_connections() {
  export ConnectionStrings__rabbitmq=$RABBITMQ_URL ConnectionStrings__postgres=$POSTGRES DOCKER_HOST=$ENGINE
  if [[ -n $RABBITMQ_MANAGEMENT_URL ]]; then export ConnectionStrings__rabbitmq_management=$RABBITMQ_MANAGEMENT_URL; fi
  export Sandbox__Image=${Sandbox__Image:-$(image_tag)}
  AUTODEV_AMQP=$(agents_address) && export AUTODEV_AMQP
  if [[ -n ${console_port:-} ]]; then export AUTODEV_URL=http://127.0.0.1:$console_port; fi
  open_admin_key
}

print_environment() {
  [[ -e $STATE/env ]] || die "Nothing is known yet: run deploy/autodev up first."
  open_state
  recall_parts
  export_connections
  local name
  for name in ConnectionStrings__rabbitmq ConnectionStrings__rabbitmq_management ConnectionStrings__postgres DOCKER_HOST \
    Sandbox__Image Security__AdminKey AUTODEV_URL AUTODEV_AMQP AUTODEV_ADMIN_KEY; do
    [[ -z ${!name:-} ]] || printf 'export %s=%q\n' "$name" "${!name}"
  done
}

# parts_down [yes]: stops what was started here; with `yes` its data goes too. What the environment gave is not touched.
parts_down() {
  local delete=$1
  DATA=$(readlink -f "$STATE/data" || printf '%s' "$STATE/data")
  if [[ -n $delete ]]; then
    say "Deleting the data of this checkout: databases, queues, the private engine's images, the admin key, ports and passwords."
    [[ ! -d $DATA ]] || say "    $DATA"
  fi
  if [[ -n ${compose_docker_host:-} ]]; then
    began "Containers"
    if docker_answers "$compose_docker_host"; then
      compose down ${delete:+-v} > "$LOGS/compose.log" 2>&1 || { tail_of "$LOGS/compose.log"; die "docker compose down failed."; }
      ended "stopped${delete:+, volumes deleted}"
    else
      ended "their engine ($compose_docker_host) does not answer: nothing to stop"
    fi
  fi
  if docker_pid > /dev/null || [[ -e $(docker_run_folder)/docker.sock ]]; then began "Docker"; stop_private_docker; ended "stopped"; fi
  if rabbitmq_pid > /dev/null; then began "RabbitMQ"; stop_private_rabbitmq; ended "stopped"; fi
  if postgres_pid > /dev/null; then began "PostgreSQL"; stop_private_postgres; ended "stopped"; fi
  if [[ -n $delete ]]; then
    began "Data"
    delete_data
    ended "deleted"
  else
    say "The data stays. deploy/autodev up brings it back; deploy/autodev down --data deletes it."
  fi
}

delete_data() {
  local mount folder
  # Only the two places where open_data puts it.
  case $DATA in
    "$STATE/data" | "/var/lib/autodev/$ID") ;;
    *) die "The data folder $DATA is not one that this script made: delete it yourself." ;;
  esac
  for mount in $(awk -v under="$DATA/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r); do as_root umount "$mount"; done
  for folder in docker compose-check; do
    if [[ -d $DATA/$folder ]]; then as_root rm -rf "${DATA:?}/$folder"; fi
  done
  rm -rf "$DATA" "$STATE/data" "$RUN" "$ACCOUNTS" "$STATE/env" "$STATE/admin-key" "$LOGS"
  if [[ -d $(docker_run_folder) ]]; then as_root rm -rf "$(docker_run_folder)"; fi
}
