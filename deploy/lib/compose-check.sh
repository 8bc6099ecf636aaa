# docker-compose.yml on a real engine: built by the real Dockerfile, brought up, used, hurt, taken down and brought up again. The engine is the check's own, in a network
# namespace of its own, so that nothing is left of it; the official images are stood in for (deploy/compose/standins), since it need not reach a registry.

HELD=0 BROKEN=0
PARTS_IN_COMPOSE=(rabbitmq postgres jaeger engine-gate)

# compose_check [--data]: with --data the images that it keeps for the next time go too.
compose_check() {
  local begun
  CHECK_KEEPS=yes
  case ${1:-} in
    "") ;;
    --data) CHECK_KEEPS= ;;
    *) die "compose-check knows only --data, not '$1'." ;;
  esac
  [[ $(id -u) == 0 ]] || die "compose-check needs root: it starts an engine of its own and unpacks Debian's packages."
  begun=$(now)
  need_dotnet
  lock
  open_state
  open_data
  command -v dockerd > /dev/null && command -v docker > /dev/null || need docker.io "the engine of the check"
  docker compose version > /dev/null 2>&1 || command -v docker-compose > /dev/null || need docker-compose "what is checked"
  command -v mmdebstrap > /dev/null || need mmdebstrap "images made from Debian packages"
  command -v ip > /dev/null || need iproute2 "the network of the check"
  if ! python_with_pika > /dev/null; then need python3 "the demo's agent"; need python3-pika "the demo's agent"; fi
  install_needed
  # NuGet's cache is then what the images are built from.
  build services
  unlock
  CHECK=$DATA/compose-check ID=$ID-check LOGS=$LOGS/compose-check
  install -d -m 711 "$CHECK"
  install -d -m 755 "$LOGS"
  trap 'end_check; leave' EXIT
  start_check_engine
  check_images
  check_running
  say ""
  say "docker-compose.yml was looked at for $(seconds_since "$begun"). What each check printed: $LOGS"
  say "$HELD passed, $BROKEN failed"
  ((BROKEN == 0)) || exit 1
}

# --- the engine ---

start_check_engine() {
  local run; run=$(docker_run_folder)
  began "Engine"
  install -d -m 711 /run/autodev "$run"
  stop_private_docker
  rm -f "$run/exec/containerd/containerd.pid"
  printf '{}\n' > "$CHECK/docker.json"
  # shellcheck disable=SC2016
  (let_go_of_caller; cd /; setsid nohup unshare --net sh -c 'ip link set lo up && exec dockerd "$@"' dockerd < /dev/null > "$LOGS/docker.log" 2>&1 \
    --config-file "$CHECK/docker.json" --host "unix://$run/docker.sock" --pidfile "$run/docker.pid" --data-root "$CHECK/docker" --exec-root "$run/exec" --shutdown-timeout 10 \
    --containerd-namespace "autodev-$ID" --containerd-plugins-namespace "autodev-$ID-plugins" &)
  await_private_docker
  export DOCKER_HOST=unix://$run/docker.sock
  ended "its own, in a network of its own"
}

end_check() {
  quiet
  if docker_pid > /dev/null; then check_compose down -v --remove-orphans > "$LOGS/down.log" 2>&1 || true; fi
  stop_private_docker
  rm -rf "$CHECK/tree"
  if [[ -z $CHECK_KEEPS ]]; then
    awk -v under="$CHECK/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount
    rm -rf "$CHECK"
  fi
  rm -rf "$(docker_run_folder)"
}

# In the network of the engine, where its ports are.
in_check() { nsenter --target "$(docker_pid)" --net -- "$@"; }

check_compose() {
  local command=(docker-compose)
  if docker compose version > /dev/null 2>&1; then command=(docker compose); fi
  (cd "$CHECK/tree" && AUTODEV_ENGINE=$(docker_run_folder)/docker.sock COMPOSE_PROJECT_NAME=autodev-check "${command[@]}" -f docker-compose.yml -f deploy/compose/open.yml -f check.yml "$@")
}

# --- what is checked ---

