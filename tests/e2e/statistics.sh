#!/usr/bin/env bash
# Ports, statistics and failure events as files: names that come and go, numbers that agree, an address
# that survives a restart.
. "$(dirname "$0")/lib.sh"
mount_lab
disk=iqn.2026-01.org.example:disk1
nic=$(instance MSiSCSI_NICConfig)
tcpip=$(instance MSiSCSI_TCPIPConfig)
sessions() { find "$WMI/MSiSCSI_SessionStatistics" -mindepth 1 -maxdepth 1 -type d | wc -l; }
connection() { find "$WMI/MSiSCSI_ConnectionStatistics" -mindepth 1 -maxdepth 1 -name "$disk*:0"; }

expect "link speed" "$(cat "$nic/LinkSpeed")" 10000
echo 1000000000 >"$MNT/lab/adapters/hba0/ports/0/link_speed"
expect "link speed after the switch changed" "$(cat "$nic/LinkSpeed")" 1000
expect "sessions at first" "$(sessions)" 0

"$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba0 PortNumber=0 TargetName=$disk TargetPortal=192.0.2.10 >"$WORK/login.json"
until_true 10 test -n "$(connection)"
expect "sessions after the login" "$(sessions)" 1
sent=$(cat "$(connection)/BytesSent")
[ "$sent" -gt 144 ] || fail "a login and a command took only $sent bytes"
expect "bytes of the port" "$(cat "$(instance MSiSCSI_NICPerformance)/BytesTransmitted")" "$sent"
expect "bytes of the session" "$(cat "$WMI/MSiSCSI_SessionStatistics/$disk"*/BytesSent)" "$sent"

log=$(instance MSiSCSI_InitiatorInstanceFailureEvent)/events.jsonl
expect "failures at first" "$(cat "$log")" ""
echo 1 >"$MNT/lab/fabric/targets/$disk/disconnect"
until_true 10 grep -q SessionCxnTimeoutError "$log"
expect "failed sessions" "$(cat "$(instance MSiSCSI_InitiatorInstanceStatistics)/SessionFailureCount")" 1

# The first octet of an IPv4 address is the low byte of its number.
ip() { local IFS=.; set -- $1; echo $(($1 | $2 << 8 | $3 << 16 | $4 << 24)); }
refuses sh -c "echo $(ip 224.0.0.1) >'$tcpip/IpAddress/IpV4Address'" >/dev/null
ip 192.0.2.77 >"$tcpip/IpAddress/IpV4Address"
expect "address of the port" "$(cat "$MNT/lab/adapters/hba0/ports/0/address")" 192.0.2.77
umount_lab
mount_lab
expect "sessions after a restart" "$(sessions)" 0
expect "address after a restart" "$(cat "$MNT/lab/adapters/hba0/ports/0/address")" 192.0.2.77
