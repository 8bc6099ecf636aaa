# The image that generated code runs in: deploy/sandbox makes it, its tag says which files it was made from.

image_tag() {
  local hash
  hash=$(cd "$ROOT/deploy/sandbox" 2> /dev/null && find . -type f ! -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum) || hash=none
  printf 'autodev-sandbox:%s' "${hash:0:12}"
}

image_exists() { docker --host "$ENGINE" image inspect "${Sandbox__Image:-$(image_tag)}" > /dev/null 2>&1; }

# Whether the image will have to be made on an engine that, as far as is known, cannot pull its base.
image_needs_packages() {
  [[ $rabbitmq_way$postgres_way != *compose* ]] || return 1
  ! command -v mmdebstrap > /dev/null && command -v apt-get > /dev/null || return 1
  [[ -z $ENGINE ]] || ! image_exists
}

# Made while the solution builds; finish_image_build waits for it.
start_image_build() {
  IMAGE_BUILD=
  [[ -x $ROOT/deploy/sandbox/build ]] || die "deploy/sandbox/build is missing or not executable: the sandbox image cannot be made."
  if image_exists; then return; fi
  local begun; begun=$(now)
  (
    trap - ERR EXIT
    cd "$ROOT" || exit
    # Debian's packages are unpacked with root's rights; an engine that pulls needs none.
    if [[ $rabbitmq_way$postgres_way == *compose* ]]; then
      deploy/sandbox/build "$Sandbox__Image" || exit
    else
      as_root env PATH="$PATH" DOCKER_HOST="$DOCKER_HOST" deploy/sandbox/build "$Sandbox__Image" || exit
    fi
    seconds_since "$begun" > "$RUN/image-seconds"
  ) < /dev/null > "$LOGS/image.log" 2>&1 &
  IMAGE_BUILD=$!
  AT_WORK+=("$IMAGE_BUILD")
}

finish_image_build() {
  began "Sandbox" "$LOGS/image.log"
  if [[ -z $IMAGE_BUILD ]]; then ended "image $Sandbox__Image is there"; return; fi
  wait "$IMAGE_BUILD" || { tail_of "$LOGS/image.log"; die "The sandbox image could not be made." "Whole log: $LOGS/image.log"; }
  image_exists || die "deploy/sandbox/build ended well, but the engine has no image $Sandbox__Image." "Its log: $LOGS/image.log"
  ended "image $Sandbox__Image made" "$(cat "$RUN/image-seconds")"
}
