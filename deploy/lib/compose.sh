# The second way: RabbitMQ and PostgreSQL from parts.yml, where an engine can pull their images.

compose() {
  (
    export DOCKER_HOST=$compose_docker_host
    export AUTODEV_RABBITMQ_PORT=${rabbitmq_port:-5672} AUTODEV_RABBITMQ_MANAGEMENT_PORT=${rabbitmq_management_port:-15672}
    export AUTODEV_POSTGRES_PORT=${postgres_port:-5432} AUTODEV_POSTGRES_USER=autodev AUTODEV_POSTGRES_PASSWORD=${postgres_password:-}
    export AUTODEV_RABBITMQ_DEFINITIONS=$RUN/rabbitmq-definitions.json
    trap - ERR EXIT
    cd "$ROOT" || exit
    if docker compose version > /dev/null 2>&1; then
      docker compose -p "autodev-$ID" -f deploy/lib/parts.yml "$@"
    else
      docker-compose -p "autodev-$ID" -f deploy/lib/parts.yml "$@"
    fi
  )
}

# Says in WHY_NOT why this way is closed.
compose_is_possible() {
  local socket=${ENGINE#unix://} image
  if [[ ${AUTODEV_PARTS:-} == packages ]]; then WHY_NOT="AUTODEV_PARTS=packages"; return 1; fi
  if [[ -z $ENGINE ]]; then WHY_NOT="no Docker engine is reachable"; return 1; fi
  if [[ $ENGINE != unix://* || ! -S $socket ]]; then WHY_NOT="the Docker engine is not on this machine ($ENGINE)"; return 1; fi
  if ! docker compose version > /dev/null 2>&1 && ! command -v docker-compose > /dev/null; then
    WHY_NOT="the Docker engine is there, but neither the compose plugin nor docker-compose"; return 1
  fi
  began "Images"
  for image in $(sed -n 's/^ *image: *//p' "$ROOT/deploy/lib/parts.yml"); do
    if docker image inspect "$image" > /dev/null 2>&1; then continue; fi
    if ! pull "$image"; then
      WHY_NOT="the Docker engine cannot pull $image ($(tail -n 1 "$LOGS/pull.log" 2> /dev/null | cut -c1-160))"
      quiet
      return 1
    fi
  done
  ended "the images of deploy/lib/parts.yml are there"
}

# Gives up when the registry has not even named the image within 20 seconds; a slow download may take its time.
pull() {
  local log=$LOGS/pull.log puller
  docker pull "$1" > "$log" 2>&1 &
  puller=$!
  if ! wait_until 20 pull_has_begun "$puller" "$log"; then
    kill "$puller" 2> /dev/null || true
    echo "no answer from the registry within 20 s" >> "$log"
    return 1
  fi
  wait "$puller"
}

pull_has_begun() { ! running "$1" || grep -qs 'Pulling from' "$2"; }

# start_compose SERVICE…
start_compose() {
  local log=$LOGS/compose.log
  # The data stays on the engine that it began on.
  if [[ -z ${compose_docker_host:-} ]]; then remember compose_docker_host "$ENGINE"; fi
  # A running container keeps its port: only new ones choose.
  if [[ -z $(compose_container rabbitmq) ]]; then choose_port rabbitmq_port 0; choose_port rabbitmq_management_port 1; fi
  if [[ -z $(compose_container postgres) ]]; then choose_port postgres_port 4; fi
  secret rabbitmq_password
  secret postgres_password
  make_accounts
  cp "$ACCOUNTS/rabbitmq/definitions.json" "$RUN/rabbitmq-definitions.json"
  # Its folder is closed to others; inside the container another user reads it.
  chmod 644 "$RUN/rabbitmq-definitions.json"
  compose up -d "$@" > "$log" 2>&1 || { tail_of "$log"; die "docker compose could not start: $*" "Whole log: $log"; }
}

compose_container() { docker --host "$compose_docker_host" ps -q --filter "label=com.docker.compose.project=autodev-$ID" --filter "label=com.docker.compose.service=$1"; }

await_compose() {
  wait_until 180 compose_is_healthy_or_fails "$1" || true
  compose_is_healthy "$1" || {
    quiet
    compose logs --no-color --tail 20 "$1" >&2 || true
    die "The container of $1 did not become healthy." "Its log: deploy/autodev logs $1"
  }
}

compose_is_healthy() { [[ $(compose_state "$1" '{{.State.Health.Status}}') == healthy ]]; }

# One restart may be bad luck; a third is a fault that waiting does not mend.
compose_is_healthy_or_fails() { compose_is_healthy "$1" || (($(compose_state "$1" '{{.RestartCount}}') > 2)); }

compose_state() {
  local container; container=$(compose_container "$1")
  [[ -z $container ]] || docker --host "$compose_docker_host" inspect -f "$2" "$container" 2> /dev/null || true
}
