#!/usr/bin/env bash
# Puts the chat servers on Cloud Run, private and one instance each, ready to be measured.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/plan.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/manifests.sh"

usage() {
  cat <<'HELP'
usage: servers/cloudrun/deploy.sh --project=ID --region=REGION [options] [quart] [flask] [load]

Builds the image from this checkout, deploys the chat servers named (both, if none is) and says how to measure them.
With `load` it is both, and a job that makes load from inside Cloud Run.

  --project=ID, --region=REGION   where; also by the variables PROJECT and REGION
  --backend=sidecar         a fake Gemini in each server's instance (this is the default; also by the variable BACKEND)
  --backend=fake-service    a fake Gemini as a service of its own; needs --secret with a key of your own invention
  --backend=api-key         the real Gemini by an API key; needs --secret
  --backend=vertex          the real Gemini by Vertex AI, in --gemini-location (the region, if not said)
  --secret=NAME:VERSION     the secret in Secret Manager that holds the key; the version by its number
  --public                  let everybody in, without a token
  --invoker=MEMBER          who may get in, as user:..., group:... or serviceAccount:... (who is signed in, if not said)
  --tag=TAG                 the tag of the images (the commit, if not said)
  --no-build                take the images of that tag as they are
  --bucket=NAME             for load: the bucket that shards are written to; it must exist
  --tasks=N                 for load: shards at a time, at most as many as people in the profile's smallest load (4)
  --profile=NAME            for load: the profile that is measured (default)
  --dry-run                 show every command, change nothing; needs neither gcloud nor network; also by DRY_RUN=1
HELP
}

PROJECT=${PROJECT:-} REGION=${REGION:-} BACKEND=${BACKEND:-sidecar} DRY_RUN=${DRY_RUN:-}
SECRET="" SECRET_VERSION="" GEMINI_LOCATION="" PUBLIC=false INVOKER="" TAG="" BUILD=yes
BUCKET="" TASKS=4 PROFILE=default SERVERS="" LOAD=""

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage && exit 0 ;;
      --public) PUBLIC=true ;;
      --no-build) BUILD="" ;;
      --dry-run) DRY_RUN=yes ;;
      --project | --project=*) PROJECT=$(value_of "$@") ;;
      --region | --region=*) REGION=$(value_of "$@") ;;
      --backend | --backend=*) BACKEND=$(value_of "$@") ;;
      --secret | --secret=*) SECRET=$(value_of "$@") ;;
      --gemini-location | --gemini-location=*) GEMINI_LOCATION=$(value_of "$@") ;;
      --invoker | --invoker=*) INVOKER=$(value_of "$@") ;;
      --tag | --tag=*) TAG=$(value_of "$@") ;;
      --bucket | --bucket=*) BUCKET=$(value_of "$@") ;;
      --tasks | --tasks=*) TASKS=$(value_of "$@") ;;
      --profile | --profile=*) PROFILE=$(value_of "$@") ;;
      -*) give_up "there is no option $1; see --help" ;;
      quart | flask) SERVERS="$SERVERS $1" ;;
      load) LOAD=yes ;;
      *) give_up "'$1' cannot be deployed: quart, flask and load can" ;;
    esac
    case $1 in # an option whose value is a word of its own
      --public | --no-build | --dry-run | --*=*) ;;
      --*) shift ;;
    esac
    shift
  done
}

check_options() {
  must_have_place
  must_be --backend "$BACKEND" 'sidecar|fake-service|api-key|vertex' "choose sidecar, fake-service, api-key or vertex"
  must_be --gemini-location "${GEMINI_LOCATION:=$REGION}" '[a-z]+(-[a-z]+[0-9]+)?' "give a region, or global"
  must_be --tasks "$TASKS" '[1-9][0-9]{0,3}' "give a number from 1 to 9999"
  must_be --profile "$PROFILE" '[a-z0-9-]+' "give the name of a profile that live-bench has"
  [ -z "$INVOKER" ] || must_be --invoker "$INVOKER" '(user|group|serviceAccount|domain):[A-Za-z0-9@._+-]+' \
    "say user:somebody@example.com, or group: or serviceAccount: before an address"
  case $BACKEND in
    api-key | fake-service)
      [ -n "$SECRET" ] || give_up "--backend=$BACKEND needs --secret=NAME:VERSION; $(how_to_make "$(usual_secret)")"
      must_be --secret "$SECRET" '[A-Za-z0-9_-]{1,255}:[1-9][0-9]*' \
        "give NAME:VERSION with the version's number, as two instances could read two different latest ones"
      SECRET_VERSION=${SECRET##*:} SECRET=${SECRET%:*}
      ;;
  esac
  if [ -n "$LOAD" ]; then
    case $BACKEND in
      api-key | vertex) give_up "load is made on a fake Gemini only: choose --backend=sidecar or fake-service" ;;
    esac
    SERVERS=""
    [ -n "$BUCKET" ] || give_up "load needs --bucket=NAME, of a bucket that exists, for what it measures"
    must_be --bucket "$BUCKET" '[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]' "give the bucket's name without gs://"
    check_tasks
  fi
  : "${SERVERS:=quart flask}"
}

