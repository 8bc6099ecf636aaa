# What must come from the package manager: said before it is done, only what is missing, and nothing is started by it.

NEEDED=() NEEDED_WHY=()

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

can_be_root() { [[ $(id -u) == 0 ]] || command -v sudo > /dev/null; }

can_install() { command -v apt-get > /dev/null && can_be_root; }

# need PACKAGE WHY: puts it on the list.
need() {
  [[ " ${NEEDED[*]:-} " == *" $1 "* ]] || { NEEDED+=("$1"); NEEDED_WHY+=("$1: $2"); }
}

install_needed() {
  ((${#NEEDED[@]} > 0)) || return 0
  can_install || die "These are missing, and there is no apt with root or sudo to install them: ${NEEDED[*]}" \
    "${NEEDED_WHY[@]}" \
    "Install them yourself, give a Docker engine that can pull images (DOCKER_HOST)," \
    "or point ConnectionStrings__rabbitmq, ConnectionStrings__postgres and DOCKER_HOST at servers that exist."
  local how="as root"
  [[ $(id -u) == 0 ]] || how="with sudo"
  say "To be installed from Debian packages, by apt, $how: ${NEEDED[*]}"
  local log=$LOGS/apt.log
  began "Packages" "$log"
  as_root apt-get update > "$log" 2>&1 || { tail_of "$log"; die "apt-get update failed: the package list could not be read." "Whole log: $log"; }
  # Debian 13 moved the docker command out of docker.io.
  if [[ " ${NEEDED[*]} " == *" docker.io "* ]] && [[ -n $(apt-cache search --names-only '^docker-cli$') ]]; then NEEDED+=(docker-cli); fi
  without_starting_services as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${NEEDED[@]}" >> "$log" 2>&1 \
    || { tail_of "$log"; die "apt could not install: ${NEEDED[*]}" "Whole log: $log"; }
  ended "${#NEEDED[@]} installed"
  NEEDED=() NEEDED_WHY=()
}

# Debian starts a server as it installs it. Ours run privately, so policy-rc.d says no for the moment, and what was
# new on this machine is not left to start at boot either.
without_starting_services() {
  local policy=/usr/sbin/policy-rc.d outcome=0 unit
  if [[ -e $policy ]]; then "$@"; return; fi
  POLICY_MADE=$policy
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null && as_root chmod 755 "$policy"
  "$@" || outcome=$?
  remove_policy
  if [[ -d /run/systemd/system ]]; then
    for unit in rabbitmq-server postgresql docker.service docker.socket; do
      if [[ " ${NEEDED[*]} " == *" ${unit%%.*}"* ]]; then as_root systemctl disable "$unit" > /dev/null 2>&1 || true; fi
    done
  fi
  return $outcome
}

# Also when the script is interrupted in between.
remove_policy() {
  if [[ -n ${POLICY_MADE:-} ]]; then as_root rm -f "$POLICY_MADE"; POLICY_MADE=; fi
}
