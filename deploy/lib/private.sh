# The third way: servers from Debian packages, run as private instances beside whatever else the machine runs.
# Loopback only, own ports, own node name, own data; each survives kill -9 and a reboot.

# The data lives in the checkout; where the servers' users cannot get there (a checkout below /root), under /var/lib.
open_data() {
  DATA=$STATE/data
  if [[ ! -e $DATA && $(id -u) == 0 ]] && ! setpriv --reuid=nobody --clear-groups test -x "$STATE"; then
    install -d -m 711 /var/lib/autodev "/var/lib/autodev/$ID"
    ln -sfn "/var/lib/autodev/$ID" "$DATA"
  fi
  [[ -L $DATA ]] && install -d -m 711 "$(readlink "$DATA")"
  install -d -m 711 "$DATA/"
  DATA=$(readlink -f "$DATA")
}

# as_server USER COMMAND…: the servers refuse root; without root they run as whoever calls.
as_server() { (become_server "$@"); }

become_server() {
  local user=$1; shift
  if [[ $(id -u) == 0 ]]; then exec setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"; fi
  exec "$@"
}

server_folder() {
  local user=$1; shift
  if [[ $(id -u) == 0 ]]; then install -d -m 700 -o "$user" -g "$user" "$@"; else install -d -m 700 "$@"; fi
}

# --- RabbitMQ ---

RABBITMQ_SERVER=/usr/lib/rabbitmq/bin/rabbitmq-server

rabbitmq_pid() { process_of "$DATA/rabbitmq/pid" "-autodev $ID"; }

start_private_rabbitmq() {
  local home=$DATA/rabbitmq
  choose_port rabbitmq_port 0
  choose_port rabbitmq_management_port 1
  choose_port rabbitmq_distribution_port 2
  choose_port rabbitmq_epmd_port 3
  secret rabbitmq_password
  server_folder rabbitmq "$home" "$home/mnesia" "$home/log"
  make_accounts
  install -m 400 "$ACCOUNTS/rabbitmq/definitions.json" "$home/definitions.json"
  cat > "$home/rabbitmq.conf" <<CONF
listeners.tcp.default = 127.0.0.1:$rabbitmq_port
management.tcp.ip = 127.0.0.1
management.tcp.port = $rabbitmq_management_port
load_definitions = $home/definitions.json
CONF
  printf '[rabbitmq_management].\n' > "$home/enabled_plugins"
  printf '[].\n' > "$home/advanced.config"
  if [[ $(id -u) == 0 ]]; then chown rabbitmq:rabbitmq "$home"/*.json "$home"/*.conf "$home"/*.config "$home/enabled_plugins"; fi
  rm -f "$home/pid"
  (
    let_go_of_caller
    cd "$home" || exit
    ulimit -Sn 65536 2> /dev/null || ulimit -Sn "$(ulimit -Hn)"
    # The server's own script, not Debian's wrapper: that one logs to /var/log and runs under su. An empty environment,
    # because any RABBITMQ_ variable of the caller would change this node.
    become_server rabbitmq env -i PATH="$PATH" LANG=C.UTF-8 HOME="$home" \
      RABBITMQ_NODENAME="autodev-$ID@localhost" RABBITMQ_NODE_PORT="$rabbitmq_port" \
      RABBITMQ_DIST_PORT="$rabbitmq_distribution_port" ERL_EPMD_PORT="$rabbitmq_epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} -autodev $ID" \
      RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" RABBITMQ_CONFIG_FILES="$home/conf.d" \
      RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced.config" RABBITMQ_CONF_ENV_FILE=/dev/null \
      RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" RABBITMQ_MNESIA_BASE="$home/mnesia" \
      RABBITMQ_LOG_BASE="$home/log" RABBITMQ_LOGS=- RABBITMQ_PID_FILE="$home/pid" \
      setsid nohup "$RABBITMQ_SERVER"
  ) < /dev/null > "$LOGS/rabbitmq.log" 2>&1 &
  RABBITMQ_LAUNCHER=$!
  disown
}

await_private_rabbitmq() {
  wait_until 120 rabbitmq_answers || { tail_of "$LOGS/rabbitmq.log"; die "RabbitMQ did not come up on port $rabbitmq_port." "Whole log: $LOGS/rabbitmq.log"; }
}

# Ready is when the exchange that agents publish to is there: the definitions are loaded and the port is open.
rabbitmq_answers() {
  if [[ -n ${RABBITMQ_LAUNCHER:-} ]] && ! running "$RABBITMQ_LAUNCHER"; then
    tail_of "$LOGS/rabbitmq.log"
    die "RabbitMQ stopped while it started." "Whole log: $LOGS/rabbitmq.log"
  fi
  reachable 127.0.0.1 "$rabbitmq_port" \
    && [[ $(http_status "$rabbitmq_management_port" /api/exchanges/autodev/autodev.ingest "autodev:$rabbitmq_password") == 200 ]]
}

stop_private_rabbitmq() {
  local pid
  if pid=$(rabbitmq_pid); then stop_process "$pid" 60; fi
  # The name server refuses while a node lives; it is this checkout's own.
  if [[ -n ${rabbitmq_epmd_port:-} ]] && taken "$rabbitmq_epmd_port" && command -v epmd > /dev/null; then
    ERL_EPMD_PORT=$rabbitmq_epmd_port epmd -kill > /dev/null 2>&1 || true
  fi
  rm -f "$DATA/rabbitmq/pid"
}

# --- PostgreSQL ---

# The binaries that match the data, else the newest.
postgres_bin() {
  local version=
  if [[ -n ${DATA:-} ]] && [[ -e $DATA/postgres/PG_VERSION ]]; then version=$(cat "$DATA/postgres/PG_VERSION"); fi
  find /usr/lib/postgresql -path "*/${version:-*}/bin/postgres" 2> /dev/null | sort -V | tail -n 1 | xargs -r dirname
}