# holds TEXT COMMAND…: one line a check.
holds() {
  local text=$1 begun log outcome=ok
  shift
  begun=$(now) log=$LOGS/$((HELD + BROKEN + 1)).log
  if ("$@") > "$log" 2>&1; then HELD=$((HELD + 1)); else BROKEN=$((BROKEN + 1)) outcome=FAIL; fi
  printf '  %-4s %-100s %7s\n' "$outcome" "$text" "$(seconds_since "$begun")"
  [[ $outcome == ok ]] || tail_of "$log" 12
}

check_images() {
  # A copy: the secrets are the check's own, and only what git would give to others is built.
  rm -rf "$CHECK/tree"
  install -d "$CHECK/tree"
  (cd "$ROOT" && git -c safe.directory='*' ls-files -z --cached --others --exclude-standard | existing | tar --null -T - -cf -) | tar -xf - -C "$CHECK/tree"
  # A busy machine searches slowly.
  printf 'services: {memento: {environment: {Generation__TimeBudget: "00:01:00"}}}\n' > "$CHECK/tree/check.yml"
  began "Stand-ins" "$LOGS/standins.log"
  "$ROOT/deploy/compose/standins/build" "$CHECK/work" > "$LOGS/standins.log" 2>&1 || { tail_of "$LOGS/standins.log"; die "The stand-ins could not be made." "Whole log: $LOGS/standins.log"; }
  ended "of Debian's packages and this machine's .NET SDK"
  began "Sandbox" "$LOGS/sandbox.log"
  if [[ -z $(docker images -q "$(image_tag)") ]]; then
    "$ROOT/deploy/sandbox/build" "$(image_tag)" > "$LOGS/sandbox.log" 2>&1 || { tail_of "$LOGS/sandbox.log"; die "The sandbox image could not be made."; }
  fi
  docker tag "$(image_tag)" autodev-sandbox:latest
  ended "image $(image_tag)"
  holds "docker-compose.yml is read" check_compose config -q
  holds "deploy/compose/prepare makes the secrets" "$CHECK/tree/deploy/compose/prepare"
  began "Images" "$LOGS/build.log"
  check_compose build "${SERVICES[@],,}" > "$LOGS/build.log" 2>&1 || { tail_of "$LOGS/build.log"; die "services/Dockerfile does not build." "Whole log: $LOGS/build.log"; }
  ended "seven services by services/Dockerfile"
}

existing() { local file; while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done; }

check_running() {
  local word key again
  holds "up" check_compose up -d --no-build
  for word in "${PARTS_IN_COMPOSE[@]}" "${SERVICES[@],,}"; do holds "$word is healthy" await_health "$word"; done
  holds "only the Console, the broker and the trace viewer are published, to this machine" only_loopback
  holds "every container has limits, keeps no right to gain rights, and starts again" all_confined
  holds "the services run without root, rights or a writable system" services_confined
  holds "the engine's socket is the gate's alone, and the gate has no network" gate_alone
  holds "the gate refuses what is no sandbox" gate_refuses
  holds "no service reads another's secrets" secrets_apart
  holds "what is inside has no way out" inner_is_closed
  key=$(cat "$CHECK/tree/deploy/compose/secrets/passwords/admin-key")
  holds "the Console shows its page and its style" shows_console
  holds "a wrong key opens nothing" answers 401 wrong /api/governance/workspaces/before
  holds "the demo: failures, a pattern, a skill that was proven in a container, an approval, success" plays_demo before "$key"
  holds "every service's spans are with the trace viewer" sees_traces
  for word in "${SERVICES[@],,}" engine-gate jaeger postgres rabbitmq; do holds "$word is killed, and is back" comes_back "$word"; done
  for word in "${SERVICES[@],,}"; do holds "$word is healthy after all that" await_health "$word"; done
  holds "another workspace learns after it" plays_demo after "$key" "invoice id"
  again=$(skills_of before "$key") || again="no answer"
  printf '%s\n' "$again" > "$LOGS/skills-before"
  holds "down" check_compose down
  holds "up again" check_compose up -d --no-build
  for word in "${SERVICES[@],,}"; do await_health "$word" > /dev/null 2>&1 || true; done
  holds "the same key, and every skill that was learned is still there" same_skills before "$key"
  holds "it goes on learning" plays_demo later "$key" "invoice id"
  holds "down -v leaves no container, no volume and no network" leaves_nothing
}

