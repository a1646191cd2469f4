#!/bin/sh
# Installs what the interop tests talk to, with apt, as root on Debian. Does nothing, and fast, where all of it is there.
# None of it may run as a service: starting is forbidden while apt works, and what we installed is not enabled for the next boot.
# With --missing it only prints the packages that it would install.
set -eu

# package, the program that proves it is there, the services it brings along ("-": none)
WANTED="
bird2        /usr/sbin/bird     bird
frr          /usr/lib/frr/bgpd  frr
gobgpd       /usr/bin/gobgpd    gobgpd
openbgpd     /usr/sbin/bgpd     openbgpd bgplgd
exabgp       /usr/sbin/exabgp   exabgp
etcd-server  /usr/bin/etcd      etcd
iproute2     /sbin/ip           -
iputils-ping /bin/ping          -
bgpdump      /usr/bin/bgpdump   -
tshark       /usr/bin/tshark    -
chromium     /usr/bin/chromium  -
chromium-driver /usr/bin/chromedriver -
python3-prometheus-client /usr/lib/python3/dist-packages/prometheus_client -
"
POLICY=/usr/sbin/policy-rc.d
KEPT=$POLICY.before-peers

missing=""
services=""
while read -r package program service; do
  if [ -z "$package" ] || [ -x "$program" ]; then continue; fi
  missing="$missing $package"
  [ "$service" = - ] || services="$services $service"
done <<ROWS
$WANTED
ROWS
missing=${missing# }

if [ "${1:-}" = --missing ]; then
  echo "$missing"
  exit 0
fi
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || { echo "install-peers: there is no apt-get here; install by hand: $missing" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "install-peers: needs root to install: $missing" >&2; exit 1; }

restore_policy() {
  rm -f "$POLICY"
  [ ! -e "$KEPT" ] || mv "$KEPT" "$POLICY"
}
trap restore_policy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What an interrupted run put aside is the original; do not put our own over it.
[ ! -e "$POLICY" ] || [ -e "$KEPT" ] || mv "$POLICY" "$KEPT"
printf '#!/bin/sh\nexit 101\n' >"$POLICY"
chmod 755 "$POLICY"

echo "install-peers: installing $missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $missing >/dev/null

if command -v systemctl >/dev/null; then
  for service in $services; do systemctl disable --quiet "$service.service" 2>/dev/null || true; done
fi
echo "install-peers: done"