postgres_pid() { process_of "$DATA/postgres/postmaster.pid" "$DATA/postgres"; }

start_private_postgres() {
  local data=$DATA/postgres bin pid
  bin=$(postgres_bin)
  [[ -n $bin ]] || die "No PostgreSQL fits the data in $data (version $(cat "$data/PG_VERSION" 2> /dev/null || echo unknown))." \
    "Install that version, or start again with: deploy/autodev down --data"
  choose_port postgres_port 4
  secret postgres_password
  server_folder postgres "$data"
  if [[ ! -e $data/PG_VERSION ]]; then
    # Half a first start leaves a folder that initdb would refuse.
    find "$data" -mindepth 1 -delete
    # initdb reads the password from a file; it does not stay.
    server_folder postgres "$data.init"
    (umask 077; printf '%s\n' "$postgres_password" > "$data.init/password")
    if [[ $(id -u) == 0 ]]; then chown postgres "$data.init/password"; fi
    as_server postgres env -i PATH="$PATH" LANG=C.UTF-8 "$bin/initdb" -D "$data" -U autodev -A scram-sha-256 \
      --pwfile="$data.init/password" -E UTF8 --locale=C.UTF-8 < /dev/null > "$LOGS/postgres-init.log" 2>&1 \
      || { find "$data" -mindepth 1 -delete; tail_of "$LOGS/postgres-init.log"; die "initdb could not make the database in $data."; }
    rm -rf "$data.init"
  fi
  # What a killed server left behind: processes that still hold its memory, and a pid that may be somebody else's now.
  wait_until 10 no_process_in "$data" || true
  if pid=$(head -n 1 "$data/postmaster.pid" 2> /dev/null) && running "$pid"; then rm -f "$data/postmaster.pid"; fi
  (
    let_go_of_caller
    cd "$data" || exit
    become_server postgres env -i PATH="$PATH" LANG=C.UTF-8 setsid nohup "$bin/postgres" -D "$data" -p "$postgres_port" \
      -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 \
      -c shared_buffers=512MB -c max_wal_size=4GB -c jit=off
  ) < /dev/null > "$LOGS/postgres.log" 2>&1 &
  POSTGRES_LAUNCHER=$!
  disown
}

