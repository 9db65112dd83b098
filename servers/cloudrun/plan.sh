# shellcheck shell=bash disable=SC2034 # the names are used by the two scripts that read this one
# What deploy.sh and destroy.sh have in common. Both first write a plan, which is a script of gcloud commands, and then
# either show it (--dry-run) or run it: what is shown is what would be done.

# What deploy.sh makes and destroy.sh removes, by name. The services are named in their manifests.
REPOSITORY=live-bench
APP_ACCOUNT=live-bench-app
LOAD_ACCOUNT=live-bench-load
LOAD_JOB=live-bench-load
FAKE=fake-gemini

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)

give_up() { # one line, for what the user can mend
  printf 'error: %s\n' "$1" >&2
  exit 2
}

# -- options -----------------------------------------------------------------------------------------------------------

value_of() { # the value of --name=value or of --name value, where $1 is one word and $2 the next
  case $1 in
    *=*) printf '%s' "${1#*=}" ;;
    *) [ -n "${2:-}" ] || give_up "${1} needs a value; see --help" && printf '%s' "$2" ;;
  esac
}

must_be() { # must_be NAME VALUE PATTERN HINT: whatever gets into the plan has passed here, so nothing is left to quote
  [[ $2 =~ ^($3)$ ]] || give_up "$1 is '$2': $4"
}

read_dry_run() { # DRY_RUN=0 is none
  [ "$DRY_RUN" != 0 ] || DRY_RUN=""
}

must_have_place() { # the project and the region, which everything needs
  [ -n "$PROJECT" ] || give_up "which project? --project=ID, or the variable PROJECT"
  [ -n "$REGION" ] || give_up "which region? --region=us-central1, say, or the variable REGION"
  must_be --project "$PROJECT" '[a-z][a-z0-9-]{4,28}[a-z0-9]' "give the project's ID, not its name or number"
  must_be --region "$REGION" '[a-z]+-[a-z]+[0-9]+' "give a region such as us-central1"
}

derive_names() { # what follows from project and region
  IN="--project=$PROJECT --region=$REGION"
  REGISTRY=$REGION-docker.pkg.dev/$PROJECT/$REPOSITORY
  SERVICE_ACCOUNT=$APP_ACCOUNT@$PROJECT.iam.gserviceaccount.com
  LOAD_SERVICE_ACCOUNT=$LOAD_ACCOUNT@$PROJECT.iam.gserviceaccount.com
}

# -- lines of a plan ---------------------------------------------------------------------------------------------------

part() { # a heading; when the plan is run, it says how far things are
  if [ -n "$DRY_RUN" ]; then printf '\n# %s\n' "$1"; else printf '\necho %q >&2\n' "== $1"; fi
}

line() { printf '%s\n' "$1"; }

ask() { line "$1=\$($2)"; } # ask VARIABLE COMMAND

unless_found() { line "[ -n \"\$FOUND\" ] || $1"; }

if_found() { line "[ -z \"\$FOUND\" ] || $1"; }

ask_for_account() { # whether a service account is there
  ask FOUND "gcloud iam service-accounts list --project=$PROJECT \\
  --filter=email=$1 --format='value(email)'"
}

ask_for_repository() {
  ask FOUND "gcloud artifacts repositories list --project=$PROJECT --location=$REGION \\
  --filter='name~/repositories/$REPOSITORY\$' --format='value(name)'"
}

ask_for_url() { # ask_for_url VARIABLE SERVICE
  ask "$1" "gcloud run services describe $2 $IN \\
  --format='value(status.url)'"
}

url_of() { # the variable that a server's URL is kept in
  printf '%s_URL' "$1" | tr '[:lower:]' '[:upper:]'
}

# -- showing or running it ---------------------------------------------------------------------------------------------

# shellcheck disable=SC2016 # it is the shell that runs the plan which is to see this variable
ON_FAILURE='told() { echo "error: this failed, and what came before it stays: $(head -n 1 <<< "$1")" >&2; }
trap '\''told "$BASH_COMMAND"; exit 2'\'' ERR'

carry_out() { # carry_out PLAN
  if [ -n "$DRY_RUN" ]; then
    line '#!/usr/bin/env bash'
    line '# What would be done; nothing has been. Run as it stands, it does it.'
    line 'set -euo pipefail'
    line "$1"
    return
  fi
  command -v gcloud > /dev/null || give_up "gcloud is not installed; --dry-run shows what it would be asked to do"
  # A word and not the standard input, from which gcloud may want to read an answer.
  bash -euo pipefail -c "$ON_FAILURE"$'\n'"$1"
}
