# Sourced by ./runner and tests/run: installs what is missing, configures, and builds what is stale. POSIX sh.
#
#   root=/path/of/the/tree
#   . "$root/framework/cmake/setup.sh"
#   setup programs   # or: setup tests
#
# `setup` returns when everything is up to date and leaves with 3, after saying why, when that cannot be reached. All it
# says goes to stderr. It reads stdin only to ask at a terminal, and never changes the working directory.
#
# The environment decides: RUNNER_NO_INSTALL=1 never installs; CMAKE_PREFIX_PATH leads to another LibTorch, for example
# one with CUDA, which then takes the place of Debian's.
# shellcheck shell=sh

# The Debian packages that the programs need. The one list: the message that asks, the installation and the message on
# other systems all come from it.
program_packages='
cmake                # writes the build files
ninja-build          # runs the build and knows what is stale
g++                  # compiler, linker and readelf
ccache               # makes the second build of the same file free
libtorch-dev         # LibTorch: tensors, automatic differentiation, neural networks
libopenblas0-openmp  # matrix products; other builds of it slow training down 4 to 30 times
libyaml-cpp-dev      # reads experiments
libboost-dev         # Boost.DLL opens plugins
libsqlite3-dev       # the results database
libsqlitecpp-dev     # SQLite from C++
libspdlog-dev        # logs
libcli11-dev         # the command line
nlohmann-json3-dev   # messages between runner and workers
libutfcpp-dev        # UTF-8
libssl-dev           # SHA-256
libarchive-dev       # compressed texts and archives
libgit2-dev          # the revision of the experiment is noted beside its results
fortunes-zh          # Chinese poems that the experiments train on
'

# What the tests need besides.
test_packages='
libgtest-dev         # GoogleTest
libgmock-dev         # its mocks and matchers
'

build=$root/build
log=$build/build.log

# What one build step costs on average, over all steps of a first build; for the minutes to expect.
seconds_per_step=10

say() { printf 'runner: %s\n' "$*" >&2; }

give_up() {
  say "$@"
  exit 3
}

# setup programs|tests
setup() {
  if ! is_writable; then
    [ -x "$build/bin/runner" ] || give_up "cannot write to $build, where the programs are to be built." \
      "Use a copy of this tree that is yours, or change the folder's owner."
    [ "$1" = programs ] || give_up "$build is not writable, so the tests cannot be built there." \
      "Use a copy of this tree that is yours, or change the folder's owner."
    say "$build is not writable; using it as it is"
    return 0
  fi
  trap 'printf "\n" >&2; say "interrupted; the same command continues"; exit 130' INT
  take_turn
  look_around
  if ! is_ready "$1"; then make_ready "$1"; fi
  exec 9>&-
  trap - INT
}

is_writable() {
  { [ -d "$build" ] || mkdir -p "$build" 2>/dev/null; } && [ -w "$build" ] && { [ ! -e "$build/.lock" ] || [ -w "$build/.lock" ]; }
}

# Two launchers must not build at once. The lock is file descriptor 9, closed for everything that may outlive us.
take_turn() {
  exec 9>"$build/.lock"
  if flock -n 9 2>/dev/null; then return 0; fi
  command -v flock >/dev/null || give_up "the program flock is missing (Debian: util-linux)."
  say "another runner is building in $build; waiting for it to finish"
  flock 9
}

# What everything below goes by: the release of the system, how the build folder was configured, where another LibTorch
# lies (as the environment says, or said then), and what must be the same for the packages to be the same.
look_around() {
  system=$(
    ID=unknown VERSION_ID=''
    # shellcheck source=/dev/null
    if [ -r /etc/os-release ]; then . /etc/os-release; fi
    printf '%s %s' "$ID" "$VERSION_ID"
  )
  read_configured
  prefix=${CMAKE_PREFIX_PATH:-$was_prefix}
  packages_key="$program_packages$test_packages$system $prefix."
}

# True without asking dpkg, apt or CMake anything: this must cost milliseconds.
is_ready() {
  packages_are_known "$1" && is_configured "$1" && [ -z "$(stale_steps "$1")" ]
}

make_ready() {
  if ! packages_are_known "$1"; then require_packages "$1"; fi
  if ! is_configured "$1" || build_files_are_stale "$1"; then configure "$1"; fi
  if build_stale "$1"; then return 0; fi
  # A package that was removed since it was noted as installed explains a failure.
  if has_apt && [ -n "$(missing_packages "$1")" ]; then
    require_packages "$1"
    configure "$1"
    if build_stale "$1"; then return 0; fi
  fi
  explain_failed_build
}

# --- packages ---------------------------------------------------------------------------------------------------------