container() { docker ps -aq --filter label=com.docker.compose.project=autodev-check --filter "label=com.docker.compose.service=$1"; }

health() { docker inspect -f '{{.State.Health.Status}}' "$(container "$1")" 2> /dev/null; }

is_healthy() { [[ $(health "$1") == healthy ]]; }

await_health() {
  wait_until 180 is_healthy "$1" || {
    docker inspect -f '{{json .State}}' "$(container "$1")"
    docker logs --tail 30 "$(container "$1")"
    return 1
  }
}

all_containers() { docker ps -q --filter label=com.docker.compose.project=autodev-check; }

only_loopback() {
  local bound
  # shellcheck disable=SC2046
  bound=$(docker inspect -f '{{range $port, $to := .HostConfig.PortBindings}}{{range $to}}{{$port}} {{.HostIp}}{{"\n"}}{{end}}{{end}}' $(all_containers) | grep . | sort)
  echo "$bound"
  [[ $bound == $'16686/tcp 127.0.0.1\n5672/tcp 127.0.0.1\n8080/tcp 127.0.0.1' ]]
}

all_confined() {
  local id
  for id in $(all_containers); do
    docker inspect -f '{{.Name}} {{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.Privileged}} {{.HostConfig.SecurityOpt}}' "$id"
  done | tee /dev/stderr | awk '!($2 > 0 && $3 > 0 && $4 > 0 && $5 == "unless-stopped" && $6 == "false" && $7 ~ /no-new-privileges/) { bad = 1 } END { exit bad || NR != 11 }'
}

services_confined() {
  local word
  for word in "${SERVICES[@],,}"; do
    docker exec "$(container "$word")" bash -c '[[ $(id -u) == 1654 ]] && grep -q "^CapEff:[[:space:]]*0*$" /proc/1/status && ! touch /app/x 2> /dev/null && ! touch /x 2> /dev/null && grep -q "^NoNewPrivs:.*1" /proc/1/status' \
      || { echo "$word is not confined"; return 1; }
  done
}

gate_alone() {
  local word
  for word in "${SERVICES[@],,}" rabbitmq postgres jaeger; do
    if docker inspect -f '{{range .Mounts}}{{.Source}}{{"\n"}}{{end}}' "$(container "$word")" | grep 'docker\.sock$'; then echo "$word has it"; return 1; fi
  done
  [[ $(docker inspect -f '{{.HostConfig.NetworkMode}}' "$(container engine-gate)") == none ]]
}