check_tasks() { # no task without people, which would fail there: the fewest are those of a case's first step
  local file=$ROOT/bench/profiles/$PROFILE.toml fewest="" people=0 steps=1 key value first
  [ -f "$file" ] || give_up "there is no profile '$PROFILE': --profile takes the name of one in bench/profiles"
  while read -r key _ value _; do
    case $key in
      sessions) people=$value ;;
      steps) steps=$value ;;
      "[[case]]")
        first=$(((2 * people + steps - 1 + people / steps % 2) / (2 * steps))) # rounded as Python does: halves to even
        [ "$people" = 0 ] || [ "${fewest:-$first}" -lt "$first" ] || fewest=$first
        people=0 steps=1
        ;;
    esac
  done < <(cat "$file" && echo "[[case]]")
  [ "$TASKS" -le "$fewest" ] ||
    give_up "--tasks is $TASKS, and profile $PROFILE begins with $fewest people: give fewer tasks, or a larger profile"
}

usual_secret() { if [ "$BACKEND" = api-key ]; then echo gemini-api-key; else echo fake-gemini-key; fi; }

how_to_make() { # the command that makes a secret from what is typed, so that the key is in no file and in no history
  printf 'to make one, run this, type the key, then Ctrl-D twice: %s' \
    "gcloud secrets create $1 --project=$PROJECT --data-file=-"
}

choose_tag() { # the commit, so that what is measured can be found again
  if [ -z "$TAG" ]; then
    TAG=$(git -C "$ROOT" rev-parse --short=12 HEAD 2> /dev/null) ||
      give_up "this is no git checkout: name the images with --tag=TAG"
    [ -z "$(git -C "$ROOT" status --porcelain -- servers loadtests bench pyproject.toml)" ] ||
      give_up "what goes into the images has uncommitted changes: commit them, or name the images with --tag=TAG"
  fi
  must_be --tag "$TAG" '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}' "give letters, digits, dots and dashes"
  [ "$TAG" != latest ] || give_up "--tag is 'latest': give a name that stays with what it names"
}

# -- the plan ----------------------------------------------------------------------------------------------------------

plan() {
  plan_checks
  plan_places
  plan_images
  plan_rights
  [ "$BACKEND" != fake-service ] || plan_fake
  local server
  for server in $SERVERS; do plan_server "$server"; done
  [ -z "$LOAD" ] || plan_load
  plan_farewell
}

plan_checks() {
  line "cd $(printf '%q' "$ROOT")"
  if [ -n "$SECRET" ]; then
    part "The key, which must be there already"
    local told
    told="error: you cannot see version $SECRET_VERSION of the secret $SECRET; $(how_to_make "$SECRET")"
    line "gcloud secrets versions describe $SECRET_VERSION --secret=$SECRET --project=$PROJECT --format='value(name)' \\
  > /dev/null || { echo '$told' >&2; exit 2; }"
  fi
  [ "$PUBLIC" = false ] && [ -z "$INVOKER" ] || return 0
  part "Who is to be let in: whoever is signed in here"
  ask INVOKER "gcloud config get account"
  line "case \$INVOKER in
  *.gserviceaccount.com) INVOKER=serviceAccount:\$INVOKER ;;
  *@*) INVOKER=user:\$INVOKER ;;
  *) echo 'error: nobody is signed in: gcloud auth login, or say --invoker=MEMBER' >&2; exit 2 ;;
esac"
}