# "name  # reason", one a line.
packages_with_reasons() {
  not_needed='^$'
  if brings_libtorch; then not_needed='^$|^libtorch-dev |^libopenblas0-openmp '; fi
  listed=$program_packages
  if [ "$1" = tests ]; then listed=$listed$test_packages; fi
  printf '%s\n' "$listed" | grep -Ev -e "$not_needed"
}

package_names() { packages_with_reasons "$1" | sed 's/ .*//'; }

# Whether the prefix leads to a LibTorch; the official ones bring their own BLAS, too.
brings_libtorch() {
  printf '%s\n' "$prefix" | tr ':;' '\n\n' | while IFS= read -r folder; do
    [ -n "$folder" ] || continue
    find -H "$folder" -maxdepth 5 -path '*/cmake/Torch/TorchConfig.cmake' 2>/dev/null
  done | grep -q .
}

# The list that was last found complete stands in a file, so that dpkg is not asked at every start.
packages_are_known() {
  [ -f "$build/.packages-$1" ] && [ "$(cat "$build/.packages-$1")" = "$packages_key" ]
}

missing_packages() {
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
  package_names "$1" | while read -r package; do
    printf '%s\n' "$installed" | grep -qxF -e "$package" || printf '%s\n' "$package"
  done
}

require_packages() {
  if has_apt; then
    missing=$(missing_packages "$1")
    if [ -n "$missing" ]; then install_packages "$1"; fi
  elif [ ! -f "$build/CMakeCache.txt" ]; then
    refuse_other_system "$1"
  fi  # else: whoever configured the build folder by hand has seen to the libraries
  printf '%s\n' "$packages_key" >"$build/.packages-$1"
}

has_apt() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

refuse_other_system() {
  say "this is not Debian or a relative of it (no apt-get), so these cannot be installed for you;" \
    "the names are Debian's:"
  packages_with_reasons "$1" | sed 's/^/  /' >&2
  give_up "install what they stand for, then: cmake --preset default -S '$root' && '$root/runner'"
}

# Installs $missing, or says why not.
install_packages() {
  say 'these Debian packages are missing:'
  packages_with_reasons "$1" | while read -r package reason; do
    case " $(echo "$missing" | tr '\n' ' ') " in *" $package "*) printf '  %-20s %s\n' "$package" "$reason" >&2 ;; esac
  done
  command="apt-get install --no-install-recommends $(echo "$missing" | tr '\n' ' ')"
  if [ "${RUNNER_NO_INSTALL:-0}" != 0 ]; then
    give_up "RUNNER_NO_INSTALL is set, so nothing is installed. To install them: $command"
  fi
  find_root_rights
  if is_interactive; then ask_to_install; fi
  say "installing (with all they depend on, up to 2 GB on disk; a few minutes)"
  # shellcheck disable=SC2086 # one word a package
  run_apt $missing || give_up "the installation failed. To see why: $command"
}

is_interactive() { [ -t 0 ] && [ -t 2 ]; }

# Sets as_root to what must stand before a command: nothing, or sudo.
find_root_rights() {
  as_root=
  if [ "$(id -u)" = 0 ]; then return 0; fi
  as_root=sudo
  if command -v sudo >/dev/null && { is_interactive || sudo -n true 2>/dev/null; }; then return 0; fi
  give_up "installing needs root, and there is no terminal to ask for a password or no sudo. As root: $command"
}

ask_to_install() {
  printf 'runner: install them now%s? [Y/n] ' "${as_root:+ with $as_root}" >&2
  read -r answer || answer=n
  case $answer in
    '' | [yY] | [yY][eE][sS]) ;;
    *) give_up "nothing was installed. To install them yourself: $command" ;;
  esac
}

# Lists of packages that are absent or too old are fetched, others are not.
run_apt() {
  if [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' 2>/dev/null | head -n 1)" ]; then
    if apt install -y --no-install-recommends "$@"; then return 0; fi
    say 'that failed; fetching new package lists and trying once more'
  fi
  apt update && apt install -y --no-install-recommends "$@"
}

# A maintainer script may start a service, which must not inherit our lock.
apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@" </dev/null >&2 9>&-
}

# --- configuring ------------------------------------------------------------------------------------------------------

# What a configured build folder depends on: the place of the tree, the release, and CMAKE_PREFIX_PATH where it is set.
is_configured() {
  [ -f "$build/build.ninja" ] && [ "$was_root" = "$root" ] && [ "$was_system" = "$system" ] &&
    [ "$was_prefix" = "$prefix" ] && { [ "$1" != tests ] || [ "$had_tests" = tests ]; }
}

