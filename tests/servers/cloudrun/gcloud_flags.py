"""The options that gcloud's commands have: from its reference (general availability, 528.0.0), those we may need."""

EVERYWHERE = frozenset(("--project", "--quiet", "--format"))
_BIND = frozenset(("--condition", "--condition-from-file", "--member", "--role"))
_LIST = frozenset(("--filter", "--limit", "--page-size", "--sort-by"))

FLAGS: dict[tuple[str, ...], frozenset[str]] = {
    ("artifacts", "repositories", "create"): frozenset(
        ("--async", "--description", "--immutable-tags", "--labels", "--location", "--mode", "--repository-format")
    ),
    ("artifacts", "repositories", "delete"): frozenset(("--async", "--location")),
    ("artifacts", "repositories", "list"): _LIST | {"--location"},
    ("builds", "submit"): frozenset(
        ("--async", "--config", "--ignore-file", "--no-cache", "--region", "--substitutions", "--tag", "--timeout")
    ),
    ("config", "get"): frozenset(),
    ("iam", "service-accounts", "create"): frozenset(("--description", "--display-name")),
    ("iam", "service-accounts", "delete"): frozenset(),
    ("iam", "service-accounts", "list"): frozenset(("--filter", "--limit", "--sort-by", "--uri")),
    ("projects", "add-iam-policy-binding"): _BIND,
    ("projects", "get-iam-policy"): _LIST,
    ("projects", "remove-iam-policy-binding"): _BIND | {"--all"},
    ("run", "jobs", "delete"): frozenset(("--async", "--region")),
    ("run", "jobs", "execute"): frozenset(
        ("--args", "--async", "--container", "--region", "--task-timeout", "--tasks", "--update-env-vars", "--wait")
    ),
    ("run", "jobs", "list"): _LIST | {"--region", "--uri"},
    ("run", "jobs", "replace"): frozenset(("--async", "--region")),
    ("run", "services", "add-iam-policy-binding"): _BIND | {"--region"},
    ("run", "services", "delete"): frozenset(("--async", "--region")),
    ("run", "services", "describe"): frozenset(("--region",)),
    ("run", "services", "list"): _LIST | {"--region", "--uri"},
    ("run", "services", "replace"): frozenset(("--async", "--dry-run", "--region")),
    ("secrets", "add-iam-policy-binding"): _BIND | {"--location"},
    ("secrets", "create"): frozenset(("--data-file", "--labels", "--locations", "--replication-policy", "--ttl")),
    ("secrets", "get-iam-policy"): _LIST | {"--location"},
    ("secrets", "remove-iam-policy-binding"): _BIND | {"--all", "--location"},
    ("secrets", "versions", "describe"): frozenset(("--location", "--secret")),
    ("services", "enable"): frozenset(("--async",)),
    ("storage", "buckets", "add-iam-policy-binding"): _BIND,
    ("storage", "buckets", "get-iam-policy"): frozenset(),
    ("storage", "buckets", "remove-iam-policy-binding"): _BIND | {"--all"},
}


def command_among(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command that a call begins with. Raises LookupError for one that is not in the table."""
    for length in (3, 2):
        if words[:length] in FLAGS:
            return words[:length]
    raise LookupError(f"gcloud {' '.join(words)} is not in the table")


def unknown_options(words: tuple[str, ...]) -> set[str]:
    """The options of a call that its command does not have."""
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    return given - FLAGS[command_among(words)] - EVERYWHERE
