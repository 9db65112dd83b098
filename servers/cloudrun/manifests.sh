# shellcheck shell=bash disable=SC2154 # the values are deploy.sh's
# How a manifest gets its values. What stands in ${...} is filled in here; but for URLs, which are known only once a
# service is there, so the plan asks for them and the shell that runs it puts them in.

manifest_of() { # the file for a server by the backend, with its last part, env, exchanged where another is wanted
  case $BACKEND in
    sidecar) cat "$HERE/$1-with-fake.yaml" ;;
    api-key) cat "$HERE/$1.yaml" ;;
    *) sed '/^ *env:$/,$d' "$HERE/$1.yaml" && cat "$HERE/env/$BACKEND.yaml" ;;
  esac
}

filled() { # the manifest on the standard input with our values; URLs stay for the plan, which asks for them
  local text name
  text=$(sed '/^ *#/d')
  for name in IMAGE LOAD_IMAGE SERVICE_ACCOUNT LOAD_SERVICE_ACCOUNT PUBLIC PROJECT GEMINI_LOCATION \
    SECRET SECRET_VERSION BUCKET TASKS PROFILE; do
    text=${text//"\${$name}"/"${!name}"}
  done
  text=$(printf '%s' "$text" | sed 's/[\\`$]/\\&/g') # the rest is no business of the shell's
  for name in FAKE_URL QUART_URL FLASK_URL; do
    text=${text//"\\\${$name}"/"\${$name}"}
  done
  printf '%s\n' "$text"
}

replace() { # replace KIND: services or jobs, by the manifest on the standard input
  line "gcloud run $1 replace - $IN <<MANIFEST"
  filled
  line MANIFEST
}
