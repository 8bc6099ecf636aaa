# An account a service on the broker and in the database, and one for agents, under .autodev/accounts (deploy/accounts/make). Made for servers that were started here;
# for those that the environment gave, `accounts` says what their administrator has to do, and AUTODEV_ACCOUNTS=yes that it was done.

ACCOUNTS=$STATE/accounts

# make_accounts: before the parts start, since the broker reads its users then.
make_accounts() {
  local broker=amqp://127.0.0.1:${rabbitmq_port:-5672}/autodev database="Host=127.0.0.1;Port=${postgres_port:-5432}"
  [[ $rabbitmq_way != environment ]] || broker=$(sed -E 's|//[^@/]*@|//|' <<< "$ConnectionStrings__rabbitmq")
  [[ $postgres_way != environment ]] || database=$(without_credentials "$ConnectionStrings__postgres")
  RABBITMQ=$broker POSTGRES=$database ADMIN_PASSWORD=${rabbitmq_password:-} FLEETS=${fleets:-} "$ROOT/deploy/accounts/make" "$ACCOUNTS" || die "The accounts could not be made in $ACCOUNTS."
}

without_credentials() { tr ';' '\n' <<< "$1" | grep -viE '^ *(user ?(name|id)?|uid|password|pwd) *=' | paste -sd ';' -; }

# Whether this part of the service is reached by its own account: of the environment's servers only their administrator knows.
has_accounts() { local way; way=$(way_of "$1"); [[ -d $ACCOUNTS && ($way != environment || ${AUTODEV_ACCOUNTS:-} == yes) ]]; }

# connection_of SERVICE PART: by the service's own account where there is one.
connection_of() {
  local given=ConnectionStrings__$2
  if has_accounts "$2"; then cat "$ACCOUNTS/$(word_of "$1")/$given"; else printf '%s' "${!given}"; fi
}

agents_address() { if has_accounts rabbitmq; then cat "$ACCOUNTS/agents/agents"; else printf '%s' "$RABBITMQ_URL"; fi; }

# apply_accounts: to the servers of ours. A broker loads its users when it starts; one that runs is told what is new.
apply_accounts() {
  local part print
  for part in rabbitmq postgres; do
    [[ $(way_of "$part") != environment ]] || continue
    print=$(cat "$ACCOUNTS/rabbitmq/definitions.json" "$ACCOUNTS/postgres/accounts.sql" | sha256sum)
    [[ $print != "$(cat "$RUN/accounts-$part.print" 2> /dev/null)" ]] || continue
    "apply_to_$part" > "$LOGS/accounts-$part.log" 2>&1 || { tail_of "$LOGS/accounts-$part.log"; die "The accounts could not be made in $part." "Whole log: $LOGS/accounts-$part.log"; }
    printf '%s\n' "$print" > "$RUN/accounts-$part.print"
  done
}

apply_to_rabbitmq() {
  local status
  status=$(http_post "$rabbitmq_management_port" /api/definitions "autodev:$rabbitmq_password" "$ACCOUNTS/rabbitmq/definitions.json")
  echo "POST /api/definitions: ${status:-no answer}"
  [[ $status == 20? ]]
}

# This server is nobody else's: the accounts have no business in the databases that it came with either.
apply_to_postgres() {
  local sql
  sql=$(cat "$ACCOUNTS/postgres/accounts.sql" && printf '\nrevoke connect on database postgres, template1 from public;\n')
  if [[ $postgres_way == compose ]]; then
    docker --host "$compose_docker_host" exec -i -e PGPASSWORD="$postgres_password" "$(compose_container postgres)" psql -X -h 127.0.0.1 -U autodev -d postgres <<< "$sql"
  else
    PGPASSWORD=$postgres_password "$(postgres_bin)/psql" -X -h 127.0.0.1 -p "$postgres_port" -U autodev -d postgres <<< "$sql"
  fi
}

# accounts [FLEET]: without a name, where they are and how they come to servers of others; with one, a fleet of agents gets an account of its own.
accounts() {
  [[ -e $STATE/env ]] || die "Nothing is known yet: run deploy/autodev up first."
  lock
  open_state
  open_data
  if [[ -n ${1:-} ]]; then
    [[ $1 =~ ^[a-z][a-z0-9-]*$ ]] || die "'$1' is no name for a fleet: small letters, digits and -."
    [[ " ${SERVICES[*],,} autodev agents " != *" $1 "* ]] || die "'$1' is somebody else's name."
    [[ " ${fleets:-} " == *" $1 "* ]] || remember fleets "${fleets:+$fleets }$1"
  fi
  [[ $(way_of rabbitmq) != environment ]] || ConnectionStrings__rabbitmq=${ConnectionStrings__rabbitmq:-$used_rabbitmq}
  [[ $(way_of postgres) != environment ]] || ConnectionStrings__postgres=${ConnectionStrings__postgres:-$used_postgres}
  make_accounts
  apply_accounts
  if [[ -n ${1:-} ]]; then cat "$ACCOUNTS/agents/$1"; echo; return; fi
  say "Each service has an account of its own, each fleet of agents one that may publish to autodev.ingest and nothing else: $ACCOUNTS"
  [[ $(way_of rabbitmq) != environment ]] || say "The broker is not ours. Its administrator runs:  rabbitmqctl import_definitions $ACCOUNTS/rabbitmq/definitions.json"
  [[ $(way_of postgres) != environment ]] || say "The database is not ours. Its administrator runs:  psql -X -d postgres -f $ACCOUNTS/postgres/accounts.sql"
  [[ $(way_of rabbitmq)$(way_of postgres) != *environment* ]] || say "Then AUTODEV_ACCOUNTS=yes deploy/autodev up starts the services with them."
}
