# nsd.sh - a real name server on loopback, for tests.  To be sourced.
#
#	nsd_start ZONEFILE...	sets NSD_PORT; false when nsd cannot be had
#	nsd_stop		call it in a trap: nsd outlives its parent
#
# All the zone files together are served as the root zone, so a file may hold
# several domains with absolute names, as our -z takes it.  Some records mean
# something else inside a larger zone and are left out: NS (they would be zone
# cuts) and SOA, each on a line of its own.  ($TTL and $ORIGIN hold until the
# end of their file, as in ours.)

NSD=${NSD:-$(PATH=$PATH:/usr/sbin:/sbin command -v nsd)}

nsd_zone () {
	echo '. 3600 IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60'
	echo '. 3600 IN NS ns.invalid.'
	for nsd_file; do
		echo '$ORIGIN .'
		echo '$TTL 3600'
		# the type is the first word behind owner, TTL and class
		awk '
		BEGIN { sub(/^\357\273\277/, "") }
		{
			sub(/\r$/, "")
			i = /^[ \t]/ ? 1 : 2
			while (i <= NF && ($i ~ /^[0-9]/ || toupper($i) == "IN"))
				i++
			type = toupper($i)
			if (type == "NS" || type == "SOA") next
			print
		}' "$nsd_file"
		echo
	done
}

nsd_conf () {
	cat <<-EOF
	server:
		ip-address: 127.0.0.1@$NSD_PORT
		username: "$(id -un)"
		chroot: ""
		server-count: 1
		database: ""
		zonesdir: "$NSD_DIR"
		pidfile: "$NSD_DIR/nsd.pid"
		xfrdfile: "$NSD_DIR/xfrd.state"
		zonelistfile: "$NSD_DIR/zone.list"
		xfrdir: "$NSD_DIR"
		cookie-secret-file: "$NSD_DIR/cookies"
		logfile: "$NSD_DIR/log"
		zonefiles-write: 0
		rrl-ratelimit: 0
		rrl-whitelist-ratelimit: 0
	remote-control:
		control-enable: no
	zone:
		name: "."
		zonefile: "root.zone"
	EOF
}

# Waits until nsd serves; false when it ends instead.
nsd_wait () {
	nsd_left=100
	while [ $nsd_left -gt 0 ]; do
		grep -q 'nsd started' "$NSD_DIR/log" 2>/dev/null && return 0
		kill -0 "$NSD_PID" 2>/dev/null || return 1
		sleep 0.05
		nsd_left=$((nsd_left - 1))
	done
	return 1
}

nsd_start () {
	[ -n "$NSD" ] || return 1
	NSD_DIR=$(mktemp -d "${TMPDIR:-/tmp}/mailauth-nsd.XXXXXX") || return 1
	chmod 755 "$NSD_DIR"
	nsd_zone "$@" >"$NSD_DIR/root.zone"
	for nsd_try in 1 2 3 4 5 6 7 8; do
		NSD_PORT=$(awk -v seed="$$$nsd_try" 'BEGIN {
			srand(); srand(seed + srand())
			print 20000 + int(rand() * 12000) }')
		: >"$NSD_DIR/log"
		nsd_conf >"$NSD_DIR/nsd.conf"
		"$NSD" -d -c "$NSD_DIR/nsd.conf" >>"$NSD_DIR/log" 2>&1 &
		NSD_PID=$!
		nsd_wait && return 0
		kill "$NSD_PID" 2>/dev/null
		wait "$NSD_PID" 2>/dev/null
	done
	sed 's/^/# nsd: /' "$NSD_DIR/log" >&2
	nsd_stop
	return 1
}

nsd_stop () {
	if [ -n "$NSD_PID" ]; then
		kill "$NSD_PID" 2>/dev/null
		wait "$NSD_PID" 2>/dev/null
	fi
	[ -n "$NSD_DIR" ] && rm -rf "$NSD_DIR"
	NSD_PID= NSD_DIR=
}