read_configured() {
  was_root='' was_system='' was_prefix='' had_tests=''
  [ -f "$build/.configured" ] || return 0
  {
    IFS= read -r was_root
    IFS= read -r was_system
    IFS= read -r was_prefix
    IFS= read -r had_tests
  } <"$build/.configured" || true
}

# A folder that somebody configured by hand keeps all options it was given.
configure() {
  if is_for_elsewhere; then
    rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles" "$build/.ninja_log" "$build/.ninja_deps"
  fi
  if [ "$1" = tests ]; then had_tests=tests; fi
  was_root=$root was_system=$system was_prefix=$prefix
  set -- -G Ninja -S "$root" -B "$build"
  if [ "$had_tests" = tests ]; then
    set -- -DRUNNER_BUILD_TESTS=ON "$@"
  elif [ ! -f "$build/CMakeCache.txt" ]; then
    set -- -DRUNNER_BUILD_TESTS=OFF "$@"
  fi
  say "configuring $build"
  if ! CMAKE_PREFIX_PATH=$prefix cmake "$@" >"$log" 2>&1 </dev/null 9>&-; then
    tail -n 40 "$log" >&2
    give_up "CMake failed, see above; all it said is in $log"
  fi
  printf '%s\n%s\n%s\n%s\n' "$was_root" "$was_system" "$was_prefix" "$had_tests" >"$build/.configured"
}

# The tree was moved, the system upgraded, or another LibTorch chosen: nothing built before may be kept.
is_for_elsewhere() {
  [ -n "$was_root" ] || return 1
  [ "$was_root" != "$root" ] || [ "$was_system" != "$system" ] || [ "$was_prefix" != "$prefix" ]
}

# --- building ---------------------------------------------------------------------------------------------------------

# ninja's name for what is to be built.
target() { if [ "$1" = tests ]; then echo all; else echo programs; fi; }

# How many steps are to be done; nothing when everything is up to date.
stale_steps() {
  plan=$(plan "$1")
  case $plan in
    *'no work to do.'*) ;;
    *) printf '%s\n' "$plan" | grep -c '^\[' || echo 1 ;;
  esac
}

plan() { ninja -C "$build" -n "$(target "$1")" 2>&1 9>&- || true; }

# Whether a CMakeLists.txt changed since the last time.
build_files_are_stale() {
  case $(plan "$1") in *'Re-running CMake'*) ;; *) return 1 ;; esac
}

build_stale() {
  steps=$(stale_steps "$1")
  if [ -z "$steps" ]; then return 0; fi
  cores=$(nproc)
  say "building in $build ($steps steps, $cores cores, about $(minutes $((steps * seconds_per_step / cores))))"
  {
    status=0
    NINJA_STATUS='[%f/%t] ' ninja -C "$build" -j "$cores" "$(target "$1")" 2>&1 </dev/null 9>&- || status=$?
    printf 'ninja ended with %s\n' "$status"
  } | show_progress
}

minutes() {
  if [ "$1" -lt 60 ]; then echo 'a minute'; else echo "$((($1 + 59) / 60)) minutes"; fi
}

# Copies ninja's output to the log and shows how far it is; the status is ninja's.
show_progress() (
  trap '' INT  # ninja ends by itself, and its last words belong into the log
  status=130 begun=$(date +%s) tenth=0
  while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    case $line in
      '['[0-9]*/[0-9]*'] '*) show_step ;;
      'ninja ended with '*) status=${line##* } ;;
    esac
  done 3>"$log"
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
  exit "$status"
)

# On a terminal one line that changes, elsewhere a line for every tenth of the way.
show_step() {
  built=${line%%/*} total=${line#*/}
  built=${built#?} total=${total%%]*}
  if [ -t 2 ]; then
    left=$((($(date +%s) - begun) * (total - built) / (built > 0 ? built : 1)))
    printf '\r\033[K%.78s' "runner: built $built of $total, about $(minutes $left) left" >&2
  elif [ $((built * 10 / total)) -gt "$tenth" ]; then
    tenth=$((built * 10 / total))
    say "built $built of $total"
  fi
}

explain_failed_build() {
  if grep -q '^FAILED:' "$log"; then
    sed -n '/^FAILED:/,$p' "$log" | cut -c 1-400 | head -n 40 >&2
  else
    tail -n 20 "$log" >&2
  fi
  if grep -q -e 'Killed signal terminated' -e 'Cannot allocate memory' -e 'No space left' "$log"; then
    say 'the machine ran out of memory or disk: a compilation takes up to 1.5 GB of memory, the build 2 GB of disk'
  fi
  give_up "the build failed; all it said is in $log. The same command continues where it stopped."
}