# From where SandboxRunner's socket is: a container with more rights, somebody else's container, and what no sandbox needs.
gate_refuses() {
  cd "$(docker volume inspect -f '{{.Mountpoint}}' autodev-check_engine-gate)" && python3 - "$(docker inspect -f '{{.Id}}' "$(container postgres)")" <<'PYTHON'
import socket, sys

def call(method, path, body=""):
    line = socket.socket(socket.AF_UNIX)
    line.connect("docker.sock")
    line.sendall(f"{method} {path} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    return int(line.makefile("rb").readline().split()[1])

asked = [
    (403, "POST", "/containers/create?name=autodev-sandbox-200001", '{"Image":"autodev-sandbox:latest","HostConfig":{"Privileged":true}}'),
    (403, "POST", "/containers/create", '{"Image":"postgres:16","HostConfig":{"Binds":["/:/host"]}}'),
    (403, "GET", f"/containers/{sys.argv[1]}/json", ""),
    (403, "DELETE", f"/containers/{sys.argv[1]}?force=1", ""),
    (403, "POST", f"/containers/{sys.argv[1]}/exec", '{"Cmd":["sh"]}'),
    (403, "GET", "/images/json", ""),
    (200, "GET", "/_ping", ""),
]
for wanted, method, path, body in asked:
    got = call(method, path, body)
    print(method, path, got)
    assert got == wanted, (method, path, got)
PYTHON
}

secrets_apart() {
  local word
  for word in "${SERVICES[@],,}"; do
    docker exec "$(container "$word")" bash -c '(($(ls /run/secrets | wc -l) == 3)) && grep -q "//$1:" /run/secrets/ConnectionStrings__rabbitmq && grep -q "Username=$1;" /run/secrets/ConnectionStrings__postgres' secrets "$word" \
      || { echo "$word"; return 1; }
    if docker inspect -f '{{range .Config.Env}}{{.}}{{"\n"}}{{end}}' "$(container "$word")" | grep -iE 'password|adminkey|amqp:'; then echo "$word has a secret in its environment"; return 1; fi
  done
  [[ -z $(docker exec "$(container engine-gate)" sh -c 'ls /run/secrets 2> /dev/null') ]]
}

inner_is_closed() { [[ $(docker network inspect -f '{{.Internal}}' autodev-check_inner) == true ]]; }

# answers STATUS KEY PATH
answers() {
  local got; got=$(in_check python3 - "$2" "$3" <<'PYTHON'
import sys, urllib.error, urllib.request
request = urllib.request.Request("http://127.0.0.1:5080" + sys.argv[2], headers={"Authorization": "Bearer " + sys.argv[1]})
try:
    with urllib.request.urlopen(request, timeout=30) as answer:
        print(answer.status)
except urllib.error.HTTPError as error:
    print(error.code)
PYTHON
  )
  echo "$3: $got"
  [[ $got == "$1" ]]
}

shows_console() {
  in_check python3 - <<'PYTHON'
import re, urllib.parse, urllib.request
at = "http://127.0.0.1:5080/"
with urllib.request.urlopen(at, timeout=30) as answer:
    page, at = answer.read().decode(), answer.url
assert "Auto-Dev" in page, page[:500]
styles = re.findall(r'<link[^>]*href="([^"]+\.css[^"]*)"', page)
print(at, styles)
assert styles
for style in styles:
    with urllib.request.urlopen(urllib.parse.urljoin("http://127.0.0.1:5080/", style), timeout=30) as answer:
        assert answer.status == 200 and len(answer.read()) > 100, style
PYTHON
}

# plays_demo WORKSPACE KEY [TASK…]
plays_demo() {
  local workspace=$1 key=$2 agents; shift 2
  agents=$(sed 's/@rabbitmq:/@127.0.0.1:/' "$CHECK/tree/deploy/compose/secrets/agents/agents")
  in_check env AUTODEV_URL=http://127.0.0.1:5080 AUTODEV_ADMIN_KEY="$key" AUTODEV_AMQP="$agents" AUTODEV_WORKSPACE="$workspace" PYTHONDONTWRITEBYTECODE=1 \
    "$(python_with_pika)" "$CHECK/tree/deploy/demo/demo.py" "$@"
}

traced() { in_check python3 -c 'import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:16686/api/services", timeout=10).read().decode())' 2> /dev/null; }

sees_all_traces() {
  local word seen; seen=$(traced)
  for word in "${SERVICES[@],,}"; do [[ $seen == *"\"$word\""* ]] || return 1; done
}

sees_traces() { wait_until 60 sees_all_traces || { traced; return 1; }; }

# Its process is killed, not its container: what an administrator kills is not started again.
comes_back() {
  local id before
  id=$(container "$1")
  before=$(docker inspect -f '{{.RestartCount}}' "$id")
  kill -KILL "$(docker inspect -f '{{.State.Pid}}' "$id")"
  wait_until 60 has_restarted "$id" "$before" || { docker inspect -f '{{json .State}}' "$id"; return 1; }
  await_health "$1"
}

has_restarted() { (($(docker inspect -f '{{.RestartCount}}' "$1") > $2)); }

skills_of() {
  in_check python3 - "$1" "$2" <<'PYTHON'
import json, sys, urllib.request
request = urllib.request.Request(f"http://127.0.0.1:5080/api/memento/workspaces/{sys.argv[1]}/skills", headers={"Authorization": "Bearer " + sys.argv[2]})
with urllib.request.urlopen(request, timeout=30) as answer:
    print(sorted((skill["name"], skill["current_version"]) for skill in json.load(answer)["items"]))
PYTHON
}

same_skills() {
  local now_there; now_there=$(skills_of "$@")
  echo "$now_there"
  [[ $now_there == *"("* && $now_there == "$(cat "$LOGS/skills-before")" ]]
}

leaves_nothing() {
  check_compose down -v
  [[ -z $(docker ps -aq)$(docker volume ls -q)$(docker network ls -q --filter label=com.docker.compose.project=autodev-check) ]]
}