plan_places() {
  part "The services of the project that are used"
  local secrets="" model=""
  [ -z "$SECRET" ] || secrets=" secretmanager.googleapis.com"
  [ "$BACKEND" != vertex ] || model=" aiplatform.googleapis.com"
  line "gcloud services enable run.googleapis.com artifactregistry.googleapis.com \\
  cloudbuild.googleapis.com$secrets$model --project=$PROJECT"
  part "The registry of the images"
  ask_for_repository
  unless_found "gcloud artifacts repositories create $REPOSITORY --project=$PROJECT --location=$REGION \\
  --repository-format=docker --description='Images of gemini-live-bench'"
  part "The account that the servers run as, which may do nothing until it is given a right below"
  plan_account "$APP_ACCOUNT" "$SERVICE_ACCOUNT"
  [ -z "$LOAD" ] || plan_account "$LOAD_ACCOUNT" "$LOAD_SERVICE_ACCOUNT"
}

plan_account() { # plan_account NAME ADDRESS
  ask_for_account "$2"
  unless_found "gcloud iam service-accounts create $1 --project=$PROJECT --display-name=$1"
}

plan_images() {
  IMAGE=$REGISTRY/serve:$TAG LOAD_IMAGE=$REGISTRY/load:$TAG
  [ -n "$BUILD" ] || return 0
  part "The image of the servers and of the fake"
  plan_image serve "$IMAGE"
  [ -n "$LOAD" ] || return 0
  part "The image of the load"
  plan_image load "$LOAD_IMAGE"
}

plan_image() { # plan_image TARGET IMAGE
  line "gcloud builds submit . --project=$PROJECT --config=servers/cloudrun/cloudbuild.yaml \\
  --ignore-file=servers/cloudrun/Dockerfile.dockerignore \\
  --substitutions=_TARGET=$1,_IMAGE=$2"
}

plan_rights() {
  local member="--member=serviceAccount:$SERVICE_ACCOUNT"
  if [ -n "$SECRET" ]; then
    part "The servers may read this one secret"
    line "gcloud secrets add-iam-policy-binding $SECRET --project=$PROJECT \\
  $member --role=roles/secretmanager.secretAccessor"
  fi
  if [ "$BACKEND" = vertex ]; then
    part "The servers may use Vertex AI"
    line "gcloud projects add-iam-policy-binding $PROJECT \\
  $member --role=roles/aiplatform.user --condition=None"
  fi
}

plan_fake() {
  part "The fake Gemini"
  replace services < "$HERE/fake-gemini.yaml"
  ask_for_url FAKE_URL "$FAKE"
}

plan_server() {
  part "The chat server $1"
  manifest_of "$1" | replace services
  ask_for_url "$(url_of "$1")" "live-$1"
  [ "$PUBLIC" = true ] || let_in "$1" "${INVOKER:-\$INVOKER}"
}

let_in() { # let_in SERVER MEMBER
  line "gcloud run services add-iam-policy-binding live-$1 $IN \\
  --member=\"$2\" --role=roles/run.invoker"
}

plan_load() {
  part "The job that makes load: it may call both servers and write to the bucket"
  let_in quart "serviceAccount:$LOAD_SERVICE_ACCOUNT"
  let_in flask "serviceAccount:$LOAD_SERVICE_ACCOUNT"
  line "gcloud storage buckets add-iam-policy-binding gs://$BUCKET \\
  --member=serviceAccount:$LOAD_SERVICE_ACCOUNT --role=roles/storage.objectUser"
  replace jobs < "$HERE/load-job.yaml"
}

plan_farewell() {
  part "Where they are, and how to measure them"
  local server url targets="" auth=" --auth gcloud" real=""
  local few="--profile servers/cloudrun/few-people.toml --allow-real-model --max-sessions 5 --max-turns 600"
  for server in $SERVERS; do
    url=\$$(url_of "$server")
    line "echo \"$server is at $url\""
    targets="$targets --target $server=$url"
  done
  [ "$PUBLIC" = false ] || auth=""
  case $BACKEND in api-key | vertex) real=" $few" ;; esac
  line "echo \"Measure: live-bench run$targets$auth$real\""
  if [ -n "$LOAD" ]; then
    line "echo \"Load from there: gcloud run jobs execute $LOAD_JOB $IN --wait\""
    line "echo \"... and what came of it: gcloud storage cp --recursive gs://$BUCKET/EXECUTION shards \
&& live-bench merge shards/EXECUTION\""
  fi
}

read_options "$@"
read_dry_run
check_options
choose_tag
derive_names
[ "$PUBLIC" = false ] || echo "warning: everybody who finds the address may talk to these servers, at your cost" >&2
PLAN=$(plan)
carry_out "$PLAN"
