#!/usr/bin/env bash
# Builds everything with warnings as errors, checks the format, and runs every test of every test project.
# The last line is "N passed, N failed". The exit code is 0 only if nothing failed and at least one test ran.
#
# It needs the .NET 10 SDK. What else is missing is installed with apt-get (see below).
# It takes no arguments; the environment is passed on to the tests, so that a long soak is asked for like this:
#
#   POINTBOOK_KILLS=200 ./test.sh          how often each kind of crash test kills a server
#   CsCheck_Time=600 ./test.sh             how many seconds each property is tried for
#   POINTBOOK_BIT_STEP=1 ./test.sh         flip every bit of the account store; a sample of them otherwise
#   POINTBOOK_TEST_SECONDS=7200 ./test.sh  after how long a build or a test project is stopped (1800 by default)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds_max=${POINTBOOK_TEST_SECONDS:-1800}
passed=0
failed=0
is_finished=false
is_stopped=false
group=
reports=

# What the tests need besides the SDK: how to see that it is there, and the Debian package (a pattern) it comes in.
needs() {
    need 'command -v curl' '^curl$'                        # the README's commands
    need 'ldconfig -p | grep -q libicuuc' '^libicu[0-9]+$' # payer names are normalized
    need 'command -v setpriv' '^util-linux$'               # PostgreSQL does not run as root
    need 'command -v chromium' '^chromium$'                # the page at /docs is looked at in a browser
    need 'command -v sqlite3' '^sqlite3$'                  # backups as docs/operations.md takes them
    need 'ls /usr/lib/postgresql/*/bin/initdb || command -v initdb' '^postgresql$'
}

need() {
    if ! PATH="$PATH:/sbin:/usr/sbin" bash -c "$1" >/dev/null 2>&1; then
        install_package "$2"
    fi
}

install_package() {
    local package
    as_root apt-get update -q
    package=$(apt-cache --names-only search "$1" | sort -V | tail -n 1 | cut -d ' ' -f 1)
    # The tests start PostgreSQL themselves; the package need not create and start a cluster of its own.
    if [ "$package" = postgresql ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$package"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Prints the result last, whatever happened before.
finish() {
    trap - EXIT
    stop_group
    if [ -n "$reports" ]; then rm -rf "$reports"; fi
    if [ "$is_finished" = false ]; then fail 'the run was cut short'; fi
    if [ "$((passed + failed))" = 0 ]; then fail 'no test ran'; fi
    echo "$passed passed, $failed failed"
    exit "$((failed > 0))"
}

fail() {
    echo "FAILED: $1"
    failed=$((failed + 1))
}

# Runs a command in a process group of its own and ends with it whatever the command left behind.
run() {
    local code=0 begun=$SECONDS
    echo "== $*"
    timeout --kill-after=30 "$seconds_max" "$@" </dev/null &
    group=$!
    wait "$group" || code=$?
    stop_group
    # timeout returns 124, or 137 if it had to kill the command. The kernel's kill for lack of memory is a 137 before the limit.
    is_stopped=false
    if [[ $code == 124 || $code == 137 ]] && [ "$((SECONDS - begun))" -ge "$seconds_max" ]; then is_stopped=true; fi
    return "$code"
}

# How the last command ended: the time limit stopped it, or else what the caller says.
ending() {
    if [ "$is_stopped" = true ]; then echo "was stopped after $seconds_max s"; else echo "$1"; fi
}

stop_group() {
    if [ -n "$group" ]; then
        kill -KILL -- "-$group" 2>/dev/null || true
        group=
    fi
}

# Adds up what the reports of a test project say. A host that crashed leaves no report, or one with tests that did not run.
count() {
    local project=$1 code=$2 total=0 good=0 bad=0 report counters
    shopt -s nullglob
    for report in "$reports/$project"/*.trx; do
        counters=$(grep -o '<Counters [^>]*>' "$report" | head -n 1)
        total=$((total + $(counter "$counters" total)))
        good=$((good + $(counter "$counters" passed)))
    done
    bad=$((total - good))
    passed=$((passed + good))
    failed=$((failed + bad))
    if [ "$is_stopped" = true ]; then
        fail "$project was stopped after $seconds_max s"
    elif [ "$total" = 0 ]; then
        fail "$project reported no tests (exit code $code)"
    elif [ "$code" != 0 ] && [ "$bad" = 0 ]; then
        fail "$project ended with exit code $code"
    fi
}

counter() {
    local number
    number=$(grep -oE " $2=\"[0-9]+\"" <<<"$1" | grep -oE '[0-9]+' || true)
    echo "${number:-0}"
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# No server of the build outlives the run.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

if [ "$#" -gt 0 ]; then
    echo "test.sh takes no arguments; see its first lines."
    exit 2
fi

needs
if ! command -v dotnet >/dev/null; then
    echo 'The .NET 10 SDK is missing: https://dotnet.microsoft.com/download'
    exit 1
fi

if ! run dotnet build Pointbook.slnx --configuration Release -warnaserror --disable-build-servers; then
    fail "the build $(ending failed), so no test ran"
    is_finished=true
    exit 1
fi

run dotnet format Pointbook.slnx --no-restore --verify-no-changes || fail "dotnet format $(ending 'would change something')"

reports=$(mktemp -d)
for path in tests/*.Tests/*.csproj; do
    project=$(basename "$path" .csproj)
    code=0
    run dotnet test --project "$path" --configuration Release --no-build --no-progress \
        --results-directory "$reports/$project" --report-xunit-trx || code=$?
    count "$project" "$code"
done
is_finished=true
