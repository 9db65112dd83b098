#!/usr/bin/env bash
# Takes away what deploy.sh made in a project and region, and says what it leaves.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/plan.sh"

usage() {
  cat <<'HELP'
usage: servers/cloudrun/destroy.sh --project=ID --region=REGION [options]

Removes the services, the job, the accounts with their rights, and the registry with its images.

  --project=ID, --region=REGION   where; also by the variables PROJECT and REGION
  --secret=NAME             the secret that deploy.sh was given: the right to read it is taken back, the secret stays
  --bucket=NAME             the bucket that deploy.sh was given: the right to write is taken back, the bucket stays
  --keep-images             leave the registry
  --yes                     do not ask
  --dry-run                 show every command, change nothing; needs neither gcloud nor network; also by DRY_RUN=1
HELP
}

PROJECT=${PROJECT:-} REGION=${REGION:-} DRY_RUN=${DRY_RUN:-}
SECRET="" BUCKET="" KEEP_IMAGES="" YES=""

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage && exit 0 ;;
      --keep-images) KEEP_IMAGES=yes ;;
      --yes) YES=yes ;;
      --dry-run) DRY_RUN=yes ;;
      --project | --project=*) PROJECT=$(value_of "$@") ;;
      --region | --region=*) REGION=$(value_of "$@") ;;
      --secret | --secret=*) SECRET=$(value_of "$@") && SECRET=${SECRET%:*} ;;
      --bucket | --bucket=*) BUCKET=$(value_of "$@") ;;
      -*) give_up "there is no option $1; see --help" ;;
      *) give_up "'$1' is no option; everything is removed, see --help" ;;
    esac
    case $1 in # an option whose value is a word of its own
      --keep-images | --yes | --dry-run | --*=*) ;;
      --*) shift ;;
    esac
    shift
  done
}

check_options() {
  must_have_place
  [ -z "$SECRET" ] || must_be --secret "$SECRET" '[A-Za-z0-9_-]{1,255}' "give the secret's name"
  [ -z "$BUCKET" ] || must_be --bucket "$BUCKET" '[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]' \
    "give the bucket's name without gs://"
}

# Each is looked for before it is removed: what was never made is no mistake, and a look that fails ends everything, as
# it must not pass for "not there". The label tells what deploy.sh made from what others called the same.
plan() {
  local service
  for service in live-quart live-flask "$FAKE"; do
    part "The service $service"
    plan_gone services "$service"
  done
  part "The job that makes load"
  plan_gone jobs "$LOAD_JOB"
  part "The accounts are of the whole project, so only if no other region has services that run as them"
  ask ELSEWHERE "gcloud run services list --project=$PROJECT \\
  --filter=metadata.labels.made-by=live-bench --format='value(metadata.name)'"
  line "if [ -n \"\$ELSEWHERE\" ]; then
echo 'The accounts stay: services in another region run as them'
else"
  plan_rights_gone
  plan_account_gone "$SERVICE_ACCOUNT"
  plan_account_gone "$LOAD_SERVICE_ACCOUNT"
  line "fi"
  [ -n "$KEEP_IMAGES" ] || plan_images_gone
  part "What stays"
  line "echo 'Left: the APIs that were enabled, what Cloud Build keeps, secrets, buckets${KEEP_IMAGES:+, the images}'"
}

plan_gone() { # plan_gone services|jobs NAME
  ask FOUND "gcloud run $1 list $IN \\
  --filter='metadata.name=$2 AND metadata.labels.made-by=live-bench' --format='value(metadata.name)'"
  if_found "gcloud run $1 delete $2 $IN --quiet"
}

plan_rights_gone() { # first, as they would outlive the accounts
  unbind "gcloud projects" "$PROJECT" "$SERVICE_ACCOUNT" roles/aiplatform.user " --condition=None"
  [ -z "$SECRET" ] ||
    unbind "gcloud secrets" "$SECRET --project=$PROJECT" "$SERVICE_ACCOUNT" roles/secretmanager.secretAccessor
  [ -z "$BUCKET" ] ||
    unbind "gcloud storage buckets" "gs://$BUCKET" "$LOAD_SERVICE_ACCOUNT" roles/storage.objectUser
}

unbind() { # unbind COMMANDS RESOURCE ACCOUNT ROLE [MORE]
  ask POLICY "$1 get-iam-policy $2 --format=json"
  line "case \$POLICY in
*\"serviceAccount:$3\"*)
  $1 remove-iam-policy-binding $2 \\
    --member=serviceAccount:$3 --role=$4${5:-}
  ;;
esac"
}

plan_account_gone() {
  ask_for_account "$1"
  if_found "gcloud iam service-accounts delete $1 --project=$PROJECT --quiet"
}

plan_images_gone() {
  part "The registry, with all its images"
  ask_for_repository
  if_found "gcloud artifacts repositories delete $REPOSITORY --project=$PROJECT --location=$REGION --quiet"
}

ask_first() {
  [ -t 0 ] || give_up "there is nobody to ask: add --yes to remove what deploy.sh made, or --dry-run to see it"
  local answer
  read -r -p "Remove what deploy.sh made in $PROJECT, $REGION? Type yes: " answer || answer=""
  [ "$answer" = yes ] || give_up "nothing was removed"
}

read_options "$@"
read_dry_run
check_options
derive_names
[ -n "$DRY_RUN$YES" ] || ask_first
PLAN=$(plan)
carry_out "$PLAN"