no_process_in() {
  local folder
  for folder in /proc/[0-9]*/cwd; do
    if [[ $(readlink "$folder" 2> /dev/null) == "$1" ]]; then return 1; fi
  done
}

await_private_postgres() {
  wait_until 60 postgres_answers || { tail_of "$LOGS/postgres.log"; die "PostgreSQL did not come up on port $postgres_port." "Whole log: $LOGS/postgres.log"; }
}

postgres_answers() {
  if [[ -n ${POSTGRES_LAUNCHER:-} ]] && ! running "$POSTGRES_LAUNCHER"; then
    tail_of "$LOGS/postgres.log"
    die "PostgreSQL stopped while it started." "Whole log: $LOGS/postgres.log"
  fi
  "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"
}

stop_private_postgres() {
  local pid
  # SIGINT is the fast shutdown: open transactions are rolled back, the data is consistent.
  if pid=$(postgres_pid); then stop_process "$pid" 60 INT; fi
}

# --- Docker ---

# Sockets have short paths; a checkout may not.
docker_run_folder() { printf '/run/autodev/%s' "$ID"; }

# The engine's own containerd, which outlives a killed engine and is taken over by the next.
containerd_pid() { process_of <(as_root cat "$(docker_run_folder)/exec/containerd/containerd.pid" 2> /dev/null) "$(docker_run_folder)/exec"; }

docker_pid() { process_of "$(docker_run_folder)/docker.pid" "$(docker_run_folder)/docker.sock"; }

start_private_docker() {
  local run; run=$(docker_run_folder)
  can_be_root || die "A private Docker engine needs root, and there is no sudo." "Give an engine that you may use: DOCKER_HOST=unix:///…"
  as_root install -d -m 711 /run/autodev "$run"
  as_root install -d -m 710 "$DATA/docker"
  # A pid from before a reboot may be anybody's now: dockerd would wait for it, or kill it.
  as_root rm -f "$run/docker.pid"
  if ! containerd_pid > /dev/null; then as_root rm -f "$run/exec/containerd/containerd.pid"; fi
  printf '{}\n' > "$RUN/docker.json"
  # In a network namespace of its own, with nothing in it: the sandbox needs no network, and in the machine's namespace
  # `--bridge none` deletes the docker0 of any other engine. So this engine cannot pull, which nothing asks of it.
  # A containerd of the system would be shared too, hence its namespaces.
  # shellcheck disable=SC2016
  (let_go_of_caller; as_root sh -c 'log=$1; shift; cd /; setsid nohup unshare --net dockerd "$@" < /dev/null > "$log" 2>&1 &' dockerd "$LOGS/docker.log" \
    --config-file "$RUN/docker.json" --host "unix://$run/docker.sock" --group "$(id -gn)" --pidfile "$run/docker.pid" \
    --data-root "$DATA/docker" --exec-root "$run/exec" --bridge none --iptables=false --ip-masq=false --ip-forward=false --shutdown-timeout 3 \
    --containerd-namespace "autodev-$ID" --containerd-plugins-namespace "autodev-$ID-plugins")
}

await_private_docker() {
  wait_until 60 docker_answers "unix://$(docker_run_folder)/docker.sock" || {
    tail_of "$LOGS/docker.log"
    die "The private Docker engine did not come up." \
      "In a container it needs --privileged; elsewhere you can give an engine with DOCKER_HOST. Whole log: $LOGS/docker.log"
  }
}

stop_private_docker() {
  local run pid; run=$(docker_run_folder)
  if pid=$(docker_pid); then stop_process "$pid" 30; fi
  if pid=$(containerd_pid); then stop_process "$pid" 10; fi
  if [[ -e $run/docker.sock || -e $run/docker.pid ]]; then as_root rm -f "$run/docker.sock" "$run/docker.pid"; fi
}
